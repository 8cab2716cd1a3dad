"""The tutorial of docs/imports.md, done word for word: each of its ways loads the file and tells of the rows that were not added."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.running_up import ROOT, Running, clean_environment

PAGE = (ROOT / "docs" / "imports.md").read_text()
TUTORIAL = PAGE.partition("## From a file to a loaded list\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)
FILE, LOOK, LOAD, IN_PYTHON, COMMAND = (text for _, text in BLOCKS)


def run(up: Running, folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """A block of the page against the running server, in a folder that holds the file and ./leadmill."""
    launcher = folder / "leadmill"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n')
    launcher.chmod(0o755)
    settings = clean_environment(LEADMILL_DATA_DIR=str(up.folder), LEADMILL_PORT=str(up.port))
    ours = [word.replace("http://127.0.0.1:8080", up.address) for word in command]
    return subprocess.run(ours, cwd=folder, env=settings, capture_output=True, text=True, timeout=120, check=False)


def newest(up: Running) -> dict[str, int]:
    answer = httpx.get(f"{up.address}/v1/imports", params={"limit": 1}, auth=("6666", "1234"))
    counters: dict[str, int] = answer.json()["imports"][0]["counters"]
    return counters


@pytest.mark.parametrize(
    ("exchange", "shell", "block", "code"),
    [("551", ("bash", "-ec"), LOAD, 0), ("552", (sys.executable, "-c"), IN_PYTHON, 0), ("553", ("bash", "-ec"), COMMAND, 1)],
    ids=["curl", "python", "command line"],
)
def test_each_way_loads_the_file(up: Running, tmp_path: Path, exchange: str, shell: tuple[str, str], block: str, code: int) -> None:
    (tmp_path / "leads.csv").write_text(FILE.replace("555", exchange))
    looked = run(up, tmp_path, "bash", "-ec", LOOK)
    assert '"problems":[]' in looked.stdout, looked
    done = run(up, tmp_path, *shell, block)
    assert done.returncode == code, done
    counters = newest(up)
    assert (counters["received"], counters["added"], counters["duplicates"], counters["refused"]) == (4, 2, 1, 1)
    if block is IN_PYTHON:
        assert done.stdout.count("C-1003") == done.stdout.count("C-1004") == 1
        return
    with (tmp_path / "leads.refused.csv").open(newline="") as refused:
        assert [(row["Customer"], row["import_code"]) for row in csv.DictReader(refused)] == [
            ("C-1003", "duplicate_in_system"),
            ("C-1004", "phone_length"),
        ]
