"""An import that is paused and undone while its worker is killed: real messages, a real worker, every row once."""

from typing import Any

import httpx
import pytest

from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import INNODB
from tests.waiting import wait_until
from tests.writes.test_kill import caller, kill_at_work, over, stored

ROWS = 6_000


@pytest.mark.timeout(600)
def test_a_paused_import_goes_on_and_an_undo_survives_its_worker(system_of: SystemOf) -> None:
    file = "phone_number,source_id\n" + "".join(f"{6_023_000_000 + n},kill\n" for n in range(ROWS))
    settings = {"visibility_timeout": 5, "import_chunk": 250, "import_ahead": 50}
    with system_of(INNODB, workers=["requests", "imports"], **settings) as system, caller(system.address) as client:
        rows = DialerRows(str(system.settings["database_url"]), fixture_rows())
        answer = client.post("/v1/imports?list_id=101", content=file.encode(), headers={"Content-Type": "text/csv"}, timeout=200)
        job = f"/v1/imports/{answer.json()['id']}"
        assert client.post(f"{job}/pause").json()["state"] == "paused"
        paused = wait_until(lambda: parked(rows, client, job), "no message waits", timeout=60)
        assert paused["state"] == "paused"
        assert client.post(f"{job}/resume").json()["state"] in ("running", "queued")
        kill_at_work(system, rows, least=paused["counters"]["added"] + 250)
        ended = wait_until(lambda: over(client, job), f"{job} is over", timeout=120)
        assert (ended["state"], ended["counters"]["added"], stored(rows)) == ("done", ROWS, ROWS)

        undo = f"/v1/imports/{client.post(f'{job}/undo').json()['id']}"
        wait_until(lambda: stored(rows) <= ROWS - 500, "500 leads are deleted", timeout=60)
        system.workers[-1].running.kill()
        system.workers[-1].running.wait()
        system.start_worker("imports")
        undone = wait_until(lambda: over(client, undo), f"{undo} is over", timeout=120)
        assert (undone["state"], undone["counters"]["deleted"], stored(rows)) == ("done", ROWS, 0)
        rows.close()


def parked(rows: DialerRows, client: httpx.Client, job: str) -> dict[str, Any] | None:
    """The job, once every chunk of it is done or parked."""
    told: dict[str, Any] = client.get(job).json()
    waiting = rows.connection.exec_driver_sql("SELECT COUNT(*) FROM leadmill_chunks WHERE state = 'waiting'").scalar_one()
    return None if waiting else told
