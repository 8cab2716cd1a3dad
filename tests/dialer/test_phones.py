from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from dialer.phones import (
    Nanpa,
    NanpaPrefix,
    NumberFault,
    PhoneCode,
    PhoneCodes,
    load_nanpa,
    load_phone_codes,
    looked_up_state,
    number_fault,
    wants_nanpa,
)
from tests.dialer.rows import put

CODES = PhoneCodes(
    [
        PhoneCode(1, "808", "HI", "-10.00", "", "HST"),
        PhoneCode(1, "602", "AZ", "-7.00", "", "MST"),
        PhoneCode(1, "303", "CO", "-7.50", "SSM-FSN", "MST"),
        PhoneCode(52, "664", "BCN", "-8.00", "", "PST"),
        PhoneCode(61, "2", "NSW", "10.00", "FSO-FSA", "AEST"),
    ]
)
NANPA = Nanpa(rows={("602", "555"): NanpaPrefix("-7", False)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    phone_number: str = "6025550001"
    usacan_prefix_check: str = ""
    usacan_areacode_check: str = ""
    nanpa_ac_prefix_check: str = ""
    tz_method: str = ""


def fault(*, ten_digits: bool = True, nanpa: Nanpa = NANPA, **parameters: str) -> NumberFault | None:
    return number_fault(Request(**parameters), CODES, nanpa, ten_digits=ten_digits)


@pytest.mark.parametrize(("phone", "fits"), [("60255", False), ("602555", True), ("6" * 16, True), ("6" * 17, False), ("", False)])
def test_length(phone: str, fits: bool) -> None:
    assert (fault(phone_number=phone) is None) is fits


@pytest.mark.parametrize("phone", ["6020550001", "6021550001", "602,5550001"])
def test_the_fourth_character_of_a_number_of_usa_and_canada_is_2_to_9(phone: str) -> None:
    assert fault(phone_number=phone) is None
    assert fault(phone_number=phone, usacan_prefix_check="y") is None
    assert fault(phone_number=phone, usacan_prefix_check="Y") is NumberFault.PREFIX


def test_the_area_code_is_looked_up_in_country_1_only() -> None:
    assert fault(usacan_areacode_check="Y") is None
    assert fault(phone_number="6645550001", usacan_areacode_check="Y") is NumberFault.AREACODE


@pytest.mark.parametrize("phone", ["6025550", "60255500012", "602555000,"])
def test_the_area_code_check_of_add_lead_wants_ten_digits(phone: str) -> None:
    """The document promises it, the reference does not do it (spec faults: areacode-7-digits, areacode-11-digits)."""
    assert fault(phone_number=phone, usacan_areacode_check="Y") is NumberFault.AREACODE
    assert fault(phone_number=phone, usacan_areacode_check="Y", ten_digits=False) is None


def test_area_code_and_prefix_must_be_in_the_nanpa_data() -> None:
    assert fault(nanpa_ac_prefix_check="Y") is None
    assert fault(nanpa_ac_prefix_check="Y", phone_number="6025560001") is NumberFault.NANPA


def test_the_nanpa_check_is_off_where_the_data_is_not_loaded() -> None:
    assert fault(nanpa_ac_prefix_check="Y", phone_number="6025560001", nanpa=Nanpa(count=9)) is None


@given(
    phone=st.text("0123456789,", max_size=18),
    checks=st.fixed_dictionaries({name: st.sampled_from(["", "Y"]) for name in Request.__slots__ if name.endswith("_check")}),
)
def test_the_first_check_that_fails_is_told(phone: str, checks: dict[str, str]) -> None:
    """Given some of the checks, then the fault is the first, in order, that one check alone finds."""
    alone = [fault(phone_number=phone, **{name: "Y"}) for name, value in checks.items() if value] or [fault(phone_number=phone)]
    found = [one for one in alone if one is not None]
    assert fault(phone_number=phone, **checks) == min(found, key=lambda one: one.value, default=None)


@pytest.mark.parametrize(
    ("phone_code", "phone", "state"),
    [("1", "6025550001", "AZ"), ("01", "6025550001", "AZ"), ("52", "6645550001", "BCN"), ("1", "2015550001", ""), ("61", "2555000", "")],
)
def test_state_of_an_area_code(phone_code: str, phone: str, state: str) -> None:
    assert looked_up_state(phone_code, phone, CODES) == state


def test_a_zone_code_has_the_first_offset_and_the_highest_scheme() -> None:
    assert CODES.zone("1", "mst ") == ("-7.00", "SSM-FSN")
    assert CODES.zone("52", "MST") is None


def test_the_first_row_of_a_country_counts() -> None:
    first = CODES.country("1")
    assert first is not None
    assert first.areacode == "808"
    assert CODES.country("999999999999999999999999") is None


@pytest.mark.parametrize(("check", "method", "wants"), [("", "", False), ("Y", "", True), ("", "postalNanpa", True), ("N", "FOO", False)])
def test_who_wants_the_nanpa_data(check: str, method: str, wants: bool) -> None:
    assert wants_nanpa(Request(nanpa_ac_prefix_check=check, tz_method=method)) is wants


def test_the_table_is_read_in_its_order_and_without_nulls(connection: Connection) -> None:
    put(
        connection,
        vicidial_phone_codes=[
            {"country_code": None, "areacode": "1"},
            {"country_code": 1, "areacode": "808", "state": None, "GMT_offset": "-10", "DST_range": None, "tz_code": "HST"},
            {"country_code": 1, "areacode": "602", "state": "AZ", "GMT_offset": "-7", "DST_range": "", "tz_code": "MST"},
        ],
    )
    codes = load_phone_codes(connection)
    assert codes.country("1") == PhoneCode(1, "808", "", "-10", "", "HST")
    assert codes.area("001", "602") == PhoneCode(1, "602", "AZ", "-7", "", "MST")


def test_no_request_for_nanpa_no_query(connection: Connection, queries: list[str]) -> None:
    assert load_nanpa([Request(), Request(tz_method="POSTAL")], connection).loaded
    assert queries == []


def test_nanpa_rows_of_a_batch_take_two_queries(connection: Connection, queries: list[str]) -> None:
    put(
        connection,
        vicidial_nanpa_prefix_codes=[{"areacode": "602", "prefix": str(p), "GMT_offset": "-7", "DST": "Y"} for p in range(200, 212)],
    )
    queries.clear()
    requests = [Request(phone_number=f"602{prefix}0001", nanpa_ac_prefix_check="Y") for prefix in range(210, 220)]
    nanpa = load_nanpa([*requests, Request(phone_number="7", tz_method="NANPA")], connection)
    assert len(queries) == 2
    assert nanpa.loaded
    assert nanpa.rows == {("602", "210"): NanpaPrefix("-7", True), ("602", "211"): NanpaPrefix("-7", True)}


def test_a_table_of_few_rows_counts_as_not_loaded(connection: Connection) -> None:
    put(
        connection,
        vicidial_nanpa_prefix_codes=[{"areacode": "602", "prefix": str(p), "GMT_offset": "-7", "DST": "N"} for p in range(200, 209)],
    )
    nanpa = load_nanpa([Request(tz_method="NANPA")], connection)
    assert (nanpa.loaded, nanpa.count) == (False, 9)
