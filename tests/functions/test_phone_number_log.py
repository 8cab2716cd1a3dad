"""What the recordings do not show of phone_number_log."""

import pytest
from sqlalchemy import Connection

from api.functions.phone_number_log import FUNCTION, NUMBERS_AT_ONCE, together
from tests.dialer.rows import put
from tests.functions.conftest import Ask


@pytest.fixture
def calls(connection: Connection) -> None:
    put(
        connection,
        vicidial_log=[
            {"uniqueid": f"{n}.{m}", "lead_id": 1, "phone_number": f"{n}", "call_date": f"2020-11-01 10:00:0{m}", "status": f"O{m}"}
            for n in (5550001, 5550002)
            for m in (1, 2)
        ],
        vicidial_closer_log=[
            {"closecallid": m, "lead_id": 1, "phone_number": "5550001", "call_date": "2020-11-01 10:00:00", "status": f"I{m}"}
            for m in (1, 2)
        ],
    )


def shown(text: str) -> list[str]:
    return [f"{line.split('|')[0][-1]} {line.split('|')[6]}" for line in text.splitlines()]


def test_numbers_are_told_in_turn_as_often_as_they_are_asked_for(ask: Ask, calls: None) -> None:
    asked = ask(FUNCTION, phone_number="5550002,5550001,999,5550002", type="ALL")
    assert shown(asked.text) == ["2 O2", "2 O1", "1 O2", "1 O1", "1 I2", "1 I1", "2 O2", "2 O1"]
    assert asked.log[0].reason == "phone_number_log RECORDS FOUND: 0"  # of the last number, in the last direction


def test_last_is_one_call_of_each_number_in_each_direction(ask: Ask, calls: None) -> None:
    asked = ask(FUNCTION, phone_number="5550002,5550001", type="ALL", detail="LAST")
    assert shown(asked.text) == ["2 O2", "1 O2", "1 I2"]
    assert asked.log[0].reason == "phone_number_log RECORDS FOUND: 1"


def test_last_of_calls_without_a_date(ask: Ask, connection: Connection) -> None:
    put(connection, vicidial_log=[{"uniqueid": f"{n}", "lead_id": 1, "phone_number": "5550009", "status": f"O{n}"} for n in (1, 2)])
    assert shown(ask(FUNCTION, phone_number="5550009", detail="LAST").text) == ["9 O2"]


def test_many_numbers_cost_few_statements(ask: Ask, calls: None, statements: list[str]) -> None:
    numbers = [f"{n}" for n in range(5550000, 5550000 + 3 * NUMBERS_AT_ONCE)]
    assert shown(ask(FUNCTION, phone_number=",".join(numbers)).text) == ["1 O2", "1 O1", "2 O2", "2 O1"]
    assert len(statements) == 3


def test_numbers_are_put_together_in_order() -> None:
    assert list(together(["1", "2", "1", "3"])) == [["1", "2"], ["1", "3"]]
    assert [len(group) for group in together([str(n) for n in range(NUMBERS_AT_ONCE + 1)])] == [NUMBERS_AT_ONCE, 1]
