"""What the types of legacy columns do in statements, on each database."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select, update

from db.engine import writing
from db.tables import ALL_LEGACY
from db.tables.leads import vicidial_list

LEAD = vicidial_list.c
ROW = {
    "phone_number": "7275551111",
    "title": "ABCDE",
    "list_id": "101",
    "gmt_offset_now": "-5",
    "entry_date": "2026-10-05",
    "called_since_last_reset": "y1",
    "status": "NEW",
}


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection with one lead."""
    with writing(engine) as connected:
        connected.execute(vicidial_list.delete())
        connected.execute(insert(vicidial_list), ROW)
        yield connected
        connected.execute(vicidial_list.delete())


def test_a_row_comes_back_as_text_and_whole_numbers(connection: Connection) -> None:
    columns = (
        LEAD.title,
        LEAD.list_id,
        LEAD.gmt_offset_now,
        LEAD.entry_date,
        LEAD.called_since_last_reset,
        LEAD.rank,
        LEAD.gender,
        LEAD.owner,
    )
    assert connection.execute(select(*columns)).one() == ("ABCD", 101, "-5.00", "2026-10-05 00:00:00", "Y1", 0, "U", "")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (LEAD.title == "ABCDE", False),
        (LEAD.title == "abcd", True),
        (LEAD.title.in_(["ABCDE", "ABCDEF"]), False),
        (LEAD.title.like("abc%"), True),
        (LEAD.title == "ABC\U0001f4de", False),
        (LEAD.title.in_(["ABC\U0001f4de", "ABCD"]), True),
        (LEAD.phone_number == 7275551111, True),
        (LEAD.phone_number.in_([7275551111]), True),
        (LEAD.list_id == "101", True),
        (LEAD.list_id.in_(["101", "102"]), True),
        (LEAD.list_id == "99999999999999999999", False),
        (LEAD.gmt_offset_now == "-5", True),
        (LEAD.gmt_offset_now == "-5.00", True),
        (LEAD.gmt_offset_now < -4, True),
        (LEAD.entry_date >= "2026-10-05 00:00:00", True),
        (LEAD.called_since_last_reset == "Y1", True),
        (LEAD.modify_date > "2026-01-01 00:00:00", True),
    ],
    ids=str,
)
def test_a_value_is_compared_as_it_is(condition: ColumnElement[bool], found: bool, connection: Connection) -> None:
    assert (connection.scalar(select(func.count()).where(condition)) == 1) is found


def test_an_update_fits_too_and_may_calculate(connection: Connection) -> None:
    connection.execute(update(vicidial_list).values(called_count=LEAD.called_count + 1, title="zyxwv", gmt_offset_now="-4.755"))
    assert connection.execute(select(LEAD.called_count, LEAD.title, LEAD.gmt_offset_now)).one() == (1, "zyxw", "-4.76")


def test_sums(connection: Connection) -> None:
    row = connection.execute(select(func.sum(LEAD.list_id), func.sum(LEAD.gmt_offset_now), func.count(), func.max(LEAD.entry_date))).one()
    assert row == (101, "-5.00", 1, "2026-10-05 00:00:00")


def test_none_in_a_required_column_becomes_its_empty_value(connection: Connection) -> None:
    connection.execute(update(vicidial_list).values(phone_number=None, rank=None))
    assert connection.execute(select(LEAD.phone_number, LEAD.rank)).one() == ("", 0)


def test_modify_date_follows_real_changes_only(connection: Connection) -> None:
    old = "2026-10-05 10:00:00"
    connection.execute(update(vicidial_list).values(modify_date=old))
    connection.execute(update(vicidial_list).values(status="NEW"))
    assert connection.scalar(select(LEAD.modify_date)) == old
    connection.execute(update(vicidial_list).values(status="SALE"))
    assert str(connection.scalar(select(LEAD.modify_date))) > old


def test_mariadb_pays_nothing_for_the_types(innodb: Engine) -> None:
    paid: dict[str, Any] = {}
    for column in (c for table in ALL_LEGACY.tables.values() for c in table.columns):
        kind = column.type.dialect_impl(innodb.dialect)
        if kind.bind_processor(innodb.dialect) or kind.result_processor(innodb.dialect, None):
            paid[f"{column.table.name}.{column.name}"] = kind
    assert paid == {}
