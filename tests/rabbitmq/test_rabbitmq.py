"""RabbitMQ for messages and Valkey for results: the same promises as with Valkey alone."""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx
import pytest
from sqlalchemy import Engine, select, text

from db.engine import open_engine, reading, writing
from db.tables.leads import vicidial_list
from db.tables.own import leadmill_deliveries
from tests.brokers import Rabbit
from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import ON_RABBITMQ, Services, SystemOf
from tests.databases import INNODB
from tests.running import Leadmill
from tests.waiting import wait_until
from tests.workers.dying import MOST
from tests.writes.test_jobs import Client
from tests.writes.test_kill import caller, over

ROWS, CHUNK, AHEAD = 4000, 100, 3
WAIT = 120.0

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def rabbit(services: Services) -> Rabbit:
    if not ON_RABBITMQ:
        pytest.skip("make test-rabbitmq runs these: LEADMILL_TEST_BROKER is not rabbitmq")
    return services.rabbit()


@pytest.fixture(scope="module")
def system(rabbit: Rabbit, system_of: SystemOf) -> Iterator[Leadmill]:
    settings = {"broker_url": rabbit.url(), "import_chunk": CHUNK, "import_ahead": AHEAD, "sync_wait": 2}
    with system_of(INNODB, workers=["requests", "imports,maintenance"], **settings) as running:
        DialerRows(str(running.settings["database_url"]), fixture_rows()).close()
        yield running


@dataclass(slots=True)
class Sending:
    """A file on its way in: `done` once all of it was received, and then `job` is where to look."""

    done: threading.Event = field(default_factory=threading.Event)
    job: str = ""


def send(client: httpx.Client, phones: Sequence[str], source_id: str) -> Sending:
    """Send a file from a thread."""
    sending = Sending()

    def work() -> None:
        content = "\n".join(["phone_number", *phones]).encode()
        path, headers = f"/v1/imports?list_id=101&source_id={source_id}", {"Content-Type": "text/csv"}
        answer = client.post(path, content=content, headers=headers, timeout=2 * WAIT)
        sending.job = f"/v1/imports/{answer.json()['id']}"
        sending.done.set()

    threading.Thread(target=work, daemon=True).start()
    return sending


def stored(system: Leadmill, source_id: str) -> list[str]:
    """The telephones that came from there, in their order."""
    engine = open_engine(str(system.settings["database_url"]))
    with reading(engine) as connection:
        mine = select(vicidial_list.c.phone_number).where(vicidial_list.c.source_id == source_id)
        found = list(connection.scalars(mine.order_by(vicidial_list.c.phone_number)))
    engine.dispose()
    return found


def test_a_lead_is_added_and_changed(system: Leadmill) -> None:
    client = Client(system)
    sent = {"phone_number": "6025550001", "list_id": "101", "request_id": "rabbit-1"}
    first = client.call("add_lead", **sent)
    assert first.text.startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED - 6025550001|101|")
    assert client.call("add_lead", **sent).text == first.text
    job_id = client.job_of(client.call("update_lead", lead_id=first.text.split("|")[2], city="Phoenix", **{"async": "Y"}))
    wait_until(lambda: client.status(job_id).startswith("SUCCESS: update_lead LEAD HAS BEEN UPDATED"), "the job is done", timeout=WAIT)


def test_a_message_of_a_killed_worker_comes_again(system: Leadmill) -> None:
    """The worker of imports is killed in the middle; every row is there once."""
    phones = [f"602{number:07}" for number in range(3_000_000, 3_000_000 + ROWS)]
    with caller(system.address) as client:
        sending = send(client, phones, "killed")
        wait_until(lambda: stored(system, "killed"), "some rows are stored", timeout=WAIT)
        system.workers[1].kill()
        system.workers[1].again()
        assert sending.done.wait(WAIT)
        ended = wait_until(lambda: over(client, sending.job), "the import is over", timeout=WAIT)
    assert (ended["state"], ended["counters"]["added"]) == ("done", ROWS)
    assert stored(system, "killed") == phones


