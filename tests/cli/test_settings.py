"""./leadmill settings, and what is said when a setting is not valid."""

import pytest

from tests.cli.conftest import Command, assert_one_line


def test_lists_every_setting(leadmill: Command) -> None:
    told = leadmill("settings", LEADMILL_PORT="9000").stdout
    line = next(line for line in told.splitlines() if line.startswith("LEADMILL_PORT "))
    assert line.split()[1:3] == ["9000", "8080"]
    assert "Port the API listens on" in line


def test_shows_only_what_differs(leadmill: Command) -> None:
    told = leadmill("settings", "--changed", LEADMILL_PORT="9000").stdout
    assert [line.split()[0] for line in told.splitlines()[1:]] == ["LEADMILL_DATA_DIR", "LEADMILL_PORT"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEADMILL_DATABASE_URL", "mysql+pymysql://cron:hush@localhost/asterisk"),
        ("LEADMILL_REDIS_URL", "redis://:hush@localhost:6379/0"),
        ("LEADMILL_BROKER_URL", "amqp://guest:hush@[broken/0"),
        ("LEADMILL_PASSWORD", "hush"),
    ],
)
def test_masks_passwords(leadmill: Command, name: str, value: str) -> None:
    told = leadmill("settings", **{name: value}).stdout
    assert "***" in told
    assert "hush" not in told


@pytest.mark.parametrize(("name", "value"), [("LEADMILL_PORT", "abc"), ("LEADMILL_PORT", "99999"), ("LEADMILL_SYNC_WAIT", "-1")])
def test_an_invalid_setting_is_one_line(leadmill: Command, name: str, value: str) -> None:
    assert_one_line(leadmill("settings", **{name: value}), name, value)
