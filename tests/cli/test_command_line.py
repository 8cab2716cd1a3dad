"""What every command has in common: help that teaches, failures in one line."""

import subprocess

import pytest

from cli.commands import command_line
from tests.cli.conftest import Command, assert_one_line

COMMANDS = [info.name for info in command_line().registered_commands]


def test_help_names_every_command(leadmill: Command) -> None:
    told = leadmill("--help").stdout
    for name in COMMANDS:
        assert f" {name} " in told


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_has_an_example(leadmill: Command, name: str) -> None:
    told = leadmill(name, "--help")
    assert told.returncode == 0
    assert f"./leadmill {name}" in told.stdout


def test_a_misspelt_command(leadmill: Command) -> None:
    assert_one_line(leadmill("setings"), "setings", "--help", code=2)


def test_a_misspelt_option(leadmill: Command) -> None:
    assert_one_line(leadmill("settings", "--bogus"), "--bogus", code=2)


def test_debug_shows_the_traceback(leadmill: Command) -> None:
    ended = leadmill("settings", "--bogus", LEADMILL_DEBUG="1")
    assert "Traceback" in ended.stderr


def test_output_may_be_cut_short(leadmill: Command) -> None:
    ended: subprocess.CompletedProcess[str] = leadmill("settings")
    assert ended.stderr == ""
