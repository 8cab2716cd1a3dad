"""The supervisor keeps programs running, ends them in order, and takes everything with it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.running import alive
from cli.supervisor import Program, Supervisor
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
# Writes its number, waits for SIGTERM, and writes its name before it ends.
OBEDIENT = """
import pathlib, signal, sys, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def end(*_):
    with (folder / "ended").open("a") as file: file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
import os; (folder / f"{name}.pid").write_text(str(os.getpid()))
while True: time.sleep(1)
"""
STUBBORN = OBEDIENT.replace("signal.signal(signal.SIGTERM, end)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")


class Stage:
    """A supervisor, what it said, and the programs' folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.log = (folder / "log").open("ab", buffering=0)
        self.supervisor = Supervisor(self.log, self.said.append)

    def start(self, name: str, code: str = OBEDIENT, *, stage: int = 1, bound: float = 10.0) -> int:
        """Start a program; its process number once it is ready for signals."""
        command = [sys.executable, "-c", code, name, str(self.folder)]
        self.supervisor.start(Program(name=name, command=command, stage=stage, bound=bound))
        return self.process(name)

    def process(self, name: str, other_than: int = 0) -> int:
        """The number that a program wrote last."""
        file = self.folder / f"{name}.pid"

        def written() -> int:
            self.supervisor.mend()
            number = int(file.read_text() or 0) if file.exists() else 0
            return number if number != other_than else 0

        return wait_until(written, f"{name} runs")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    found = Stage(tmp_path)
    yield found
    found.supervisor.interruptions = 2
    found.supervisor.stop()
    found.log.close()


def test_starts_again_what_was_killed(stage: Stage) -> None:
    first = stage.start("api")
    os.kill(first, signal.SIGKILL)
    assert stage.process("api", other_than=first) != first
    assert "api killed by SIGKILL; starting it again in 0.5 s" in stage.said
    assert stage.said[-1].startswith("api started again (process ")


def test_pauses_grow(stage: Stage) -> None:
    stage.supervisor.start(Program(name="api", command=[sys.executable, "-c", "raise SystemExit(3)"], stage=1, bound=1))

    def deaths() -> list[str]:
        stage.supervisor.mend()
        return [line for line in stage.said if "ended with code 3" in line]

    wait_until(lambda: len(deaths()) >= 2, "two deaths")
    assert [line.rpartition(" in ")[2] for line in deaths()] == ["0.5 s", "1.0 s"]


def test_gives_up_a_start_that_cannot_succeed(stage: Stage) -> None:
    stage.supervisor.start(Program(name="api", command=[sys.executable, "-c", "raise SystemExit(3)"], stage=1, bound=1))
    with pytest.raises(CommandError, match="the api does not stay alive; see the log"):
        stage.supervisor.wait_for(lambda: False, bound=30, otherwise=lambda: "see the log")


def test_gives_up_waiting_in_time(stage: Stage) -> None:
    with pytest.raises(CommandError, match="not ready after 0 s; nobody there"):
        stage.supervisor.wait_for(lambda: False, bound=0.1, otherwise=lambda: "nobody there")


def test_an_interruption_ends_the_waiting(stage: Stage) -> None:
    stage.supervisor.interrupt()
    assert not stage.supervisor.wait_for(lambda: False, bound=30, otherwise=lambda: "")


def test_ends_stage_by_stage(stage: Stage) -> None:
    for name, number in (("valkey", 3), ("api", 1), ("worker", 2)):
        stage.start(name, stage=number)
    stage.supervisor.interrupt()
    stage.supervisor.stop()
    assert (stage.folder / "ended").read_text().split() == ["api", "worker", "valkey"]


def test_ends_by_force_what_exceeds_its_bound(stage: Stage) -> None:
    process = stage.start("worker", STUBBORN, bound=0.3)
    stage.supervisor.stop()
    assert not alive(process)
    assert stage.said == ["worker ended by force"]


def test_leash_ends_a_program_when_the_supervisor_is_gone(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    command = [sys.executable, str(ROOT / "cli/leash.py"), str(reading), sys.executable, "-c", OBEDIENT, "valkey", str(tmp_path)]
    held = subprocess.Popen(command, pass_fds=(reading,), env={**os.environ, "PYTHONSAFEPATH": "1"})
    wait_until(lambda: (tmp_path / "valkey.pid").exists(), "the program runs")
    os.close(writing)
    assert held.wait(10) == 0
    assert (tmp_path / "ended").read_text() == "valkey\n"


def test_leash_passes_sigterm_on(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    command = [sys.executable, str(ROOT / "cli/leash.py"), str(reading), sys.executable, "-c", OBEDIENT, "valkey", str(tmp_path)]
    held = subprocess.Popen(command, pass_fds=(reading,), env={**os.environ, "PYTHONSAFEPATH": "1"})
    wait_until(lambda: (tmp_path / "valkey.pid").exists(), "the program runs")
    held.terminate()
    assert held.wait(10) == 0
    os.close(writing)
