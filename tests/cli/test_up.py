"""./leadmill up, as an operator knows it: one command, one address, nothing lost."""

import os
import shlex
import signal
import socket
from pathlib import Path

import httpx
import pytest

from cli import valkey
from tests.cli.conftest import Command, assert_one_line
from tests.cli.running_up import Running
from tests.servers import free_port
from tests.waiting import wait_until


def test_says_where_it_is_and_how_to_add_a_lead(up: Running) -> None:
    assert f"Leadmill is ready at {up.address} " in up.said
    assert "demo user 6666, password 1234" in up.said
    curl = next(line.strip() for line in up.said.splitlines() if line.strip().startswith("curl "))
    _, url = shlex.split(curl)
    assert httpx.get(url, timeout=30, trust_env=False).text.startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_lost_over_a_restart(up: Running, number: signal.Signals) -> None:
    phone = f"727555{number:04d}"
    assert up.add_lead(phone).startswith("SUCCESS")
    up.end(number)
    assert up.process.returncode == 0, up.said
    assert up.said.rstrip().endswith("What is still queued goes on at the next start.")
    up.start()
    assert "DUPLICATE" in up.add_lead(phone, duplicate_check="DUPSYS")


def test_a_killed_one_leaves_nothing_that_blocks_the_next(up: Running) -> None:
    assert up.add_lead("7275550009").startswith("SUCCESS")
    up.end(signal.SIGKILL)
    up.start()
    assert "DUPLICATE" in up.add_lead("7275550009", duplicate_check="DUPSYS")


def test_a_worker_that_dies_is_started_again(up: Running) -> None:
    os.kill(up.process_of("worker --queues requests"), signal.SIGKILL)
    wait_until(lambda: "worker requests 1 started again" in up.said, "a new worker")
    assert "worker requests 1 killed by SIGKILL" in up.said
    assert up.add_lead("7275550010").startswith(("SUCCESS", "NOTICE"))


def test_callers_can_connect_while_the_api_starts_again(up: Running) -> None:
    os.kill(up.process_of("cli serve"), signal.SIGKILL)
    assert httpx.get(f"{up.address}/healthz", timeout=60, trust_env=False).status_code == httpx.codes.OK


def test_a_second_one_on_the_same_folder(up: Running, leadmill: Command) -> None:
    ended = leadmill("up", "--data-dir", str(up.folder), "--port", "0")
    assert_one_line(ended, "already runs on", up.address, "--data-dir")


def test_a_port_in_use(leadmill: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert_one_line(leadmill("up", "--port", str(taken.getsockname()[1])), "the port is in use", "--port")


def test_a_folder_that_cannot_be_written_to(leadmill: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert_one_line(
        leadmill("up", "--port", "0", "--data-dir", str(tmp_path / "file/data")), "cannot write to the data folder", "--data-dir"
    )


def test_a_database_that_does_not_answer(leadmill: Command) -> None:
    url = f"mysql+pymysql://cron:hush@127.0.0.1:{free_port()}/asterisk"
    ended = leadmill("up", "--port", "0", LEADMILL_DATABASE_URL=url)
    assert_one_line(ended, "cannot reach the database mysql+pymysql://cron:***@127.0.0.1", "start the server or check host and port")
    assert "hush" not in ended.stderr


def test_a_redis_that_does_not_answer(leadmill: Command) -> None:
    ended = leadmill("up", "--port", "0", LEADMILL_REDIS_URL=f"redis://:hush@127.0.0.1:{free_port()}/0")
    assert_one_line(ended, "cannot reach Redis at redis://:***@127.0.0.1", "unset that and let ./leadmill up start one")


@pytest.mark.parametrize("url", ["nonsense", "postgresql://localhost/x", "mysql+nodriver://localhost/x"])
def test_a_database_address_that_is_none(leadmill: Command, url: str) -> None:
    assert_one_line(leadmill("up", "--port", "0", LEADMILL_DATABASE_URL=url), "not usable", "mysql+pymysql://USER:PASSWORD@HOST/DATABASE")


def test_a_redis_address_that_is_none(leadmill: Command) -> None:
    assert_one_line(leadmill("up", "--port", "0", LEADMILL_REDIS_URL="localhost:6379"), "not usable", "redis://")


def test_an_address_that_is_not_ours(leadmill: Command) -> None:
    assert_one_line(leadmill("serve", "--host", "192.0.2.1", "--port", "0"), "cannot listen on 192.0.2.1", "--host")


def test_a_queue_that_does_not_exist(leadmill: Command) -> None:
    assert_one_line(leadmill("worker", "--queues", "request"), "no queue 'request'", "requests, imports, maintenance", code=2)


def test_a_worker_that_nobody_started(leadmill: Command, up: Running) -> None:
    url = valkey.url_of(up.folder / "valkey")
    assert leadmill("worker", "--queues", "requests", "--check", LEADMILL_REDIS_URL=url).returncode == 0
    ended = leadmill("worker", "--queues", "requests,imports", "--check", LEADMILL_REDIS_URL=url)
    assert_one_line(ended, "no worker of requests,imports", "answers")
