"""Writes that nobody waits for, and what their callers can ask later; the queue's death and return."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from protocol.messages import SENT_AT_KEY, SENT_KEY
from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import INNODB, SQLITE
from tests.running import ALL_QUEUES, Leadmill
from tests.servers import Leash, Server, redis_answers, start, start_valkey
from tests.waiting import wait_until

CALLER = {"user": "6666", "pass": "1234", "source": "test"}


class Client:
    """A legacy caller."""

    def __init__(self, system: Leadmill) -> None:
        self.http = httpx.Client(base_url=system.address, trust_env=False, timeout=30)

    def call(self, function: str, headers: dict[str, str] | None = None, **parameters: str) -> httpx.Response:
        """One request."""
        path = "/vicidial/non_agent_api.php"
        return self.http.get(path, params={**CALLER, "function": function, **parameters}, headers=headers)

    def job_of(self, answer: httpx.Response) -> str:
        """The job id of a QUEUED notice."""
        words, _, fields = answer.text.strip().partition(" - ")
        assert words.startswith("NOTICE: "), answer.text
        assert words.endswith(" QUEUED"), answer.text
        job_id, _, user = fields.partition("|")
        assert user == "6666"
        assert set(job_id) <= set("0123456789abcdefghijklmnopqrstuvwxyz-")
        return job_id

    def status(self, job_id: str, **parameters: str) -> str:
        """What job_status says."""
        return self.call("job_status", job_id=job_id, **parameters).text


@pytest.fixture
def system(system_of: SystemOf) -> Iterator[Leadmill]:
    with system_of(SQLITE, sync_wait=1) as running:
        DialerRows(str(running.settings["database_url"]), fixture_rows()).close()
        yield running


def test_an_asynchronous_request_is_answered_at_once_and_its_reply_kept(system: Leadmill) -> None:
    client = Client(system)
    accepted = client.call("add_lead", phone_number="6025550001", **{"async": "Y"})
    assert accepted.status_code == httpx.codes.OK
    job_id = client.job_of(accepted)
    wait_until(lambda: client.status(job_id).startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED - 6025550001|999|"), "the job is done")
    assert client.status(job_id, user="1002", **{"pass": "test1002"}) != client.status(job_id)
    assert client.status("nonsense-1") == "ERROR: job_status JOB NOT FOUND - nonsense-1|6666\n"
    shown = client.http.get(f"/v1/jobs/{job_id}", auth=("6666", "1234")).json()
    assert (shown["id"], shown["function"], shown["state"], shown["result"]) == (job_id, "add_lead", "done", "SUCCESS")
    assert shown["reply"] == [client.status(job_id).rstrip("\n")]
    assert shown["submitted"] <= shown["finished"]
    missing = client.http.get("/v1/jobs/nonsense-1", auth=("6666", "1234"))
    assert (missing.status_code, missing.json()["code"]) == (404, "job-not-found")
    assert missing.headers["content-type"] == "application/problem+json"


def test_the_prefer_header_gives_202_and_a_place_to_look(system: Leadmill) -> None:
    client = Client(system)
    accepted = client.call("add_lead", phone_number="6025550001", headers={"Prefer": "respond-async, wait=5"})
    assert accepted.status_code == httpx.codes.ACCEPTED
    assert accepted.headers["preference-applied"] == "respond-async"
    place = accepted.headers["location"]
    assert place == f"/v1/jobs/{client.job_of(accepted)}"
    done = wait_until(lambda: ended(client, place), "the job is done")
    assert done["result"] == "SUCCESS"


def ended(client: Client, place: str) -> dict[str, object] | None:
    shown: dict[str, object] = client.http.get(place, auth=("6666", "1234")).json()
    return shown if shown["state"] == "done" else None


def test_who_waits_too_long_gets_the_notice_and_the_work_goes_on(system: Leadmill) -> None:
    client = Client(system)
    (worker,) = system.workers
    worker.running.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    job_id = client.job_of(client.call("add_lead", phone_number="6025550001"))
    assert 0.9 < time.monotonic() - began < 5
    assert client.status(job_id) == f"NOTICE: job_status JOB QUEUED - {job_id}|6666\n"
    assert client.http.get(f"/v1/jobs/{job_id}", auth=("6666", "1234")).json()["state"] == "queued"
    worker.running.send_signal(signal.SIGCONT)
    wait_until(lambda: client.status(job_id).startswith("SUCCESS: add_lead"), "the job is done")


def test_a_message_that_a_dying_worker_took_with_it_is_sent_again(system_of: SystemOf) -> None:
    """Redis hands a waiting worker its message before the worker has noted it as taken."""
    with system_of(SQLITE, sync_wait=1, visibility_timeout=3) as system:
        rows = DialerRows(str(system.settings["database_url"]), fixture_rows())
        client = Client(system)
        (worker,) = system.workers
        worker.running.send_signal(signal.SIGSTOP)
        jobs = [client.job_of(client.call("add_lead", phone_number=f"602555000{n}", **{"async": "Y"})) for n in range(3)]
        worker.running.kill()
        worker.running.wait()
        system.start_worker()
        for job_id in jobs:
            wait_until(lambda job=job_id: client.status(job).startswith("SUCCESS: add_lead"), "the request is done", timeout=40)
        copies = [key for queue in ALL_QUEUES.split(",") for key in (SENT_KEY + queue, SENT_AT_KEY + queue)]
        wait_until(lambda: not system.redis().exists(*copies), "no copy of a message is left")
        assert rows.connection.exec_driver_sql("SELECT COUNT(*) FROM vicidial_list WHERE phone_number LIKE '602555000_'").scalar() == 3
        rows.close()


@pytest.fixture
def own_valkey(tmp_path: Path, leash: Leash) -> Iterator[list[Server]]:
    """A Valkey that may die; the last of the list is the one that runs."""
    folder = tmp_path / "valkey"
    folder.mkdir()
    server, url = start_valkey(folder, leash, "--appendfsync", "always")
    server.name = url
    servers = [server]
    yield servers
    servers[-1].stop()


@pytest.mark.parametrize("kind", [SQLITE, INNODB])
def test_nothing_accepted_is_lost_when_the_queue_dies(kind: str, system_of: SystemOf, own_valkey: list[Server], leash: Leash) -> None:
    url = own_valkey[0].name
    with system_of(kind, redis_url=url, visibility_timeout=5) as system:
        DialerRows(str(system.settings["database_url"]), fixture_rows()).close()
        client = Client(system)
        (worker,) = system.workers
        worker.running.kill()
        worker.running.wait()
        jobs = [client.job_of(client.call("add_lead", phone_number=f"602555000{n}", **{"async": "Y"})) for n in range(8)]
        kill(own_valkey[-1])
        began = time.monotonic()
        refused = client.call("add_lead", phone_number="6025551111")
        assert time.monotonic() - began < 3
        assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert refused.text == "ERROR: add_lead QUEUE NOT AVAILABLE, NOTHING WAS DONE, TRY AGAIN LATER - 6666\n"
        assert int(refused.headers["retry-after"]) > 0
        assert client.call("version").status_code == httpx.codes.OK  # reads need no queue
        own_valkey.append(start("valkey-again", own_valkey[0].running.args, own_valkey[0].log.parent, leash))
        wait_until(lambda: redis_answers(url), "Valkey answers again")
        system.start_worker()
        for job_id in jobs:
            wait_until(lambda job=job_id: client.status(job).startswith("SUCCESS: add_lead"), "an accepted request is done", timeout=60)
        wait_until(lambda: client.call("add_lead", phone_number="6025552222").text.startswith("SUCCESS"), "the API has recovered")


def kill(server: Server) -> None:
    """kill -9 of the Valkey itself, and wait for the end of what holds it on its leash."""
    os.kill(redis.Redis.from_url(server.name).info("server")["process_id"], signal.SIGKILL)
    server.running.wait(10)
