from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from dialer.dnc import Dnc, ask_dnc, load_dnc
from tests.dialer.rows import put


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    phone_number: str = "6025550001"
    campaign_id: str = ""
    dnc_check: str = ""
    campaign_dnc_check: str = ""


NUMBER = Dnc(system=frozenset({"6025550001"}))
AREA = Dnc(system=frozenset({"602xxxxxxx"}))


@pytest.mark.parametrize(
    ("listed", "check", "found"),
    [
        (NUMBER, "Y", True),
        (NUMBER, "AREACODE", True),
        (NUMBER, "", False),
        (NUMBER, "N", False),
        (NUMBER, "y", False),
        (AREA, "Y", False),
        (AREA, "AREACODE", True),
    ],
)
def test_system(listed: Dnc, check: str, found: bool) -> None:
    assert listed.in_system(Request(dnc_check=check)) is found


def test_seven_x_are_added_whatever_the_length_of_the_number() -> None:
    assert AREA.in_system(Request(phone_number="60255500", dnc_check="AREACODE"))
    assert not AREA.in_system(Request(phone_number="8085550001", dnc_check="AREACODE"))


@pytest.fixture
def lists(connection: Connection) -> Connection:
    put(
        connection,
        vicidial_dnc=[{"phone_number": "6025550001"}, {"phone_number": "808XXXXXXX"}],
        vicidial_campaign_dnc=[
            {"phone_number": "6025550002", "campaign_id": "ONE"},
            {"phone_number": "303XXXXXXX", "campaign_id": "TWO"},
            {"phone_number": "6025550003", "campaign_id": "THREE"},
        ],
        vicidial_campaigns=[
            {"campaign_id": "ONE", "campaign_name": "x"},
            {"campaign_id": "THREE", "campaign_name": "x", "use_other_campaign_dnc": "two"},
        ],
    )
    return connection


def test_no_check_no_query(connection: Connection, queries: list[str]) -> None:
    load_dnc([Request(), Request(dnc_check="N", campaign_dnc_check="y"), Request(campaign_dnc_check="Y")], connection)
    assert queries == []


def test_a_batch_takes_three_queries(lists: Connection, queries: list[str]) -> None:
    requests = [Request(phone_number=f"{n:010}", dnc_check="Y", campaign_dnc_check="Y", campaign_id=f"C{n}") for n in range(6000, 7000)]
    ask_dnc(requests, lists)
    assert len(queries) == 3


@pytest.mark.parametrize(
    ("phone", "check", "found"),
    [("6025550001", "Y", True), ("6025550002", "Y", False), ("8085550001", "Y", False), ("8085550001", "AREACODE", True)],
)
def test_entries_of_the_system(lists: Connection, phone: str, check: str, found: bool) -> None:
    request = Request(phone_number=phone, dnc_check=check)
    assert load_dnc([request], lists).in_system(request) is found


@pytest.mark.parametrize(
    ("phone", "check", "campaign", "found"),
    [
        ("6025550002", "Y", "ONE", True),
        ("6025550002", "Y", "one", True),
        ("6025550002", "Y", "TWO", False),
        ("6025550002", "Y", "", False),
        ("6025550001", "Y", "ONE", False),  # of the system only
        ("3035550001", "Y", "TWO", False),
        ("3035550001", "AREACODE", "TWO", True),  # a campaign need not exist
        ("3035550001", "AREACODE", "THREE", True),  # uses the list of TWO
        ("6025550003", "Y", "THREE", False),  # so its own plays no part
    ],
)
def test_entries_of_a_campaign(lists: Connection, phone: str, check: str, campaign: str, found: bool) -> None:
    request = Request(phone_number=phone, campaign_dnc_check=check, campaign_id=campaign)
    assert load_dnc([request], lists).in_campaign(request) is found


@given(
    phones=st.lists(st.text("0123", min_size=6, max_size=6), min_size=1, max_size=6),
    listed=st.sets(st.text("0123", min_size=6, max_size=6)),
    checks=st.sampled_from(["", "Y", "AREACODE", "N"]),
)
def test_without_area_entries_both_checks_agree(phones: list[str], listed: set[str], checks: str) -> None:
    dnc = Dnc(system=frozenset(listed), campaign=frozenset(("c", phone) for phone in listed))
    for phone in phones:
        request = Request(phone_number=phone, dnc_check=checks, campaign_dnc_check=checks, campaign_id="C")
        assert dnc.in_system(request) is dnc.in_campaign(request) is (phone in listed and checks in ("Y", "AREACODE"))
