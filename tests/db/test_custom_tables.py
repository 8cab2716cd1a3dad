"""The tables of custom fields."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Column, Connection, Engine, event, select, text

from db.custom_tables import Blob, Time, create_custom_table, custom_columns, custom_table, declared_type
from db.engine import storage_engine, writing
from db.rows import insert_rows
from db.types import Date, Decimal, Int, SmallInt, Text, Varchar

FIELDS = "color birthday best_time notes photo weight Höhe order".split()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection; lists 201 and 202 have tables."""
    with writing(engine) as connected:
        for list_id in ("201", "202"):
            create_custom_table(connected, list_id, columns() if list_id == "201" else [])
        yield connected
    with writing(engine) as connected:
        for list_id in ("201", "202"):
            connected.execute(text(f"DROP TABLE custom_{list_id}"))


def columns() -> list[Column[object]]:
    kinds = (Varchar(4), Date(), Time(), Text(), Blob(), Decimal(5, 1), SmallInt(3), Varchar(3))
    return [Column(name, kind, server_default="red" if name == "color" else None) for name, kind in zip(FIELDS, kinds, strict=True)]


def test_columns_of_all_lists_take_one_query(connection: Connection) -> None:
    sent: list[object] = []
    event.listen(connection, "before_cursor_execute", lambda *seen: sent.append(seen[2]))
    wanted = ["201", "202", "203", "2_1", "", "²", "vicidial_list", "201; DROP"]
    assert custom_columns(connection, wanted) == {"201": tuple(FIELDS), "202": ()}
    assert len(sent) == 1


def test_no_query_without_lists(connection: Connection) -> None:
    assert custom_columns(connection, []) == {}


@pytest.mark.parametrize("list_id", ["", "1 OR 1", "101`", "²", "-1"])
def test_a_name_is_made_of_digits_only(list_id: str, connection: Connection) -> None:
    with pytest.raises(ValueError, match="no list id"):
        custom_table(connection, list_id, [])


def test_values_are_fitted_by_the_declared_types(connection: Connection) -> None:
    table = custom_table(connection, "201", FIELDS)
    sent = ("orange", "soon", "9:30", "x" * 70_000, "photo", "1234567.89", "-7", "abcd")
    empty = dict.fromkeys(FIELDS, "")
    insert_rows(connection, table, [{"lead_id": "5", **dict(zip(FIELDS, sent, strict=True))}, {"lead_id": 6, **empty}])
    rows = connection.execute(select(table).order_by(table.c.lead_id)).all()
    assert rows[0] == (5, "oran", "0000-00-00", "09:30:00", "x" * 65_535, "photo", "9999.9", -7, "abc")
    assert rows[1] == (6, "", "0000-00-00", "00:00:00", "", "", "0.0", 0, "")


def test_the_same_table_is_the_same_object(connection: Connection) -> None:
    assert custom_table(connection, "201", ["color"]) is custom_table(connection, "201", ["color"])


def test_a_new_table_keeps_its_defaults_and_storage(connection: Connection) -> None:
    table = custom_table(connection, "201", FIELDS[:2])
    insert_rows(connection, table, [{"lead_id": 1, "birthday": str(date(2000, 1, 1))}])
    assert connection.execute(select(table)).one() == (1, "red", "2000-01-01")
    assert storage_engine(connection, "custom_201") == storage_engine(connection, "vicidial_list")


def test_making_a_table_leaves_the_transaction_as_it_is(innodb: Engine) -> None:
    table = "leadmill_idempotency_keys"
    with innodb.connect() as connection:
        connection.execute(text(f"INSERT INTO {table} (user, `key`, payload_hash, job_id, created) VALUES ('a', 'b', '', '', NOW())"))
        create_custom_table(connection, "209", [])
        connection.rollback()
        assert connection.execute(text(f"SELECT * FROM {table}")).all() == []
        assert custom_columns(connection, ["209"]) == {"209": ()}
        connection.execute(text("DROP TABLE custom_209"))


def test_declared_types() -> None:
    assert [declared_type(t).fit("-5.55x") for t in ("varchar(3)", "INT(9) UNSIGNED", "int", "decimal(4,1)", "enum('a','b')", "")] == [
        *("-5.", 0, -6, "-5.6", "-5.55x", "-5.55x")
    ]
    assert isinstance(declared_type("INTEGER"), Int)
