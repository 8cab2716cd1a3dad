"""What every command has in common: help that teaches, failures in one line."""

import os
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cli.commands import COMMANDS, command_line
from tests.cli.conftest import Command, assert_one_line
from tests.cli.running_up import clean_environment


def help_of(*arguments: str) -> str:
    """What --help prints, asked in this process."""
    told = CliRunner().invoke(command_line(), [*arguments, "--help"], terminal_width=100)
    assert told.exit_code == 0
    return told.output


def test_help_names_every_command() -> None:
    for name in COMMANDS:
        assert f" {name} " in help_of()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_has_an_example(name: str) -> None:
    assert f"./leadmill {name}" in help_of(name)


def test_no_command_shows_the_help(leadmill: Command) -> None:
    ended = leadmill()
    assert "Usage: ./leadmill" in ended.stdout
    assert ended.stderr == ""


def test_a_misspelt_command(leadmill: Command) -> None:
    assert_one_line(leadmill("setings"), "setings", "--help", code=2)


def test_a_misspelt_option(leadmill: Command) -> None:
    assert_one_line(leadmill("settings", "--bogus"), "--bogus", code=2)


def test_debug_shows_the_traceback(leadmill: Command) -> None:
    ended = leadmill("settings", "--bogus", LEADMILL_DEBUG="1")
    assert "Traceback" in ended.stderr


def test_output_may_be_cut_short(leadmill: Command) -> None:
    """As by head(1): no complaint when nobody reads on."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "cli", "settings"]
    ended = subprocess.run(command, env=clean_environment(), stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert ended.stderr == ""


def test_ctrl_c_is_no_traceback() -> None:
    waiting = subprocess.Popen(
        [sys.executable, "-m", "cli", "serve", "--port", "0"],
        env=clean_environment(LEADMILL_REDIS_URL="redis://127.0.0.1:1/0"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stderr is not None
    line = waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    told = line + waiting.communicate(timeout=30)[1]
    assert "Traceback" not in told
