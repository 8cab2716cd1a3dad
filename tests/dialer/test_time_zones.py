from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from dialer.collation import number
from dialer.phones import Nanpa, NanpaPrefix, PhoneCode, PhoneCodes
from dialer.time_zones import Zone, Zones, load_postal_zones, load_server_offset, load_zones
from protocol.functions import Moment
from tests.dialer.rows import put

CODES = PhoneCodes(
    [
        PhoneCode(1, "808", "HI", "-10.00", "", "HST"),
        PhoneCode(1, "602", "AZ", "-7.00", "", "MST"),
        PhoneCode(1, "727", "FL", "-5.00", "SSM-FSN", "EST"),
        PhoneCode(1, "303", "CO", "-7.00", "SSM-FSN", "MST"),
        PhoneCode(44, "", "", "0.00", "LSM-LSO", "GMT"),
        PhoneCode(52, "55", "DF", "-6.00", "FSA-LSO", "CST"),
        PhoneCode(52, "664", "BCN", "-8.00", "", "PST"),
        PhoneCode(61, "2", "NSW", "10.00", "FSO-FSA", "AEST"),
        PhoneCode(61, "7", "QLD", "10.00", "", "AEST"),
        PhoneCode(61, "8", "SA", "9.50", "FSO-FSA", "ACST"),
        PhoneCode(91, "", "", "+5.50", "", "IST"),
        PhoneCode(971, "", "", "+4", "", "GST"),
    ]
)
NANPA = Nanpa(
    rows={("727", "222"): NanpaPrefix("-6", False), ("727", "555"): NanpaPrefix("-5", True), ("602", "999"): NanpaPrefix("-1", False)}
)
POSTAL = {"00901": Zone("-4", ""), "33760": Zone("-5", "SSM-FSN")}
WINTER, SUMMER = datetime(2026, 11, 23, 12), datetime(2026, 7, 1, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    phone_number: str = "6025550001"
    tz_method: str = ""
    postal_code: str = ""


def zones(now: datetime = WINTER, codes: PhoneCodes = CODES, postal: Mapping[str, Zone] = POSTAL, server_offset: float = -5) -> Zones:
    return Zones(codes, NANPA, postal, now, server_offset)


def moment(*, daylight: bool = False, zone_offset: float = -5) -> Moment:
    return Moment(now=WINTER, utc=WINTER, daylight=daylight, zone_offset=zone_offset)


@pytest.mark.parametrize(
    ("phone_code", "phone", "state", "winter", "summer"),
    [
        ("1", "6025550001", "", "-7.00", "-7.00"),
        ("01", "6025550001", "", "-7.00", "-7.00"),
        ("1", "7275550001", "", "-5.00", "-4"),
        ("1", "2015550001", "", "-10.00", "-10.00"),  # unknown: the country's first row
        ("44", "2055500011", "", "0.00", "1"),
        ("52", "6645550001", "", "-8.00", "-8.00"),
        ("52", "5555500011", "", "-6.00", "-5"),
        ("61", "255500011", "NSW", "11", "10.00"),
        ("61", "855500011", "sa ", "10.5", "9.50"),
        ("61", "755500011", "ZZ", "11", "10.00"),  # unknown state: the country's first row
        ("91", "9885550001", "", "5.50", "5.50"),
        ("971", "5055500011", "", "4", "4"),
        ("999", "5055500011", "", "", ""),
    ],
)
def test_by_country_area_code_and_state(phone_code: str, phone: str, state: str, winter: str, summer: str) -> None:
    assert zones(WINTER).offset(phone_code, phone, state) == winter
    assert zones(SUMMER).offset(phone_code, phone, state) == summer


def test_postal_code_of_country_1_as_text() -> None:
    assert zones().offset("1", "6025550001", "", "POSTAL", "00901") == "-4"
    assert zones(SUMMER).offset("1", "6025550001", "", "xpostalx", "33760") == "-4"
    assert zones().offset("01", "6025550001", "", "POSTAL", "00901") == "-7.00"
    assert zones().offset("91", "6025550001", "", "POSTAL", "00901") == "5.50"


@pytest.mark.parametrize("postal_code", ["", "0090", "33760-1234", "12'34"])
def test_a_postal_code_that_is_not_found_leaves_the_area_code(postal_code: str) -> None:
    assert zones().offset("1", "6025550001", "", "POSTAL", postal_code) == "-7.00"


def test_zone_code_of_the_owner() -> None:
    assert zones().offset("1", "6025550001", "", "TZCODE", "", "HST") == "-10.00"
    assert zones(SUMMER).offset("1", "8085550001", "", "TZCODE", "", "MST") == "-6"  # the highest scheme of the code's rows


@pytest.mark.parametrize(
    ("method", "owner"), [("TZCODE", "XYZ"), ("TZCODE", "O'N"), ("TZCODE", "H"), ("tzcode", "HST"), ("TZCODEX", "HST")]
)
def test_anything_but_a_known_zone_code_leaves_the_area_code(method: str, owner: str) -> None:
    assert zones().offset("1", "6025550001", "", method, "", owner) == "-7.00"


def test_without_any_row_the_offset_is_empty_but_zero_by_zone_code() -> None:
    nothing = zones(codes=PhoneCodes([]))
    assert nothing.offset("1", "6025550001") == ""
    assert nothing.offset("1", "6025550001", "", "TZCODE", "", "H") == ""
    assert nothing.offset("1", "6025550001", "", "TZCODE", "", "HST") == "0"
    assert nothing.offset("1", "6025550001") == ""


def test_nanpa_prefix_beats_postal_code_and_area_code() -> None:
    assert zones().offset("1", "7272220001", "", "nanpa") == "-6"
    assert zones().offset("1", "7272220001", "", "NANPAPOSTAL", "00901") == "-6"
    assert zones().offset("1", "6025550001", "", "NANPAPOSTAL", "00901") == "-4"
    assert zones(SUMMER).offset("1", "7275550001", "", "NANPA") == "-4"


def test_one_lead_does_not_change_the_zone_of_the_next() -> None:
    batch = zones()
    assert [batch.offset("1", "7272220001", "", method) for method in ("", "NANPA", "", "NANPA")] == ["-5.00", "-6", "-5.00", "-6"]


@pytest.mark.parametrize(("local_gmt", "offset", "minutes"), [("9.50", "10.5", 0), ("9.50", "9.50", -1)])
def test_the_switch_of_a_zone_at_half_past(local_gmt: str, offset: str, minutes: int) -> None:
    """Given a server in New York, when it is 01:00 in Adelaide on 4 October, daylight time begins there to the minute."""
    codes = PhoneCodes([PhoneCode(61, "8", "SA", local_gmt, "FSO-FSA", "ACST")])
    new_york = datetime(2026, 10, 4, 1) - timedelta(hours=9.5 + 4) + timedelta(minutes=minutes)
    assert zones(new_york, codes, server_offset=-4).offset("61", "855500011", "SA") == offset


@given(
    server=st.integers(-12, 14),
    lead=st.sampled_from(["-10.00", "-5", "0.00", "+5.50", "+5.75", "9.50", "13"]),
    now=st.datetimes(datetime(2024, 1, 2), datetime(2035, 12, 30)),
)
def test_where_the_server_stands_does_not_matter(server: int, lead: str, now: datetime) -> None:
    codes = PhoneCodes([PhoneCode(7, "", "", lead, "LSM-LSO", "")])
    here = zones(now + timedelta(hours=server), codes, server_offset=server).offset("7", "1234567")
    assert here == zones(now, codes, server_offset=0).offset("7", "1234567")
    assert number(here) - number(lead) in (0, 1)


def test_postal_codes_of_a_batch_take_two_queries(connection: Connection, queries: list[str]) -> None:
    codes = ["009012", "00901", "0090", "K1A 0B1", "ab_1%"]
    rows = [{"postal_code": code, "country_code": 1, "GMT_offset": f"-{i}", "DST_range": ""} for i, code in enumerate(codes)]
    put(connection, vicidial_postal_codes=[*rows, {"postal_code": "88888", "country_code": 52, "GMT_offset": "9"}])
    queries.clear()
    texts = {"00901", "009012", "k1a 0", "ab_1%", "88888", "9999' or 1", "00901-1234"} | {str(code) for code in range(33000, 34000)}
    found = load_postal_zones(texts, connection)
    assert found == {"00901": Zone("-1", ""), "009012": Zone("-0", ""), "k1a 0": Zone("-3", ""), "ab_1%": Zone("-4", "")}
    assert len(queries) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(texts=st.sets(st.text("01a%_", min_size=5, max_size=6), min_size=1), code=st.text("01A%_", max_size=7))
def test_a_code_is_found_by_what_it_begins_with(connection: Connection, texts: set[str], code: str) -> None:
    with connection.begin_nested() as savepoint:
        put(connection, vicidial_postal_codes=[{"postal_code": code, "country_code": 1, "GMT_offset": "-5"}])
        found = load_postal_zones(texts, connection)
        savepoint.rollback()
    assert set(found) == {text for text in texts if code.lower().startswith(text)}


def test_a_batch_without_options_asks_only_for_the_server(connection: Connection, queries: list[str]) -> None:
    load_zones([Request()] * 100, CODES, NANPA, moment(), connection)
    assert len(queries) == 1


def test_postal_codes_are_asked_for_where_a_request_wants_them(connection: Connection) -> None:
    put(connection, vicidial_postal_codes=[{"postal_code": "00901", "country_code": 1, "GMT_offset": "-4", "DST_range": ""}])
    requests = [Request(), Request(tz_method="POSTAL", postal_code="00901"), Request(tz_method="POSTAL", postal_code="1")]
    loaded = load_zones(requests, CODES, NANPA, moment(), connection)
    assert loaded.offset("1", "6025550001", "", "POSTAL", "00901") == "-4"


@pytest.mark.parametrize(
    ("rows", "daylight", "offset"),
    [
        ([("a", "N", "8.00"), ("b", "Y", "-5.00"), ("c", "Y", "3.00")], False, -5),
        ([("b", "Y", "-5.00")], True, -4),
        ([("b", "Y", "5.50")], False, 5.5),
        ([("b", "Y", "")], True, 5.5),
        ([("b", "N", "8.00")], True, 5.5),
        ([], False, 5.5),
    ],
)
def test_server_offset(connection: Connection, rows: list[tuple[str, str, str]], daylight: bool, offset: float) -> None:
    put(connection, servers=[{"server_id": i, "server_ip": f"10.0.0.{n}", "active": a, "local_gmt": g} for n, (i, a, g) in enumerate(rows)])
    assert load_server_offset(moment(daylight=daylight, zone_offset=5.5), connection) == offset
