"""More than can be done: refused plainly, harmful to nobody else."""

import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conformance.recorded import DEFAULTS, fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import SQLITE
from tests.running import Leadmill
from tests.servers import Leash, start_valkey
from tests.waiting import wait_until

ADD = {**DEFAULTS, "function": "add_lead", "phone_number": "6025550004", "list_id": "101"}
IDLE = 10_000


@pytest.fixture
def system(system_of: SystemOf, tmp_path: Path, leash: Leash) -> Iterator[Leadmill]:
    valkey, url = start_valkey(tmp_path, leash)
    with system_of(SQLITE, workers=["requests"], redis_url=url, queue_limit=3, batch_limit=1, sync_wait=20) as running:
        DialerRows(str(running.settings["database_url"]), fixture_rows()).close()
        yield running
    valkey.stop()


def add(system: Leadmill, **more: str) -> httpx.Response:
    return httpx.get(system.legacy_url, params=ADD | more, timeout=60, trust_env=False)


def test_a_full_queue_refuses_and_takes_again(system: Leadmill) -> None:
    system.workers[0].running.kill()
    system.workers[0].running.wait()
    late = wait_until(lambda: (said := add(system, **{"async": "Y"})).status_code == 503 and said, "the queue is full", timeout=30)
    assert late.headers["retry-after"] == "5"
    assert late.text == "ERROR: add_lead TOO MANY REQUESTS ARE WAITING, NOTHING WAS DONE, TRY AGAIN LATER - 6666\n"
    waiting = system.waiting("requests")
    assert waiting >= 3
    assert add(system).status_code == 503
    assert system.waiting("requests") == waiting
    assert "VERSION: " in httpx.get(system.legacy_url, params={"function": "version"}, trust_env=False).text
    system.start_worker("requests")
    done = wait_until(lambda: (said := add(system)).status_code == 200 and said, "there is room again", timeout=60)
    assert done.text.startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED")


def test_redis_without_memory_is_a_503_and_never_a_200(system: Leadmill) -> None:
    with system.redis() as client:
        client.config_set("maxmemory", "1")
        for more in ({}, {"async": "Y"}):
            refused = add(system, **more)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.text == "ERROR: add_lead QUEUE NOT AVAILABLE, NOTHING WAS DONE, TRY AGAIN LATER - 6666\n"
        client.config_set("maxmemory", "0")
    assert wait_until(lambda: add(system).text.startswith("SUCCESS"), "it works again", timeout=30)


def test_idle_connections_are_in_nobodys_way(system: Leadmill) -> None:
    """Ten thousand, or as many as this process may open; some in the middle of a head, some of a body."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = IDLE if most == resource.RLIM_INFINITY else min(IDLE, most - 500)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], count + 400), most))
    assert system.api is not None
    resource.prlimit(system.api.running.pid, resource.RLIMIT_NOFILE, (max(before[0], count + 400), most))
    idle: list[socket.socket] = []
    try:
        idle = [socket.create_connection(("127.0.0.1", system.port), timeout=60) for _ in range(count)]
        for connection in idle[::100]:
            connection.sendall(b"GET /vicidial/non_agent_api.php HTTP/1.1\r\nX: ")
        for connection in idle[50::100]:
            connection.sendall(b"POST /vicidial/non_agent_api.php HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nuser=6666")
        assert add(system).text.startswith("SUCCESS")
    finally:
        for connection in idle:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert system.alive()


def test_a_body_over_the_limit_is_refused_before_it_is_read(system: Leadmill) -> None:
    with socket.create_connection(("127.0.0.1", system.port), timeout=60) as caller:
        caller.sendall(b"POST /vicidial/non_agent_api.php HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nuser=6666")
        assert caller.recv(100).startswith(b"HTTP/1.1 413 ")
    pieces = (b"x" * 65_536 for _ in range(1000))
    try:
        said = httpx.post(system.legacy_url, content=pieces, timeout=60, trust_env=False)
        assert said.status_code == 413
    except httpx.WriteError:  # the connection was closed while we were still sending
        pass
    assert add(system).status_code == 200
