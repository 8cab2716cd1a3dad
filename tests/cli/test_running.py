"""One Leadmill a data folder, and what it says of itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.running import Announcement, announce, prepare_folder, running, take_lock


def nothing() -> None:
    """There are no remains to end."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepare_folder(tmp_path / "data")
    return tmp_path / "data"


def test_announces_itself_while_it_runs(folder: Path) -> None:
    assert running(folder) is None
    lock = take_lock(folder, patience=0, end_remains=nothing)
    said = Announcement(pid=os.getpid(), address="http://127.0.0.1:1", demo=True)
    announce(lock, said)
    assert running(folder) == said
    os.close(lock)
    assert running(folder) is None


def test_a_second_one_is_refused(folder: Path) -> None:
    lock = take_lock(folder, patience=0, end_remains=nothing)
    announce(lock, Announcement(pid=os.getpid(), address="http://127.0.0.1:1", demo=True))
    with pytest.raises(CommandError, match="already runs on"):
        take_lock(folder, patience=0, end_remains=nothing)
    os.close(lock)


def test_the_remains_of_a_killed_one_are_waited_for(folder: Path) -> None:
    lock = take_lock(folder, patience=0, end_remains=nothing)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    announce(lock, Announcement(pid=gone.pid, address="http://127.0.0.1:1", demo=True))
    remains = subprocess.Popen([sys.executable, "-c", "input()"], pass_fds=(lock,), stdin=subprocess.PIPE)
    os.close(lock)
    os.close(take_lock(folder, patience=20, end_remains=remains.kill))
    assert remains.wait() != 0


def test_remains_that_do_not_end_are_named(folder: Path) -> None:
    lock = take_lock(folder, patience=0, end_remains=nothing)
    with pytest.raises(CommandError, match=r"earlier run still use .*fuser"):
        take_lock(folder, patience=0, end_remains=nothing)
    os.close(lock)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot write to the data folder"):
        prepare_folder(tmp_path / "file" / "data")
