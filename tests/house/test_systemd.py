"""The units in docs/systemd are valid, and start commands that exist."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.commands import COMMANDS
from protocol.messages import QUEUES

UNITS = sorted((Path(__file__).parents[2] / "docs" / "systemd").iterdir())


def test_units_start_commands_that_exist() -> None:
    started = [words.split() for unit in UNITS for words in re.findall(r"^ExecStart=/opt/leadmill/leadmill (.+)$", unit.read_text(), re.M)]
    assert started == [["serve", "--listen-fd", "3"], ["worker", "--queues", "%i"]]
    assert {words[0] for words in started} <= COMMANDS.keys()
    assert all(f"leadmill-worker@{queue}" in UNITS[-1].read_text() for queue in QUEUES)


def test_no_unit_runs_as_root() -> None:
    for unit in UNITS:
        assert unit.suffix == ".socket" or "\nUser=leadmill\n" in unit.read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_no_fault(tmp_path: Path) -> None:
    """With a program in place of ours, which is not where the units say on this machine."""
    for unit in UNITS:
        text = unit.read_text().replace("/opt/leadmill/leadmill", "/bin/true").replace("User=leadmill\n", "")
        (tmp_path / unit.name.replace("@", "@requests")).write_text(text)
    found = [str(tmp_path / name) for name in ("leadmill-api.service", "leadmill-api.socket", "leadmill-worker@requests.service")]
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", *found], capture_output=True, text=True, check=False, timeout=60)
    assert not [line for line in checked.stderr.splitlines() if "leadmill" in line], checked.stderr
