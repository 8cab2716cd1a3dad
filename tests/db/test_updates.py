"""Different values for many rows in one UPDATE, on each database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, Connection, Engine, event, select, update

from db.custom_tables import create_custom_table, custom_table
from db.engine import writing
from db.rows import insert_rows
from db.tables.leads import vicidial_list
from db.types import Date
from db.updates import update_rows

LEAD = vicidial_list.c
COLUMNS = ("last_name", "comments", "called_count", "gmt_offset_now", "date_of_birth", "gender", "phone_number")


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as connected:
        connected.execute(vicidial_list.delete())
        yield connected
        connected.execute(vicidial_list.delete())


def leads(connection: Connection, count: int) -> list[int]:
    rows = [{"phone_number": str(n), "last_name": f"Old{n}", "called_count": 7} for n in range(count)]
    return insert_rows(connection, vicidial_list, rows, ids=True)


def test_each_row_gets_its_own_values(connection: Connection) -> None:
    ids = leads(connection, 450)
    update_rows(connection, vicidial_list, [(lead_id, {"last_name": f"New{lead_id}"}) for lead_id in ids[1:]])
    rows = connection.execute(select(LEAD.lead_id, LEAD.last_name, LEAD.called_count).order_by(LEAD.lead_id)).all()
    assert [tuple(row) for row in rows] == [(ids[0], "Old0", 7), *((lead_id, f"New{lead_id}", 7) for lead_id in ids[1:])]


def test_each_row_may_have_its_own_columns(connection: Connection) -> None:
    first, second, third = leads(connection, 3)
    update_rows(
        connection, vicidial_list, [(first, {"last_name": "A"}), (second, {"called_count": "9"}), (third, {}), (99, {"last_name": "B"})]
    )
    rows = connection.execute(select(LEAD.last_name, LEAD.called_count).order_by(LEAD.lead_id)).all()
    assert [tuple(row) for row in rows] == [("A", 7), ("Old1", 9), ("Old2", 7)]


def test_values_are_stored_as_by_an_update_of_one_row(connection: Connection) -> None:
    values = [
        ("O'Neil", '100% \\ %s "x"', "12abc", "-4.755", "2026-10-05", "m", "7275550100"),
        ("x" * 40, "y" * 300, "-3", "nonsense", "soon", "unknown", "1" * 30),
        (None, None, None, None, None, None, None),
        ("", "go \N{ROCKET}", 70000, 5, "", "U", 7275550101),
        ("nul\0", "ünï", "1.5", "100", "20261005", "F", ""),
    ]
    found = []
    for at_once in (True, False):
        ids = leads(connection, len(values))
        changes = [(lead_id, dict(zip(COLUMNS, new, strict=True))) for lead_id, new in zip(ids, values, strict=True)]
        if at_once:
            update_rows(connection, vicidial_list, changes)
        else:
            for lead_id, new in changes:
                connection.execute(update(vicidial_list).where(LEAD.lead_id == lead_id).values(new))
        rows = connection.execute(select(*(LEAD[name] for name in COLUMNS)).where(LEAD.lead_id.in_(ids)).order_by(LEAD.lead_id))
        found.append([tuple(row) for row in rows])
    assert found[0] == found[1]


def test_statements_do_not_grow_in_number_with_the_rows(connection: Connection) -> None:
    ids = leads(connection, 200)
    sent: list[object] = []
    event.listen(connection, "before_cursor_execute", lambda *seen: sent.append(seen[2]))
    update_rows(connection, vicidial_list, [(lead_id, {"last_name": str(lead_id)}) for lead_id in ids])
    assert len(sent) == 1


def test_custom_tables(engine: Engine) -> None:
    with writing(engine) as connection:
        create_custom_table(connection, "301", [Column("a day", Date())])
        table = custom_table(connection, "301", ["a day"])
        insert_rows(connection, table, [{"lead_id": n, "a day": "2026-10-05"} for n in (1, 2)])
        update_rows(connection, table, [(2, {"a day": "soon"})])
        assert [row[1] for row in connection.execute(select(table).order_by(table.c.lead_id))] == ["2026-10-05", "0000-00-00"]
    with writing(engine) as connection:
        table.drop(connection)
