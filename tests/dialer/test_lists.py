import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from dialer.lists import LeadList, LeadLists, list_number, load_lists
from protocol.functions import Caller
from tests.dialer.rows import put

LISTS = LeadLists({101: LeadList(101, "ONE", "ONE", "day"), 105: LeadList(105, "", "", ""), 106: LeadList(106, "GONE")})


def caller(*campaigns: str, restricted: bool = True, everything: bool = False) -> Caller:
    return Caller(user="6666", campaigns=None if everything else campaigns, restricted=restricted)


@pytest.mark.parametrize(
    ("who", "list_id", "allowed"),
    [
        (caller("ONE"), "101", True),
        (caller("", "one"), "101", True),
        (caller("", "TWO"), "101", False),
        (caller("ONE"), "0101", False),  # compared as text
        (caller("ONE"), "999", False),  # no such list
        (caller("ONE"), "", False),
        (caller(""), "105", False),  # a list without campaign belongs to nobody
        (caller(everything=True), "105", True),
        (caller(everything=True), "999", False),
        (caller(restricted=False), "999", True),
    ],
)
def test_list_restriction(who: Caller, list_id: str, allowed: bool) -> None:
    assert LISTS.allowed(who, list_id) is allowed


@pytest.mark.parametrize(
    ("text", "number"), [("101", 101), ("0101", 101), ("", 0), ("x", 0), ("12x", 12), ("9" * 30, 2**63 - 1), ("0" * 9999 + "7", 7)]
)
def test_list_ids_are_numbers(text: str, number: int) -> None:
    assert list_number(text) == number


@given(st.integers(0, 2**63 - 1), st.integers(0, 40))
def test_leading_zeros_do_not_count(number: int, zeros: int) -> None:
    assert list_number("0" * zeros + str(number)) == number


@pytest.fixture
def lists(connection: Connection) -> Connection:
    put(
        connection,
        vicidial_campaigns=[
            {"campaign_id": "ONE", "campaign_name": "x", "local_call_time": "day"},
            {"campaign_id": "TWO", "campaign_name": "x", "local_call_time": None},
        ],
        vicidial_lists=[
            {"list_id": 101, "campaign_id": "one", "active": "Y"},
            {"list_id": 102, "campaign_id": "ONE", "active": "N", "local_call_time": "night"},
            {"list_id": 103, "campaign_id": "ONE", "local_call_time": ""},
            {"list_id": 104, "campaign_id": "TWO", "local_call_time": "Campaign"},
            {"list_id": 105, "campaign_id": None},
            {"list_id": 106, "campaign_id": "GONE", "local_call_time": "night"},
        ],
    )
    return connection


@pytest.mark.parametrize(
    ("list_id", "campaign", "call_time"),
    [("101", "ONE", "day"), ("00102", "ONE", "night"), ("103", "ONE", "day"), ("104", "TWO", ""), ("105", "", ""), ("106", "", "")],
)
def test_campaign_and_call_time(lists: Connection, list_id: str, campaign: str, call_time: str) -> None:
    found = load_lists([list_id], lists).get(list_id)
    assert found is not None
    assert (found.campaign, found.call_time) == (campaign, call_time)


def test_lists_of_the_campaign(lists: Connection, queries: list[str]) -> None:
    found = load_lists(["101", "0102", "105", "106", "999"], lists, siblings=True)
    assert len(queries) - len([q for q in queries if q.startswith("INSERT")]) == 2
    assert found.siblings("101") == found.siblings("0102") == (101, 102, 103)
    assert found.siblings("106") == (106,)
    assert found.siblings("105") == (105,)
    assert found.siblings("999") == (999,)  # a list that does not exist is searched itself
    assert found.get("999") is None


def test_no_lists_no_query(connection: Connection, queries: list[str]) -> None:
    assert load_lists([], connection, siblings=True) == LeadLists()
    assert queries == []
