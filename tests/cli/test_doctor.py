"""./leadmill doctor finds what is wrong and says how to mend it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from cli.checks import queue
from cli.checks.clock import compare
from cli.checks.findings import Finding, Level
from cli.checks.machine import check_folder
from tests.cli.conftest import Command
from tests.conftest import Services, SystemOf
from tests.databases import INNODB, MYISAM, SQLITE, create_database, drop_database, run_on
from tests.servers import free_port

NOON = datetime(2026, 7, 1, 12)


def lines_of(told: str, subject: str) -> list[str]:
    """The line about a subject, and the one below it."""
    lines = told.splitlines()
    at = next(number for number, line in enumerate(lines) if line[8:].startswith(subject))
    return lines[at : at + 2]


def test_with_nothing_set_and_nothing_running(leadmill: Command, tmp_path: Path) -> None:
    ended = leadmill("doctor")
    assert ended.returncode == 0, ended
    assert "./leadmill up" in "".join(lines_of(ended.stdout, "Database"))
    assert not (tmp_path / "data").exists(), "doctor changes nothing"


def test_what_does_not_answer(leadmill: Command) -> None:
    database, broker = (f"127.0.0.1:{free_port()}" for _ in range(2))
    ended = leadmill("doctor", LEADMILL_DATABASE_URL=f"mysql://u:hush@{database}/x", LEADMILL_REDIS_URL=f"redis://:hush@{broker}/0")
    assert ended.returncode == 1
    assert "hush" not in ended.stdout + ended.stderr
    for subject in ("Database", "Redis"):
        found, mend = lines_of(ended.stdout, subject)
        assert found.startswith("error ")
        assert "-> " in mend


@pytest.mark.parametrize("kind", [SQLITE, INNODB])
def test_a_system_that_is_well(leadmill: Command, system_of: SystemOf, kind: str) -> None:
    with system_of(kind) as system:
        settings = {f"LEADMILL_{name.upper()}": str(value) for name, value in system.settings.items()}
        ended = leadmill("doctor", **settings)
    assert ended.returncode == 0, ended.stdout
    for name in queue.QUEUES:
        assert "0 messages waiting, 1 worker answers" in lines_of(ended.stdout, f"Queue {name}")[0]
    assert "all there, at the newest revision" in lines_of(ended.stdout, "Leadmill's tables")[0]
    assert lines_of(ended.stdout, "Storage engine")[0].startswith("ok ")
    assert lines_of(ended.stdout, "Clock")[0].startswith("ok ")


def test_a_dialers_own_tables_with_no_worker(leadmill: Command, mariadb_server: str, services: Services, tmp_path: Path) -> None:
    url = create_database(MYISAM, mariadb_server, tmp_path)
    run_on(url, "DROP TABLE leadmill_ledger")
    run_on(url, "DROP TABLE vicidial_dnc")
    ended = leadmill("doctor", LEADMILL_DATABASE_URL=url, LEADMILL_REDIS_URL=services.redis_database())
    drop_database(url)
    assert ended.returncode == 1
    for subject, level, said, mend in (
        ("Storage engine", "warning", "MyISAM", "ENGINE=InnoDB"),
        ("Dialer's tables", "warning", "vicidial_dnc missing", "load-schema"),
        ("Leadmill's tables", "error", "leadmill_ledger missing", "load-schema"),
        ("Queue imports", "error", "no worker answers", "./leadmill worker --queues imports"),
    ):
        first, second = lines_of(ended.stdout, subject)
        assert first.startswith(level)
        assert said in first
        assert mend in second


def test_an_empty_database(leadmill: Command, mariadb_database: Callable[[], str]) -> None:
    told = leadmill("doctor", LEADMILL_DATABASE_URL=mariadb_database()).stdout
    assert lines_of(told, "Dialer's tables")[0].startswith("error ")


@pytest.mark.parametrize(
    ("ahead", "level", "mend"),
    [
        (timedelta(seconds=2), Level.OK, ""),
        (timedelta(hours=-4, seconds=1), Level.ERROR, "LEADMILL_TIMEZONE"),
        (timedelta(hours=5, minutes=30), Level.ERROR, "LEADMILL_TIMEZONE"),
        (timedelta(seconds=90), Level.WARNING, "NTP"),
    ],
)
def test_clocks(ahead: timedelta, level: Level, mend: str) -> None:
    found = compare(NOON, NOON + ahead, "America/New_York")
    assert found.level is level
    assert mend in found.mend


WELL: dict[str, Any] = {
    "redis_version": "7.2.4",
    "aof_enabled": 1,
    "aof_last_write_status": "ok",
    "maxmemory_policy": "noeviction",
    "used_memory": 1_000_000,
    "maxmemory": 0,
}


@pytest.mark.parametrize(
    ("check", "change", "level"),
    [
        (queue.check_eviction, {}, Level.OK),
        (queue.check_eviction, {"maxmemory_policy": "allkeys-lru"}, Level.ERROR),
        (queue.check_memory, {}, Level.OK),
        (queue.check_memory, {"maxmemory": 1_050_000}, Level.WARNING),
    ],
)
def test_redis(check: Callable[[dict[str, Any]], Finding], change: dict[str, Any], level: Level) -> None:
    assert check({**WELL, **change}).level is level


@pytest.mark.parametrize(
    ("told", "version", "level"),
    [
        ({}, "Redis 7.2.4", Level.OK),
        ({"redis_version": "5.0.14"}, "Redis 5.0.14", Level.ERROR),
        ({"server_name": "valkey", "valkey_version": "9.1.2"}, "Valkey 9.1.2", Level.OK),
    ],
)
def test_version_of_redis(told: dict[str, Any], version: str, level: Level) -> None:
    found = queue.check_version({**WELL, **told}, "redis://:hush@h/0")
    assert found.level is level
    assert found.state.startswith(version)
    assert "hush" not in found.state


class Asked(redis.Redis):
    """A Redis of which only one setting is asked."""

    def __init__(self, policy: str | None) -> None:
        self.policy = policy

    def config_get(self, *_: object, **__: object) -> dict[str, str]:
        if self.policy is None:
            raise redis.ResponseError("unknown command 'CONFIG'")
        return {"appendfsync": self.policy}


@pytest.mark.parametrize(
    ("told", "policy", "level"),
    [
        ({}, "always", Level.OK),
        ({}, "everysec", Level.WARNING),
        ({}, "no", Level.WARNING),
        ({}, None, Level.OK),
        ({"aof_enabled": 0}, "always", Level.ERROR),
        ({"aof_last_write_status": "err"}, "always", Level.ERROR),
    ],
)
def test_persistence(told: dict[str, Any], policy: str | None, level: Level) -> None:
    found = queue.check_persistence({**WELL, **told}, Asked(policy))
    assert found.level is level
    assert bool(found.mend) is (level is not Level.OK)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1_000_000}))
    assert check_folder(tmp_path / "data").level is Level.WARNING
