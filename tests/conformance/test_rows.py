"""Putting rows on top of a fixture, seeing what changed, and putting everything back; on the three databases."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.conformance.rows import DialerRows
from tests.databases import KINDS, SQLITE

MARIADB_TABLES = """
CREATE TABLE vicidial_list
    (lead_id INT AUTO_INCREMENT PRIMARY KEY, phone_number VARCHAR(18), gmt_offset_now DECIMAL(4,2), entry_date DATETIME) ENGINE={0};
CREATE TABLE vicidial_hopper (hopper_id INT AUTO_INCREMENT PRIMARY KEY, lead_id INT NOT NULL, UNIQUE KEY (lead_id)) ENGINE={0};
CREATE TABLE vicidial_users
    (user_id INT AUTO_INCREMENT PRIMARY KEY, user VARCHAR(20) NOT NULL, pass VARCHAR(20) NOT NULL DEFAULT '', UNIQUE KEY (user)) ENGINE={0};
CREATE TABLE system_settings (version VARCHAR(20), enable_x VARCHAR(1)) ENGINE={0};
CREATE TABLE vicidial_api_log (api_id INT AUTO_INCREMENT PRIMARY KEY, data TEXT) ENGINE={0}"""
SQLITE_TABLES = """
CREATE TABLE vicidial_list (lead_id INTEGER PRIMARY KEY, phone_number VARCHAR(18), gmt_offset_now DECIMAL(4,2), entry_date DATETIME);
CREATE TABLE vicidial_hopper (hopper_id INTEGER PRIMARY KEY AUTOINCREMENT, lead_id INTEGER NOT NULL UNIQUE);
CREATE TABLE vicidial_users (user_id INTEGER PRIMARY KEY, user VARCHAR(20) NOT NULL, pass VARCHAR(20) NOT NULL DEFAULT '');
CREATE UNIQUE INDEX ix_user ON vicidial_users (user);
CREATE TABLE system_settings (version VARCHAR(20), enable_x VARCHAR(1));
CREATE TABLE vicidial_api_log (api_id INTEGER PRIMARY KEY AUTOINCREMENT, data TEXT)"""
FIXTURE = {
    "vicidial_list": [{"lead_id": "5001", "phone_number": "7275551111", "gmt_offset_now": "-5.00", "entry_date": "2026-10-05 10:00:00"}],
    "vicidial_hopper": [{"lead_id": 5001}, {"lead_id": 5002}],
    "vicidial_users": [{"user_id": "1", "user": "6666", "pass": "1234"}],
    "system_settings": [{"version": "2.14", "enable_x": "0"}],
    "vicidial_api_log": [],
    "no_such_table": [{"a": "1"}],
}


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DialerRows]:
    if request.param == SQLITE:
        url, tables = f"sqlite:///{tmp_path / 'dialer.sqlite3'}", SQLITE_TABLES
    else:
        make: Callable[[], str] = request.getfixturevalue("mariadb_database")
        url, tables = make(), MARIADB_TABLES.format(request.param)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in tables.split(";\n"):
            connection.exec_driver_sql(statement)
    made = DialerRows(url, FIXTURE)
    yield made
    made.close()
    engine.dispose()


def run(rows: DialerRows, sql: str) -> None:
    rows.connection.exec_driver_sql(sql)


def present(rows: DialerRows, name: str) -> list[dict[str, str]]:
    return rows.compared(name, rows.kept([name])[name].rows)


def test_the_fixture_is_there_and_what_has_no_table_is_told(rows: DialerRows) -> None:
    assert rows.lacking == ["no_such_table"]
    assert present(rows, "vicidial_list") == [
        {"lead_id": "5001", "phone_number": "7275551111", "gmt_offset_now": "-5", "entry_date": "2026-10-05 10:00:00"}
    ]


def test_nothing_done_is_nothing_changed(rows: DialerRows) -> None:
    assert rows.changed_since(rows.base) == {}


def test_only_what_changed_is_read(rows: DialerRows) -> None:
    run(rows, "UPDATE vicidial_list SET phone_number = '1'")
    run(rows, "INSERT INTO vicidial_api_log (data) VALUES ('x')")
    assert set(rows.changed_since(rows.base)) == {"vicidial_list", "vicidial_api_log"}


def test_a_row_of_a_case_is_added_or_updated_by_whatever_key_it_names(rows: DialerRows) -> None:
    rows.put(
        {
            "vicidial_users": [{"user": "6666", "pass": "new", "no_such_column": "1"}, {"user_id": 9101, "user": "zz"}],
            "system_settings": [{"enable_x": "1"}],
            "vicidial_hopper": [{"lead_id": 5001, "hopper_id": 1}],
            "!vicidial_list": [{"lead_id": 900001, "phone_number": "1"}],
        }
    )
    assert present(rows, "vicidial_users") == [{"user_id": "1", "user": "6666", "pass": "new"}, {"user_id": "9101", "user": "zz"}]
    assert present(rows, "system_settings") == [{"version": "2.14", "enable_x": "1"}]
    assert len(present(rows, "vicidial_hopper")) == 2
    assert present(rows, "vicidial_list") == [{"lead_id": "900001", "phone_number": "1"}]


def test_afterwards_all_is_as_before_and_the_next_number_too(rows: DialerRows) -> None:
    rows.put({"!vicidial_users": [{"user_id": 9101, "user": "zz"}]})
    run(rows, "INSERT INTO vicidial_hopper (lead_id) VALUES (77), (78)")
    run(rows, "DELETE FROM vicidial_list")
    run(rows, "CREATE TABLE custom_88201 (lead_id INTEGER NOT NULL PRIMARY KEY, zzfield TEXT)")
    changed = rows.changed_since(rows.base)
    assert set(changed) == {"vicidial_users", "vicidial_hopper", "vicidial_list", "custom_88201"}
    assert rows.shape("custom_88201").columns == ["lead_id", "zzfield"]
    rows.restore(changed)
    assert rows.changed_since(rows.base) == {}
    run(rows, "INSERT INTO vicidial_hopper (lead_id) VALUES (79)")
    assert [row["hopper_id"] for row in present(rows, "vicidial_hopper")] == ["1", "2", "3"]


def test_custom_tables_of_the_fixture_are_made(rows: DialerRows) -> None:
    assert rows.shape("custom_101").primary == ("lead_id",)


def test_a_case_that_drops_a_table_is_told(rows: DialerRows) -> None:
    run(rows, "DROP TABLE custom_107")
    with pytest.raises(AssertionError, match="custom_107"):
        rows.changed_since(rows.base)
