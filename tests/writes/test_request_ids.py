"""Requests with a request id over HTTP, through the queue."""

from collections.abc import Iterator

import httpx
import pytest

from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import SQLITE
from tests.running import Leadmill
from tests.waiting import wait_until
from tests.writes.test_jobs import Client

INVALID = "ERROR: add_lead REQUEST ID MAY HAVE UP TO 128 LETTERS, DIGITS, HYPHENS AND UNDERSCORES - 6666\n"


@pytest.fixture(scope="module")
def system(system_of: SystemOf) -> Iterator[Leadmill]:
    with system_of(SQLITE, sync_wait=10) as running:
        DialerRows(str(running.settings["database_url"]), fixture_rows()).close()
        yield running


def test_a_request_sent_again_gets_the_first_reply(system: Leadmill) -> None:
    client = Client(system)
    sent = {"phone_number": "6025550001", "list_id": "101", "request_id": "3f1c-a_1"}
    first = client.call("add_lead", **sent)
    assert first.text.startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED - 6025550001|101|")
    assert client.call("add_lead", **sent).text == first.text
    changed = client.call("add_lead", **{**sent, "phone_number": "6025550002"})
    assert changed.text == "ERROR: add_lead REQUEST ID WAS USED FOR ANOTHER REQUEST - 3f1c-a_1|6666\n"
    job_id = client.job_of(client.call("add_lead", **sent, **{"async": "Y"}))
    wait_until(lambda: client.status(job_id) == first.text, "the job has the first reply")


def test_the_job_of_a_request_with_an_id_is_known_beforehand(system: Leadmill) -> None:
    """Whoever comes again while the first is under way is told the first one's job, and may ask for it."""
    client = Client(system)
    with system.redis() as redis:
        before = set(redis.scan_iter("leadmill:job:*"))
        client.call("add_lead", phone_number="6025550003", list_id="101", request_id="noted")
        (key,) = set(redis.scan_iter("leadmill:job:*")) - before
    assert client.status(key.removeprefix("leadmill:job:")).startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED - 6025550003|101|")


@pytest.mark.parametrize("request_id", ["a.b", "a b", "a" * 129, "\u00e9"])
def test_an_id_that_cannot_be_kept_as_it_is_is_refused(system: Leadmill, request_id: str) -> None:
    said = Client(system).call("add_lead", phone_number="6025550004", list_id="101", request_id=request_id)
    assert (said.status_code, said.text) == (httpx.codes.OK, INVALID)
