"""A worker that is killed in the middle of a delete of many leads: the caller polls, and the count is true."""

import httpx
import pytest

from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import KINDS
from tests.running import Leadmill
from tests.waiting import wait_until

LEADS = 20_000
QUEUED = "NOTICE: update_list QUEUED - "


@pytest.mark.parametrize("kind", KINDS)
def test_the_rest_is_done_by_another_worker(kind: str, system_of: SystemOf) -> None:
    with system_of(kind, workers=["requests", "maintenance"], sync_wait=0.1, visibility_timeout=4) as system:
        rows = DialerRows(str(system.settings["database_url"]), fixture_rows())
        rows.put({"vicidial_lists": [{"list_id": 8800, "campaign_id": "TESTCAMP"}], "vicidial_users": [{"user": "6666", **RIGHTS}]})
        rows.put({"vicidial_list": [{"list_id": 8800, "phone_number": "1"}]})
        while left(rows) < LEADS:
            rows.connection.exec_driver_sql("INSERT INTO vicidial_list (list_id, phone_number) SELECT list_id, '1' " + MINE)
        total = left(rows)
        queued = ask(system, function="update_list", list_id="8800", delete_leads="Y")
        assert queued.startswith(QUEUED)
        job_id = queued.removeprefix(QUEUED).partition("|")[0]
        wait_until(lambda: left(rows) < total, "a slice is done", timeout=60)
        system.workers[-1].running.kill()
        system.workers[-1].running.wait()
        assert left(rows) > 0
        system.start_worker("maintenance")
        done = wait_until(lambda: answer(system, job_id), "the rest is done", timeout=120)
        assert left(rows) == 0
        rows.close()
    assert (
        done == f"NOTICE: update_list NO UPDATES DEFINED: |6666|\nNOTICE: update_list LEADS IN LIST HAVE BEEN DELETED - 6666|8800|{total}\n"
    )


RIGHTS = {"modify_lists": "1", "delete_lists": "1", "modify_leads": "1"}
MINE = "FROM vicidial_list WHERE list_id = 8800"


def left(rows: DialerRows) -> int:
    return int(rows.connection.exec_driver_sql(f"SELECT COUNT(*) {MINE}").scalar_one())


def ask(system: Leadmill, **parameters: str) -> str:
    sent = {"user": "6666", "pass": "1234", "source": "test", **parameters}
    return httpx.get(system.legacy_url, params=sent, timeout=60, trust_env=False).text


def answer(system: Leadmill, job_id: str) -> str:
    """The reply of the job; empty while it is under way."""
    said = ask(system, function="job_status", job_id=job_id)
    return "" if "QUEUED" in said else said
