"""Look-ups for lists of values find what SQLAlchemy's own execution finds, on each database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, Integer, select

from db.engine import writing
from db.lists_of_values import look_up, value, values
from db.rows import insert_rows
from db.tables.leads import vicidial_list

LEAD = vicidial_list.c
PHONES = ["7275550100", "7275550101", "100%s", "it's", "\N{ROCKET}"]
BY_PHONE = select(LEAD.lead_id, LEAD.phone_number).where(LEAD.phone_number.in_(values("phones"))).order_by(LEAD.lead_id)
BETWEEN_LISTS = select(LEAD.lead_id).where(
    LEAD.list_id.in_(values("lists", Integer())), LEAD.entry_date > value("after"), LEAD.phone_number.in_(values("phones"))
)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as connected:
        connected.execute(vicidial_list.delete())
        rows = [{"phone_number": phone, "list_id": 101 + n, "entry_date": "2026-10-05 10:00:00"} for n, phone in enumerate(PHONES)]
        insert_rows(connected, vicidial_list, rows)
        yield connected
        connected.execute(vicidial_list.delete())


@pytest.mark.parametrize("phones", [PHONES[:1], PHONES, ["none"], [f"{n}" for n in range(3000)] + PHONES[3:4]])
def test_finds_what_sqlalchemy_finds(phones: list[str], connection: Connection) -> None:
    expected = connection.execute(select(LEAD.lead_id, LEAD.phone_number).where(LEAD.phone_number.in_(phones)).order_by(LEAD.lead_id))
    assert [tuple(row) for row in look_up(connection, BY_PHONE, phones=phones)] == [tuple(row) for row in expected]


def test_parameters_of_several_kinds(connection: Connection) -> None:
    found = look_up(connection, BETWEEN_LISTS, phones=PHONES, after=["2026-10-05 09:59:59"], lists=[102, 103]).all()
    assert len(found) == 2
    assert look_up(connection, BETWEEN_LISTS, phones=PHONES, after=["2026-10-05 10:00:00"], lists=[102, 103]).all() == []


def test_a_value_too_long_for_its_column_is_not_cut(connection: Connection) -> None:
    insert_rows(connection, vicidial_list, [{"phone_number": "123456789012345678"}])
    assert look_up(connection, BY_PHONE, phones=["1234567890123456789"]).all() == []


def test_columns_that_must_be_converted_are_refused(sqlite: Engine) -> None:
    with writing(sqlite) as connection, pytest.raises(AssertionError, match="not as the driver gives it"):
        look_up(connection, select(LEAD.gmt_offset_now).where(LEAD.lead_id.in_(values("ids", Integer()))), ids=[1])
