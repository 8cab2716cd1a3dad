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


@pytest.mark.parametrize("kind", KINDS)
def test_one_of_many_identical_requests_succeeds(kind: str, system_of: SystemOf) -> None:
    # Few requests a message, so that both workers have many at the same time.
    with system_of(kind, workers=["requests", "requests"], batch_limit=3, sync_wait=60) as system:
        rows = DialerRows(str(system.settings["database_url"]), fixture_rows())
        for number, (word, reason) in enumerate(CHECKS.items()):
            lead = {**PERSON, "phone_number": f"602555777{number}", "title": f"D{number}", "duplicate_check": word, "list_id": "101"}
            replies = asyncio.run(at_once(system.legacy_url, lead))
            assert sorted(reply.partition(" - ")[0] for reply in replies) == [
                *[f"ERROR: add_lead {reason}"] * (AT_ONCE - 1),
                "SUCCESS: add_lead LEAD HAS BEEN ADDED",
            ]
            assert stored(rows, lead["phone_number"]) == 1
        rows.close()


async def at_once(url: str, lead: Mapping[str, str]) -> list[str]:
    """The replies to the same request, sent over as many connections."""
    parameters = {**DEFAULTS, "function": "add_lead", **lead}
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(timeout=90, limits=limits, trust_env=False) as client:
        answers = await asyncio.gather(*(client.get(url, params=parameters) for _ in range(AT_ONCE)))
    return [answer.text for answer in answers]


def stored(rows: DialerRows, phone_number: str) -> int:
    """How many leads have the number."""
    found = rows.connection.exec_driver_sql(f"SELECT COUNT(*) FROM vicidial_list WHERE phone_number = '{phone_number}'")
    return int(found.scalar_one())
