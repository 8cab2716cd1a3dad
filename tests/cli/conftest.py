"""Running the command line as its users do: as a process of its own."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.cli.running_up import Running, clean_environment
from tests.servers import Leash

Command = Callable[..., "subprocess.CompletedProcess[str]"]
PHONES = count(7_272_000_000)
Leads = Callable[..., Path]


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory, leash: Leash) -> Iterator[Running]:
    """One that runs, with the demo database; a test that ends it starts it again."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("looks for processes in /proc")
    running = Running(tmp_path_factory.mktemp("up") / "data", leash)
    yield running
    if running.process.poll() is None:
        running.end()


@pytest.fixture
def leadmill(tmp_path: Path) -> Command:
    """Runs `./leadmill ARGUMENT ...` in an empty folder, with settings from keywords."""

    def run(*arguments: str, given: str | None = None, **settings: str) -> "subprocess.CompletedProcess[str]":
        environment = clean_environment(**{"LEADMILL_DATA_DIR": str(tmp_path / "data"), **settings})
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, input=given or "", capture_output=True, text=True, timeout=120, check=False
        )

    return run


def assert_one_line(ended: "subprocess.CompletedProcess[str]", *parts: str, code: int = 1) -> None:
    """The command failed with that code and one line on stderr that holds every part."""
    assert ended.returncode == code, ended
    assert ended.stderr.startswith("leadmill: "), ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    for part in parts:
        assert part in ended.stderr


@pytest.fixture
def leads(tmp_path: Path) -> Leads:
    """Writes a file of new leads, and of rows given word for word."""

    def write(rows: int, *given: str, name: str = "leads.csv") -> Path:
        file = tmp_path / name
        lines = [f"{next(PHONES)},Ann,Lee" for _ in range(rows)]
        file.write_text("\n".join(["phone_number,first_name,last_name", *lines, *given]) + "\n")
        return file

    return write


@pytest.fixture
def here(up: Running) -> dict[str, str]:
    """The settings of a user of the running demo."""
    return {"LEADMILL_DATA_DIR": str(up.folder), "LEADMILL_PORT": str(up.port)}
