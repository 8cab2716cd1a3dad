"""What the recordings do not show of did_log_export."""

import pytest
from sqlalchemy import Connection

from api.functions.did_log_export import FUNCTION, seconds
from tests.dialer.rows import put
from tests.functions.conftest import Ask

DAY = "2020-11-01"


@pytest.mark.parametrize(
    ("queued", "length", "found"),
    [
        (None, None, 0),
        (f"{DAY} 10:00:30", None, 30),
        (f"{DAY} 10:00:30", 5, 35),
        (f"{DAY} 09:59:00", 5, -55),
        ("0000-00-00 00:00:00", 5, 0),
    ],
)
def test_seconds_of_a_call(queued: str | None, length: int | None, found: int) -> None:
    assert seconds(f"{DAY} 10:00:00", queued, length) == found


def test_the_last_time_in_a_queue_counts_whatever_number_of_times_there_are(
    ask: Ask, connection: Connection, statements: list[str]
) -> None:
    did = {"channel": "c", "server_ip": "10.0.0.1", "extension": "3125551212"}
    put(
        connection,
        vicidial_did_log=[{**did, "uniqueid": f"{n}.1", "call_date": f"{DAY} 10:00:0{n}", "caller_id_number": f"{n}"} for n in range(5)],
        vicidial_closer_log=[
            {"lead_id": 1, "uniqueid": f"{n}.1", "call_date": f"{DAY} 10:00:0{n}", "length_in_sec": m} for n in range(4) for m in (7, n)
        ],
    )
    statements.clear()
    lines = ask(FUNCTION, phone_number="3125551212", date=DAY).text.splitlines()
    assert lines == [f"3125551212|{n}|{DAY} 10:00:0{n}|{n if n < 4 else 0}" for n in range(5)]
    assert len(statements) == 1
