"""The audio store: a folder of sound files that the dialer's web server shows. Source: spec sounds_list."""

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from stat import S_ISREG

from protocol.functions import Moment

ENDINGS = (".wav", ".gsm")
QUIET = 1
"""Seconds that a file must have been left alone; before that it may still be on its way into the store."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A file: its name, its size in bytes, and the epoch second of its last change."""

    name: str
    size: int
    changed: int


def load_sounds(directory: Path, moment: Moment) -> list[Sound] | None:
    """The sound files of the folder itself, in no order; None where there is no such folder."""
    try:
        files = [file for file in directory.iterdir() if file.name.endswith(ENDINGS)]
    except (FileNotFoundError, NotADirectoryError):
        return None
    now = moment.utc.replace(tzinfo=UTC).timestamp()
    found = [_sound(file) for file in files if file.name.isprintable()]
    return [sound for sound in found if sound is not None and abs(sound.changed - now) > QUIET]


def _sound(file: Path) -> Sound | None:
    """One file of the folder; None for what is no file, or is gone by now."""
    try:
        facts = file.stat()
    except OSError:
        return None
    return Sound(file.name, facts.st_size, int(facts.st_mtime)) if S_ISREG(facts.st_mode) else None
