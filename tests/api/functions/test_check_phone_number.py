"""check_phone_number on a database; the recorded conversations are replayed in tests/conformance."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from api.functions.check_phone_number import FUNCTION, Request
from db.engine import open_engine
from db.schema import load_schema
from protocol.functions import Caller, Moment, Question
from protocol.replies import LogEntry, Reply
from tests.dialer.rows import put

NOVEMBER = Moment(now=datetime(2026, 11, 23, 12), utc=datetime(2026, 11, 23, 17), daylight=False, zone_offset=-5)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('check') / 'check.sqlite3'}")
    load_schema(engine)
    with engine.connect() as connection:
        put(
            connection,
            servers=[{"server_id": "a", "server_ip": "10.0.0.1", "active": "Y", "local_gmt": "-5.00"}],
            vicidial_call_times=[
                {"call_time_id": "always", "call_time_name": "x", "ct_default_start": 0, "ct_default_stop": 2400},
                {"call_time_id": "noon", "call_time_name": "x", "ct_default_start": 1200, "ct_default_stop": 1300},
                {"call_time_id": "states", "call_time_name": "x", "ct_default_stop": 2400, "ct_state_call_times": "az"},
            ],
            vicidial_state_call_times=[
                {"state_call_time_id": "az", "state_call_time_state": "AZ", "state_call_time_name": "x", "sct_default_stop": 0}
            ],
            vicidial_phone_codes=[
                {"country_code": 1, "areacode": "808", "state": "HI", "GMT_offset": "-10.00", "DST_range": "", "tz_code": "HST"},
                {"country_code": 1, "areacode": "602", "state": "AZ", "GMT_offset": "-7.00", "DST_range": "", "tz_code": "MST"},
                {"country_code": 1, "areacode": "727", "state": "FL", "GMT_offset": "-5.00", "DST_range": "SSM-FSN", "tz_code": "EST"},
            ],
            vicidial_postal_codes=[{"postal_code": "00901", "country_code": 1, "GMT_offset": "-4", "DST_range": ""}],
            vicidial_nanpa_prefix_codes=[{"areacode": "602", "prefix": f"{n}", "GMT_offset": "-1", "DST": "N"} for n in range(990, 1000)],
            vicidial_dnc=[{"phone_number": "6025550009"}],
            vicidial_campaign_dnc=[{"phone_number": "602XXXXXXX", "campaign_id": "ONE"}],
        )
        yield connection
    engine.dispose()


def asked(connection: Connection, moment: Moment = NOVEMBER, **parameters: str) -> Reply:
    request = Request(**{"phone_number": "6025550001", "local_call_time": "always", **parameters})
    return FUNCTION.answer(request, Caller(user="6666", level=8), Question(moment=moment), connection)


@pytest.mark.parametrize(
    ("parameters", "line"),
    [
        ({}, "AREACODE: 1|-7.00#PHONE: 6025550001|1||||"),
        ({"local_call_time": "NOON"}, "AREACODE: 0|-7.00#PHONE: 6025550001|1||||"),
        ({"local_call_time": "noon", "phone_number": "7275550001"}, "AREACODE: 1|-5.00#PHONE: 7275550001|1||||"),
        ({"phone_number": "2015550001"}, "AREACODE: 1|-10.00#PHONE: 2015550001|1||||"),
        ({"phone_code": "44"}, "AREACODE: 1|#PHONE: 6025550001|44||||"),
        ({"tz_method": "FOO"}, "PHONE: 6025550001|1||||"),
        ({"tz_method": "postal", "postal_code": "00901"}, "POSTAL: 1|-4#PHONE: 6025550001|1|00901|||"),
        ({"tz_method": "POSTAL", "postal_code": "0090"}, "POSTAL: 0|#PHONE: 6025550001|1|0090|||"),
        ({"tz_method": "POSTAL", "postal_code": "00902"}, "POSTAL: 1|-7.00#PHONE: 6025550001|1|00902|||"),
        ({"tz_method": "TZCODE"}, "TZCODE: 0|#PHONE: 6025550001|1||||"),
        ({"tz_method": "TZCODE", "owner": "H"}, "TZCODE: 1|-7.00#PHONE: 6025550001|1|||H|"),
        ({"tz_method": "TZCODE", "owner": "ABCDEFG"}, "TZCODE: 0|#PHONE: 6025550001|1|||ABCDEFG|"),
        (
            {"tz_method": "NANPATZCODEPOSTALAREACODE", "phone_number": "6029990001", "postal_code": "00901", "owner": "HST", "state": "NV"},
            "AREACODE: 1|-7.00#POSTAL: 1|-4#TZCODE: 1|-10.00#NANPA: 1|-1#PHONE: 6029990001|1|00901|NV|HST|",
        ),
        # the reference's faults (spec faults): the NANPA zone with usacan_prefix_check, state rules without bars, apostrophes
        ({"tz_method": "NANPA", "phone_number": "6029990001", "usacan_prefix_check": "Y"}, "NANPA: 1|-1#PHONE: 6029990001|1||||"),
        ({"local_call_time": "states", "state": "AZ"}, "AREACODE: 0|-7.00#PHONE: 6025550001|1||AZ||"),
        ({"owner": "O'N", "postal_code": "1'2"}, "AREACODE: 1|-7.00#PHONE: 6025550001|1|1'2||O'N|"),
        ({"usacan_areacode_check": "Y", "phone_number": "60255500012"}, "AREACODE: 1|-7.00#PHONE: 60255500012|1||||"),
    ],
)
def test_one_line_that_the_log_keeps_as_a_notice(database: Connection, parameters: dict[str, str], line: str) -> None:
    reply = asked(database, **parameters)
    assert reply.text == line + "\n"
    assert reply.log == (LogEntry("NOTICE", line, ""),)


def test_in_summer_the_offset_is_a_plain_number(database: Connection) -> None:
    july = Moment(now=datetime(2026, 7, 1, 12), utc=datetime(2026, 7, 1, 16), daylight=True, zone_offset=-4)
    assert asked(database, july, phone_number="7275550001", local_call_time="noon").text == "AREACODE: 1|-4#PHONE: 7275550001|1||||\n"


@pytest.mark.parametrize(
    ("parameters", "line", "data"),
    [
        ({"local_call_time": "bad", "phone_number": "1"}, "THIS IS NOT A VALID CALL TIME: |6666|bad|", "0"),
        ({"local_call_time": ""}, "THIS IS NOT A VALID CALL TIME: |6666||", "0"),
        ({"phone_number": "60255"}, "INVALID PHONE NUMBER LENGTH - 60255|6666", "60255"),
        ({"phone_number": "6021550001", "usacan_prefix_check": "Y"}, "INVALID PHONE NUMBER PREFIX - 6021550001|6666", "6021550001"),
        ({"phone_number": "2015550001", "usacan_areacode_check": "Y"}, "INVALID PHONE NUMBER AREACODE - 2015550001|6666", "2015550001"),
        ({"nanpa_ac_prefix_check": "Y"}, "INVALID PHONE NUMBER NANPA AREACODE PREFIX - 6025550001|6666", "6025550001"),
        ({"phone_number": "6025550009", "dnc_check": "Y"}, "PHONE NUMBER IN DNC - 6025550009|6666", "6025550009"),
        ({"campaign_dnc_check": "AREACODE", "campaign_id": "ONE"}, "PHONE NUMBER IN CAMPAIGN DNC - 6025550001|ONE|6666", "6025550001|ONE"),
    ],
)
def test_refusals(database: Connection, parameters: dict[str, str], line: str, data: str) -> None:
    reply = asked(database, **parameters)
    assert reply.text == f"ERROR: check_phone_number {line}\n"
    reason = line.partition(" - ")[0].partition(":")[0]
    assert reply.log == (LogEntry("ERROR", f"check_phone_number {reason}", data),)


@pytest.mark.parametrize("parameters", [{"nanpa_ac_prefix_check": "Y"}, {"tz_method": "AREACODEnanpa"}])
def test_without_the_nanpa_data_it_stops(tmp_path: Any, parameters: dict[str, str]) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    load_schema(engine)
    with engine.connect() as connection:
        put(connection, vicidial_call_times=[{"call_time_id": "always", "call_time_name": "x"}])
        reply = asked(connection, **parameters)
    engine.dispose()
    assert reply.text == "ERROR: check_phone_number NANPA options disabled, NANPA prefix data not loaded - 0|6666\n"
    assert reply.log == (LogEntry("ERROR", "check_phone_number NANPA options disabled, NANPA prefix data not loaded", "|"),)


def test_the_right_needed() -> None:
    assert FUNCTION.permission is not None
    assert (FUNCTION.permission.level, FUNCTION.permission.flags) == (8, ("vdc_agent_api_access",))
    line = FUNCTION.permission.refusal(user="6666")
    assert line.text == "ERROR: check_phone_number USER DOES NOT HAVE PERMISSION TO CHECK PHONE NUMBERS: |6666||\n"
    assert (line.reason, line.data) == ("check_phone_number USER DOES NOT HAVE PERMISSION TO CHECK PHONE NUMBERS", "")


def test_parameters_are_those_of_the_wire() -> None:
    from protocol.parameters import CLEANERS

    assert {field.name for field in fields(Request)} <= set(CLEANERS)
