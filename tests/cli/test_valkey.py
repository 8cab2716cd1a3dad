"""The embedded Valkey: the one that fits, behind a password, with every write on disk."""

import subprocess
from pathlib import Path

import pytest
import redis

from cli import valkey
from cli.errors import CommandError
from tests.waiting import wait_until


@pytest.fixture
def own(tmp_path: Path) -> valkey.Valkey:
    return valkey.configure(tmp_path / 'a "quoted" folder')


def test_keeps_what_was_written_over_a_kill(own: valkey.Valkey) -> None:
    for value in (None, b"kept"):
        server = subprocess.Popen(own.command, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: valkey.answers(own.url), "Valkey answers")
            with redis.Redis.from_url(own.url) as client:
                assert client.get("key") == value
                client.set("key", "kept")
                assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
                assert client.config_get("appendfsync") == {"appendfsync": "always"}
        finally:
            server.kill()
            server.wait()


def test_asks_for_its_password(own: valkey.Valkey) -> None:
    assert (own.folder / "valkey.conf").stat().st_mode & 0o077 == 0
    server = subprocess.Popen(own.command, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: valkey.answers(own.url), "Valkey answers")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(own.url.replace(own.url.partition("@")[0], "redis://")).ping()
    finally:
        server.kill()
        server.wait()


def test_ends_one_that_was_left_behind(own: valkey.Valkey) -> None:
    server = subprocess.Popen(own.command, stdout=subprocess.DEVNULL)
    wait_until(lambda: valkey.answers(own.url), "Valkey answers")
    valkey.end_abandoned(own.folder)
    assert server.wait(10) == 0


def test_nothing_to_end(tmp_path: Path) -> None:
    valkey.end_abandoned(tmp_path)


def program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
    (folder / name).chmod(0o755)


def test_prefers_the_machines_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "redis-server", "Redis server v=7.2.4 sha=0 malloc=jemalloc bits=64")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert valkey.find_program() == (tmp_path / "bin/redis-server", "7.2.4")


@pytest.mark.parametrize("says", ["Redis server v=5.0.14 sha=0", "Segmentation fault"])
def test_passes_over_what_is_too_old_or_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    program(tmp_path / "bin", "redis-server", says)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert valkey.find_program()[0] != tmp_path / "bin/redis-server"


def test_says_what_to_do_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "version_of", lambda _: "")
    with pytest.raises(CommandError, match=r"install one .* or set LEADMILL_REDIS_URL"):
        valkey.find_program()
