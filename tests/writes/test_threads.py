"""A worker of imports with two chunks under way at a time: however it ends, every row of the file is there once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import Connection

from db.engine import open_engine
from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import INNODB
from tests.running import Leadmill
from tests.waiting import wait_until
from tests.writes.test_kill import caller, over, stored

ROWS = 2_000
BLOCKED = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND state LIKE 'Waiting for table metadata lock'"


def killed(system: Leadmill, release: Callable[[], None]) -> None:
    """End the worker at once."""
    system.workers[-1].kill()
    release()


def ended_in_good_order(system: Leadmill, release: Callable[[], None]) -> None:
    """End the worker after what it has under way."""
    running = system.workers[-1].running
    running.terminate()
    release()
    assert running.wait(30) == 0
    with system.redis() as redis:
        assert redis.hlen("unacked") == 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("end", [killed, ended_in_good_order])
def test_two_chunks_are_under_way_when_the_worker_ends(end: Callable[[Leadmill, Callable[[], None]], None], system_of: SystemOf) -> None:
    file = "phone_number,source_id\n" + "".join(f"{6_024_000_000 + n},kill\n" for n in range(ROWS))
    settings = {"visibility_timeout": 5, "import_chunk": 250}
    with system_of(INNODB, workers=["requests", "imports"], **settings) as system, caller(system.address) as client:
        rows = DialerRows(str(system.settings["database_url"]), fixture_rows())
        with no_lead_stored(str(system.settings["database_url"])) as (connection, release):
            answer = client.post("/v1/imports?list_id=101", content=file.encode(), headers={"Content-Type": "text/csv"}, timeout=200)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
            wait_until(lambda: connection.exec_driver_sql(BLOCKED).scalar_one() == 2, "two chunks wait for the table", timeout=60)
            end(system, release)
        system.start_worker("imports")
        job = f"/v1/imports/{answer.json()['id']}"
        ended = wait_until(lambda: over(client, job), f"{job} is over", timeout=120)
        assert (ended["state"], ended["counters"]["added"], stored(rows)) == ("done", ROWS, ROWS)
        rows.close()


@contextmanager
def no_lead_stored(url: str) -> Iterator[tuple[Connection, Callable[[], None]]]:
    """While it lasts, whatever touches the table of leads waits; what ends that before."""
    engine = open_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("LOCK TABLES vicidial_list WRITE")
        yield connection, lambda: connection.exec_driver_sql("UNLOCK TABLES").close()
    engine.dispose()
