"""Running the command line as its users do: as a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment without any setting of Leadmill but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADMILL_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", **settings}


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


def wait_until(condition: Callable[[], object], what: str, bound: float = 30.0) -> None:
    """Wait for a condition; fail with what was waited for."""
    deadline = time.monotonic() + bound
    while not condition():
        assert time.monotonic() < deadline, f"waited {bound} s for {what}"
        time.sleep(0.02)


def without_passwords_of(settings: Mapping[str, str], text: str) -> bool:
    """Whether none of these values stands in the text."""
    return not any(value in text for value in settings.values())
