"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what it is, how it is, and how to mend it where that is needed."""

    level: Level
    subject: str
    state: str
    mend: str = ""


def ok(subject: str, state: str) -> Finding:
    """As it should be."""
    return Finding(Level.OK, subject, state)


def warning(subject: str, state: str, mend: str) -> Finding:
    """Leadmill works, but something is lost, at risk or not known."""
    return Finding(Level.WARNING, subject, state, mend)


def error(subject: str, state: str, mend: str) -> Finding:
    """Leadmill does not work, or may lose or double what it accepted."""
    return Finding(Level.ERROR, subject, state, mend)
