"""Many identical requests at once: exactly one lead, whatever worker each of them meets."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest

from tests.conformance.recorded import DEFAULTS, fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import KINDS

AT_ONCE = 50
PERSON = {"first_name": "Pat", "last_name": "O'Brien", "title": "Dr", "alt_phone": "7275559999"}
CHECKS = {
    "DUPSYS": "DUPLICATE PHONE NUMBER IN SYSTEM",
    "DUPLIST": "DUPLICATE PHONE NUMBER IN LIST",
    "DUPTITLEALTPHONESYS": "DUPLICATE TITLE ALT_PHONE IN SYSTEM",
    "DUPNAMEPHONESYS": "DUPLICATE NAME PHONE IN SYSTEM",
}
SEARCHES = ("PHONE_NUMBER", "VENDOR_LEAD_CODE")
INSERT = {"insert_if_not_found": "Y", "phone_code": "1", "list_id": "101"}


@pytest.mark.parametrize("kind", KINDS)
def test_one_of_many_identical_requests_succeeds(kind: str, system_of: SystemOf) -> None:
    # Few requests a message, so that both workers have many at the same time.
    with system_of(kind, workers=["requests", "requests"], batch_limit=3, sync_wait=60) as system:
        rows = DialerRows(str(system.settings["database_url"]), fixture_rows())
        for number, (word, reason) in enumerate(CHECKS.items()):
            lead = {**PERSON, "phone_number": f"602555777{number}", "title": f"D{number}", "duplicate_check": word, "list_id": "101"}
            replies = asyncio.run(at_once(system.legacy_url, "add_lead", lead))
            assert sorted(reply.partition(" - ")[0] for reply in replies) == [
                *[f"ERROR: add_lead {reason}"] * (AT_ONCE - 1),
                "SUCCESS: add_lead LEAD HAS BEEN ADDED",
            ]
            assert stored(rows, lead["phone_number"]) == 1
        for number, search in enumerate(SEARCHES):
            asked = {**PERSON, "phone_number": f"602555888{number}", "vendor_lead_code": f"D{number}", "search_method": search, **INSERT}
            replies = asyncio.run(at_once(system.legacy_url, "update_lead", asked))
            assert sorted(told(reply) for reply in replies) == [
                "NOTICE: update_lead NO MATCHES FOUND IN THE SYSTEM, SUCCESS: update_lead LEAD HAS BEEN ADDED",
                *["SUCCESS: update_lead LEAD HAS BEEN UPDATED"] * (AT_ONCE - 1),
            ]
            assert stored(rows, asked["phone_number"]) == 1
        rows.close()


def told(reply: str) -> str:
    """What the lines of a reply say, without their fields."""
    return ", ".join(line.partition(" - ")[0].partition(": |")[0] for line in reply.splitlines())


async def at_once(url: str, function: str, lead: Mapping[str, str]) -> list[str]:
    """The replies to the same request, sent over as many connections."""
    parameters = {**DEFAULTS, "function": function, **lead}
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(timeout=90, limits=limits, trust_env=False) as client:
        answers = await asyncio.gather(*(client.get(url, params=parameters) for _ in range(AT_ONCE)))
    return [answer.text for answer in answers]


def stored(rows: DialerRows, phone_number: str) -> int:
    """How many leads have the number."""
    found = rows.connection.exec_driver_sql(f"SELECT COUNT(*) FROM vicidial_list WHERE phone_number = '{phone_number}'")
    return int(found.scalar_one())
