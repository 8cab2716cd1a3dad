"""A worker that is killed in the middle of an import costs nothing: every row of the file is there once."""

from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest

from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import INNODB, SQLITE
from tests.running import Leadmill
from tests.waiting import wait_until

ROWS, PIECE = 20_000, 5_000
OVER = ("done", "done_with_refusals", "failed", "cancelled", "interrupted")
LEADS = "FROM vicidial_list WHERE source_id = 'kill'"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", [SQLITE, INNODB])
def test_killing_the_worker_three_times_loses_and_doubles_nothing(kind: str, system_of: SystemOf) -> None:
    phones = [f"602{number:07}" for number in range(2_000_000, 2_000_000 + ROWS)]
    settings = {"visibility_timeout": 5, "import_chunk": 250}
    with system_of(kind, workers=["requests", "imports"], **settings) as system, caller(system.address) as client:
        rows = DialerRows(str(system.settings["database_url"]), fixture_rows())
        file = file_with_accidents(phones, system, rows)
        answer = client.post("/v1/imports?list_id=101", content=file, headers={"Content-Type": "text/csv"}, timeout=200)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        job = f"/v1/imports/{answer.json()['id']}"
        ended = wait_until(lambda: over(client, job), f"{job} is over", timeout=180)
        found = rows.connection.exec_driver_sql(f"SELECT phone_number {LEADS} ORDER BY phone_number").scalars().all()
        rows.close()
    assert found == phones
    assert ended["state"] == "done"
    assert ended["counters"]["added"] == ROWS


def file_with_accidents(phones: Sequence[str], system: Leadmill, rows: DialerRows) -> Iterator[bytes]:
    """The file, piece by piece. After each piece but the last the worker is killed in the middle of it."""
    yield b"phone_number,source_id\n"
    for first in range(0, ROWS, PIECE):
        yield "".join(f"{phone},kill\n" for phone in phones[first : first + PIECE]).encode()
        if first + PIECE < ROWS:
            kill_at_work(system, rows, least=stored(rows) + 250)


def kill_at_work(system: Leadmill, rows: DialerRows, least: int) -> None:
    """Kill the worker of imports while it holds a message and has stored so many leads, and start another."""
    wait_until(lambda: stored(rows) >= least and system.taken(), f"{least} leads are stored and more are under way", timeout=120)
    system.workers[-1].running.kill()
    system.workers[-1].running.wait()
    system.start_worker("imports")


def caller(address: str) -> httpx.Client:
    """A client that signs in as the fixture's caller."""
    return httpx.Client(base_url=address, auth=("6666", "1234"), trust_env=False)


def stored(rows: DialerRows) -> int:
    """How many leads of the file are in the database."""
    return int(rows.connection.exec_driver_sql(f"SELECT COUNT(*) {LEADS}").scalar_one())


def over(client: httpx.Client, job: str) -> dict[str, Any] | None:
    """The job, once it is over."""
    told: dict[str, Any] = client.get(job, timeout=30).json()
    return told if told["state"] in OVER else None
