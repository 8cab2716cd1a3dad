"""What the recordings do not show of agent_stats_export."""

from sqlalchemy import Connection

from api.functions.agent_stats_export import COLUMNS, FUNCTION
from tests.dialer.rows import put
from tests.functions.conftest import Ask

DAY = {"datetime_start": "2020-11-01 00:00:00", "datetime_end": "2020-11-01 23:59:59"}


def put_log(connection: Connection, *rows: dict[str, object]) -> None:
    log = {"server_ip": "10.0.0.1", "event_time": "2020-11-01 10:00:00", "pause_epoch": 1604224800, "lead_id": 1}
    put(connection, vicidial_agent_log=[{**log, **row} for row in rows])


def shown(text: str) -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, line.split("|"), strict=True)) for line in text.splitlines()]


def test_the_time_that_leads_were_talked_to_is_shared_among_the_calls(ask: Ask, connection: Connection, statements: list[str]) -> None:
    put_log(connection, *({"user": user, "talk_sec": 30, "dead_sec": 1} for user in ("a", "A", "b")), {"user": "b", "lead_id": 0})
    statements.clear()
    found = shown(ask(FUNCTION, **DAY, time_format="S").text)
    assert [(row["user"], row["calls"], row["total_talk_time"], row["avg_talk_time"]) for row in found] == [
        ("a", "2", "58", "29"),
        ("b", "1", "29", "29"),
    ]
    assert len(statements) == 1


def test_an_agent_without_calls_has_talked_to_nobody(ask: Ask, connection: Connection) -> None:
    put_log(connection, {"user": "a", "lead_id": 0, "talk_sec": 30, "wait_sec": 5})
    (row,) = shown(ask(FUNCTION, **DAY).text)
    assert (row["total_talk_time"], row["avg_talk_time"], row["total_wait_time"], row["pct_of_queue"]) == ("0:00:00",) * 3 + ("0%",)


def test_a_month_may_be_asked_for_with_a_day_too_many(ask: Ask, connection: Connection) -> None:
    put_log(connection, {"user": "a"})
    assert shown(ask(FUNCTION, datetime_start="2020-11-01 00:00:00", datetime_end="2020-11-31 23:59:59").text)
    assert "NO RECORDS FOUND" in ask(FUNCTION, datetime_start="2020-11-01 00:00:00", datetime_end="xxxx-xx-xx xx:xx:xx").text


def test_moments_are_read_as_the_database_reads_them(ask: Ask, connection: Connection) -> None:
    put_log(connection, {"user": "a"})
    for start, end, found in (
        ("2020-11-1 09:00:00 ", "2020_11_01_10_00_00", True),
        ("2020-11-1 10:00:01 ", "2020-11-01 23:59:59", False),
        ("20-11-01+10:00:00++", "20201101100000     ", True),
    ):
        assert ("NO RECORDS FOUND" not in ask(FUNCTION, datetime_start=start, datetime_end=end).text) is found