def test_a_message_that_ends_its_worker_each_time_is_a_dead_letter(system: Leadmill) -> None:
    """The worker hangs in the request, because we lock the lead, and is killed; it never goes round for ever."""
    client, engine = Client(system), open_engine(str(system.settings["database_url"]))
    lead_id = client.call("add_lead", phone_number="6025553333", list_id="101").text.split("|")[2]
    with writing(engine) as holding:
        holding.execute(select(vicidial_list).where(vicidial_list.c.lead_id == int(lead_id)).with_for_update())
        job_id = client.job_of(client.call("update_lead", lead_id=lead_id, city="Nowhere", **{"async": "Y"}))
        for earlier in range(MOST):
            wait_until(lambda earlier=earlier: taken(engine, earlier, job_id), f"delivery {earlier + 1} is under way", timeout=WAIT)
            system.workers[0].kill()
            system.workers[0].again()
        told = wait_until(lambda: (said := client.status(job_id)).startswith("ERROR") and said, "it is given up", timeout=WAIT)
    engine.dispose()
    assert told == f"ERROR: update_lead REQUEST COULD NOT BE DONE, NOTHING WAS CHANGED - {job_id}|6666\n"
    assert system.waiting("requests") == 0


def taken(engine: Engine, earlier: int, job_id: str) -> bool:
    """Whether the worker is at the request, in the delivery that follows so many others."""
    rows, batch_id = leadmill_deliveries.c, job_id.rpartition("-")[0]
    with reading(engine) as connection:
        noted = connection.execute(select(rows.begun, rows.position).where(rows.batch_id == batch_id)).first()
        hanging = connection.scalar(text("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"))
    return bool(hanging) and (noted.begun if noted else 0) == earlier


def test_reading_a_file_pauses_while_the_queue_is_long(system: Leadmill) -> None:
    phones = [f"602{number:07}" for number in range(4_000_000, 4_000_000 + ROWS)]
    worker = system.workers[1]
    worker.signal(signal.SIGSTOP)
    with caller(system.address) as client:
        sending = send(client, phones, "paused")
        wait_until(lambda: system.waiting("imports") >= AHEAD, "the queue is long", timeout=WAIT)
        assert not sending.done.wait(2)
        assert system.waiting("imports") <= AHEAD + 2
        worker.signal(signal.SIGCONT)
        assert sending.done.wait(WAIT)
        ended = wait_until(lambda: over(client, sending.job), "the import is over", timeout=WAIT)
    assert ended["state"] == "done"
    assert stored(system, "paused") == phones


def test_a_broker_that_stands_still_keeps_nobody_waiting(system: Leadmill, rabbit: Rabbit) -> None:
    """It takes connections and says nothing: what was on its way to it is unknown, and done once when it goes on."""
    client = Client(system)
    sent = {"phone_number": "6025554000", "list_id": "101", "source_id": "still", "request_id": "still"}
    assert client.call("add_lead", phone_number="6025554001", list_id="101").text.startswith("SUCCESS")
    rabbit.server.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        refused = client.call("add_lead", **sent)
        assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert refused.text.startswith("ERROR: add_lead OUTCOME UNKNOWN AFTER AN INTERRUPTION")
        assert not system.ready()
        assert client.call("version").status_code == httpx.codes.OK
        assert time.monotonic() - began < 30
    finally:
        rabbit.server.signal(signal.SIGCONT)
    wait_until(lambda: client.call("add_lead", **sent).text.startswith("SUCCESS"), "writes work again", timeout=WAIT)
    wait_until(lambda: system.ready(), "it is ready again", timeout=WAIT)
    assert stored(system, "still") == ["6025554000"]


def test_what_was_accepted_survives_the_brokers_death(system: Leadmill, rabbit: Rabbit) -> None:
    client = Client(system)
    worker = system.workers[0]
    worker.signal(signal.SIGSTOP)
    added = [{"phone_number": f"602555100{n}", "list_id": "101", "source_id": "accepted"} for n in range(5)]
    jobs = [client.job_of(client.call("add_lead", **lead, **{"async": "Y"})) for lead in added]
    rabbit.server.kill()
    refused = client.call("add_lead", phone_number="6025552000", list_id="101")
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    worker.signal(signal.SIGCONT)
    rabbit.again()
    for job_id in jobs:
        wait_until(lambda job_id=job_id: client.status(job_id).startswith("SUCCESS: add_lead"), f"{job_id} is done", timeout=WAIT)
    sent = {"phone_number": "6025552001", "list_id": "101", "source_id": "accepted", "request_id": "after"}
    wait_until(lambda: client.call("add_lead", **sent).text.startswith("SUCCESS"), "writes work again", timeout=WAIT)
    assert stored(system, "accepted") == [*(f"602555100{n}" for n in range(5)), "6025552001"]
