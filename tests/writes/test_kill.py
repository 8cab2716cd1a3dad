"""A worker that is killed in the middle of an import costs nothing: every row of the file is there once."""

import httpx
import pytest

from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import INNODB, SQLITE
from tests.waiting import wait_until

ROWS = 20_000
KILLED_AT = (2_000, 7_000, 13_000)
OVER = ("done", "done_with_refusals", "failed", "cancelled", "interrupted")
LEADS = "FROM vicidial_list WHERE source_id = 'kill'"


@pytest.mark.parametrize("kind", [SQLITE, INNODB])
def test_killing_the_worker_three_times_loses_and_doubles_nothing(kind: str, system_of: SystemOf) -> None:
    phones = [f"602{number:07}" for number in range(2_000_000, 2_000_000 + ROWS)]
    settings = {"visibility_timeout": 5, "import_chunk": 250}
    with (
        system_of(kind, workers=["requests", "imports"], **settings) as system,
        caller(system.address) as client,
    ):
        rows = DialerRows(str(system.settings["database_url"]), fixture_rows())
        file = "phone_number,source_id\n" + "".join(f"{phone},kill\n" for phone in phones)
        answer = client.post("/v1/imports?list_id=101", content=file, headers={"Content-Type": "text/csv"}, timeout=60)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        job = f"/v1/imports/{answer.json()['id']}"
        for reached in KILLED_AT:
            wait_until(lambda least=reached: stored(rows) >= least, f"{reached} leads are stored", timeout=90)
            system.workers[-1].running.kill()
            system.workers[-1].running.wait()
            assert stored(rows) < ROWS, "the import was over before the worker was killed"
            system.start_worker("imports")
        ended = wait_until(lambda: over(client, job), "the import is over", timeout=120)
        found = rows.connection.exec_driver_sql(f"SELECT phone_number {LEADS} ORDER BY phone_number").scalars().all()
        rows.close()
    assert found == phones
    assert ended["state"] == "done"
    assert ended["counters"]["added"] == ROWS


def caller(address: str) -> httpx.Client:
    """A client that signs in as the fixture's caller."""
    return httpx.Client(base_url=address, auth=("6666", "1234"), trust_env=False)


def stored(rows: DialerRows) -> int:
    """How many leads of the file are in the database."""
    return int(rows.connection.exec_driver_sql(f"SELECT COUNT(*) {LEADS}").scalar_one())


def over(client: httpx.Client, job: str) -> dict[str, object] | None:
    """The job, once it is over."""
    told: dict[str, object] = client.get(job, timeout=30).json()
    return told if told["state"] in OVER else None
