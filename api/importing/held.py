"""The time in which a job was held, which is none of its pace: while it was paused, and from an upload that broke off to the next one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Row = Mapping[Any, Any]


def held_seconds(job: Row, until: datetime) -> int:
    """For how long a job was held up to a moment, since its first row began."""
    return int(job["held"]) + (seconds_since(job, "paused", until) if job["paused"] else 0)


def seconds_since(job: Row, column: str, until: datetime) -> int:
    """Seconds since a moment of a job, but no more than since its first row began."""
    if not job["started"]:
        return 0
    return max(0, int((until - max(moment_of(job[column]), moment_of(job["started"]))).total_seconds()))


def moment_of(text: str) -> datetime:
    """A moment of our own tables."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
