"""What the other tests stand on: waiting, servers that end with us, keys that must expire."""

import sys
from pathlib import Path

import pytest

from tests import conftest, servers
from tests.running import lasting_keys
from tests.servers import Leash, start, start_mariadb, start_valkey
from tests.waiting import wait_until


def test_waiting_gives_the_first_true_value() -> None:
    values = iter([0, "", 3])
    assert wait_until(lambda: next(values), "a number") == 3


def test_waiting_in_vain_says_for_what() -> None:
    with pytest.raises(AssertionError, match=r"waited 0.02 s in vain: the moon \(last seen: False\)"):
        wait_until(lambda: False, "the moon", timeout=0.02)


def test_a_program_on_a_leash_ends_when_the_leash_is_let_go(tmp_path: Path) -> None:
    leash = Leash()
    held = start("sleeper", leash.held(["sh", "-c", "echo here; exec sleep 600"]), tmp_path, leash)
    wait_until(lambda: held.alive() and "here" in held.last_lines(), "the program runs")
    leash.close()
    assert held.running.wait(10) != 0


def test_a_program_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path, leash: Leash) -> None:
    ended = start("short", [sys.executable, "-c", "print('no more'); raise SystemExit(3)"], tmp_path, leash)
    ended.running.wait(10)
    with pytest.raises(AssertionError, match="short ended with code 3:\nno more"):
        ended.alive()


def test_keys_that_never_expire_are_found_but_for_those_of_the_queues(tmp_path: Path, leash: Leash) -> None:
    server, url = start_valkey(tmp_path, leash)
    client = servers.redis.Redis.from_url(url, decode_responses=True)
    client.rpush("requests", "message")
    client.sadd("_kombu.binding.requests", "x")
    client.set("celery-task-meta-1", "x", ex=60)
    assert lasting_keys(client) == set()
    client.set("leadmill:forgotten", "x")
    assert lasting_keys(client) == {"leadmill:forgotten"}
    client.close()
    server.stop()


def test_without_mariadb_a_laptop_skips_and_ci_fails(tmp_path: Path, leash: Leash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers.shutil, "which", lambda *_, **__: None)
    with pytest.raises(FileNotFoundError, match="MariaDB is not installed"):
        start_mariadb(tmp_path, leash)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no server"):
        conftest.missing("no server")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="no server"):
        conftest.missing("no server")
