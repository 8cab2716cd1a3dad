"""Creating what a database lacks."""

import pytest
from sqlalchemy import Engine, inspect, select, text

from db.engine import reading, storage_engine, writing
from db.schema import load_schema
from db.tables import ALL_LEGACY
from db.tables.leads import vicidial_hopper, vicidial_list
from db.tables.metadata import own

EMPTY = ["empty_sqlite", "empty_mariadb"]


@pytest.fixture(params=EMPTY)
def empty(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


def test_everything_is_made_once(empty: Engine) -> None:
    assert sorted(load_schema(empty)) == sorted(ALL_LEGACY.tables)
    assert load_schema(empty) == []
    with reading(empty) as connection:
        assert {*ALL_LEGACY.tables, *own.tables} <= set(inspect(connection).get_table_names())


def test_what_is_there_is_not_touched(empty: Engine) -> None:
    with writing(empty) as connection:
        connection.execute(text("CREATE TABLE vicidial_list (lead_id INTEGER PRIMARY KEY, phone_number VARCHAR(9), later VARCHAR(3))"))
        connection.execute(text("INSERT INTO vicidial_list VALUES (1, '727555010', 'abc')"))
        connection.execute(text("CREATE TABLE custom_101 (lead_id INTEGER PRIMARY KEY)"))
    assert "vicidial_list" not in load_schema(empty)
    with reading(empty) as connection:
        assert [c["name"] for c in inspect(connection).get_columns("vicidial_list")] == ["lead_id", "phone_number", "later"]
        assert connection.execute(select(text("*")).select_from(text("vicidial_list"))).all() == [(1, "727555010", "abc")]
        triggers = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'vicidial_list'"
        if empty.dialect.name == "sqlite":
            assert connection.scalar(text(triggers)) == 0


def test_tables_are_in_memory_on_a_classic_dialer_only(myisam: Engine, innodb: Engine) -> None:
    for engine, storage in ((myisam, "MEMORY"), (innodb, "InnoDB")):
        with reading(engine) as connection:
            assert storage_engine(connection, vicidial_hopper.name) == storage


def test_characters_take_three_bytes_in_the_dialers_tables(innodb: Engine) -> None:
    query = text("SELECT table_collation FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = :name")
    with reading(innodb) as connection:
        assert connection.scalar(query, {"name": vicidial_list.name}) == "utf8mb3_unicode_ci"
        assert connection.scalar(query, {"name": "leadmill_ledger"}) == "utf8mb4_bin"


def test_sqlite_tells_what_it_numbers_from_what_it_does_not(sqlite: Engine) -> None:
    with reading(sqlite) as connection:
        seen = inspect(connection)
        key = {name: str(seen.get_columns(name)[0]["type"]) for name in ("vicidial_list", "vicidial_lists", "vicidial_callbacks_archive")}
    assert key == {"vicidial_list": "INTEGER", "vicidial_lists": "NUMERIC", "vicidial_callbacks_archive": "NUMERIC"}
