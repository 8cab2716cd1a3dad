"""./leadmill settings, and what is said when a setting is not valid."""

from pathlib import Path

import pytest

from settings import Settings
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
        ("LEADMILL_DATABASE_PASSWORD", "hush"),
        ("LEADMILL_METRICS_TOKEN", "hush"),
    ],
)
def test_masks_passwords(leadmill: Command, name: str, value: str) -> None:
    told = leadmill("settings", **{name: value}).stdout
    assert "***" in told
    assert "hush" not in told


@pytest.mark.parametrize(("name", "value"), [("LEADMILL_PORT", "abc"), ("LEADMILL_PORT", "99999"), ("LEADMILL_SYNC_WAIT", "-1")])
def test_an_invalid_setting_is_one_line(leadmill: Command, name: str, value: str) -> None:
    assert_one_line(leadmill("settings", **{name: value}), name, value)


def test_a_setting_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zone").write_text("America/New_York\n")
    monkeypatch.setenv("LEADMILL_TIMEZONE_FILE", str(tmp_path / "zone"))
    assert Settings().timezone == "America/New_York"
    monkeypatch.setenv("LEADMILL_TIMEZONE", "UTC")
    assert Settings().timezone == "UTC"


@pytest.mark.parametrize(
    ("given", "remembered"),
    [({}, 1.0), ({"caller_cache": "0"}, 0), ({"caller_cache": 0.0}, 0), ({"caller_cache": 0, "settings_cache": 2}, 2)],
)
def test_who_has_no_rights_remembered_has_nothing_remembered(given: dict[str, object], remembered: float) -> None:
    assert Settings(**given).settings_cache == remembered


def test_a_file_that_is_not_there_is_one_line(leadmill: Command, tmp_path: Path) -> None:
    assert_one_line(leadmill("settings", LEADMILL_PASSWORD_FILE=str(tmp_path / "none")), "LEADMILL_PASSWORD_FILE", "cannot be read")


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("mysql+pymysql://leadmill@db/asterisk", "mysql+pymysql://leadmill:p%40ss%3Aw%2Frd@db/asterisk"),
        ("mysql+pymysql://leadmill:own@db/asterisk", "mysql+pymysql://leadmill:own@db/asterisk"),
    ],
)
def test_a_password_is_put_into_a_url_that_has_none(url: str, whole: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("p@ss:w/rd\n")
    monkeypatch.setenv("LEADMILL_DATABASE_PASSWORD_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("LEADMILL_DATABASE_URL", url)
    monkeypatch.setenv("LEADMILL_REDIS_PASSWORD", "hush")
    assert Settings().database_url == whole
    assert "redis_url" not in Settings().model_fields_set
    monkeypatch.setenv("LEADMILL_REDIS_URL", "redis://valkey:6379/0")
    assert Settings().redis_url == "redis://:hush@valkey:6379/0"
