"""The data folder of one running Leadmill: its lock, and what it says of itself to other commands.

The lock is a file that the supervisor locks and every process it starts inherits open. So it stays locked until the
last of them has ended, even when the supervisor was killed, and the next `up` never meets the remains of an earlier run.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.errors import CommandError

LOCK = "up.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a running Leadmill says of itself: its supervisor, its address, whether its database is the demo."""

    pid: int
    address: str
    demo: bool


def prepare_folder(folder: Path) -> None:
    """Make the data folder. Raises CommandError when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LOCK).touch()
    except OSError as error:
        remedy = "make it writable for this user or choose another with LEADMILL_DATA_DIR or --data-dir"
        raise CommandError(f"cannot write to the data folder {folder}: {error.strerror}; {remedy}") from error


def take_lock(folder: Path, *, patience: float, end_remains: Callable[[], None]) -> int:
    """The open, locked lock file; processes that inherit it hold the lock too.

    Of an earlier run whose supervisor is gone, the remains are asked to end and waited for, at most `patience` seconds.
    Raises CommandError when another Leadmill runs on this folder.
    """
    lock = os.open(folder / LOCK, os.O_RDWR)
    waited_since = time.monotonic()
    while not locked_now(lock):
        other = announcement(folder)
        if other is not None and alive(other.pid):
            remedy = "stop that one, or give this one its own --data-dir and --port"
            raise CommandError(f"Leadmill already runs on {folder} at {other.address} (process {other.pid}); {remedy}")
        if time.monotonic() - waited_since > patience:
            raise CommandError(f"processes of an earlier run still use {folder}; end them (fuser {folder / LOCK} lists them) and try again")
        end_remains()
        time.sleep(0.2)
    return lock


def locked_now(lock: int) -> bool:
    """Lock the file unless somebody else holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def announce(lock: int, said: Announcement) -> None:
    """Write into the lock file what other commands may know."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, json.dumps(asdict(said)).encode(), 0)


def announcement(folder: Path) -> Announcement | None:
    """What the last Leadmill on this folder said of itself; it may have ended since."""
    try:
        return Announcement(**json.loads((folder / LOCK).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def running(folder: Path) -> Announcement | None:
    """What the Leadmill that runs on this folder now says of itself; None when none does."""
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        # A shared lock, so that two commands that look at once do not take each other for a running Leadmill.
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return announcement(folder)
    finally:
        os.close(lock)
    return None


def alive(pid: int) -> bool:
    """Whether a process of this number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
