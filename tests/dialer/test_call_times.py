from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from dialer.call_times import CallTime, CallTimes, Week, dialable, load_call_times
from tests.dialer.rows import put

VECTORS: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "call_times.yaml").read_text())
NEVER = ((0, 0),) * 7


@pytest.fixture
def call_times(connection: Connection) -> CallTimes:
    put(connection, **VECTORS["tables"])
    return load_call_times([check["call_time"] for check in VECTORS["checks"]], connection)


def test_recorded_decisions(call_times: CallTimes) -> None:
    for check in VECTORS["checks"]:
        expected = bool(check["dialable"])
        if check["call_time"] == "unframed" and check["state"] == "AL":
            # 20:30 is after the 20:00 of Alabama: the reference overlooks rules without bars around them, we do not
            expected = False
        moment = datetime.fromisoformat(check["utc"])
        assert dialable(check["call_time"], check["offset"], check["state"], moment, call_times) is expected, check


def test_ids_and_states_are_compared_without_case(call_times: CallTimes) -> None:
    evening = datetime(2027, 6, 8, 20, 30)
    assert dialable("STATES", "0", "", evening, call_times)
    assert not dialable("States", "0", "al", evening, call_times)


def test_no_ids_no_query(connection: Connection, queries: list[str]) -> None:
    assert load_call_times([], connection) == {}
    assert queries == []


def test_a_batch_takes_two_queries(connection: Connection, queries: list[str]) -> None:
    put(connection, **VECTORS["tables"])
    queries.clear()
    load_call_times(["9am-9pm", "states", "unframed", "nosuch"], connection)
    assert len(queries) == 2


def test_of_two_rules_of_one_state_the_first_id_counts(connection: Connection) -> None:
    put(
        connection,
        vicidial_call_times=[{"call_time_id": "two", "call_time_name": "x", "ct_state_call_times": "|zz|aa|"}],
        vicidial_state_call_times=[
            {"state_call_time_id": "zz", "state_call_time_state": "AZ", "state_call_time_name": "x", "sct_default_start": 0},
            {"state_call_time_id": "aa", "state_call_time_state": "AZ", "state_call_time_name": "x", "sct_default_start": 2000},
        ],
    )
    loaded = load_call_times(["two"], connection)
    assert not dialable("two", "0", "AZ", datetime(2027, 6, 8, 10), loaded)
    assert dialable("two", "0", "AZ", datetime(2027, 6, 8, 20), loaded)


@given(
    hours=st.tuples(st.integers(0, 2400), st.integers(0, 2400)),
    moment=st.datetimes(datetime(2027, 1, 1), datetime(2028, 1, 1)),
    state=st.sampled_from(["", "AL", "ZZ"]),
)
def test_a_rule_of_the_state_alone_decides(hours: tuple[int, int], moment: datetime, state: str) -> None:
    """Given hours for one state and none elsewhere, when another state asks, then never; else between start and stop."""
    call_times = {"x": CallTime(Week((0, 0), NEVER), {"al": Week(hours, NEVER)})}
    expected = state == "AL" and hours[0] <= moment.hour * 100 + moment.minute < hours[1]
    assert dialable("x", "0", state, moment, call_times) is expected


@given(
    moment=st.datetimes(datetime(2020, 1, 2), datetime(2040, 1, 1)),
    offset=st.sampled_from(["", "0.00", "5.50", "-9.50", "5.75", "-4", "13"]),
)
def test_the_clock_of_the_lead_counts_not_ours(moment: datetime, offset: str) -> None:
    """One of two halves of a day is open, wherever the lead lives."""
    halves = {"am": CallTime(Week((0, 1200), NEVER)), "pm": CallTime(Week((1200, 2400), NEVER))}
    assert dialable("am", offset, "", moment, halves) is not dialable("pm", offset, "", moment, halves)
