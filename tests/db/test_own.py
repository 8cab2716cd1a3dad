"""Leadmill's own tables: made by the migrations, as db/tables/own.py describes them."""

import threading
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, inspect, select, text

from db.engine import open_engine, reading, storage_engine, writing
from db.own import upgrade
from db.rows import insert_rows
from db.tables.metadata import own
from db.tables.own import leadmill_dead_letters, leadmill_jobs, leadmill_ledger

INDEXES = {
    "leadmill_ledger": {"ledger_finished": ["finished"]},
    "leadmill_dead_letters": {"dead_letters_state": ["state", "failed"]},
    "leadmill_jobs": {
        "jobs_user": ["user", "created"],
        "jobs_state": ["state", "created"],
        "jobs_content": ["content_hash", "created"],
        "jobs_results_expire": ["results_expire"],
        "jobs_source": ["source", "kind"],
        "jobs_woken": ["woken"],
    },
    "leadmill_chunks": {
        "chunks_counted": ["job_id", "state", "rows", "added", "updated", "duplicates", "dnc", "refused", "failed", "done"],
    },
    "leadmill_webhooks": {"webhooks_due": ["state", "due"]},
    "leadmill_tried_leads": {
        "tried_leads_phone": ["job_id", "phone_number"],
        "tried_leads_alt_phone": ["job_id", "alt_phone"],
        "tried_leads_created": ["created"],
    },
    "leadmill_idempotency_keys": {"idempotency_keys_created": ["created"]},
    "leadmill_deliveries": {"deliveries_noted": ["noted"]},
    "leadmill_request_ids": {"request_ids_created": ["created"]},
    "leadmill_sweeps": {"sweeps_finished": ["finished"]},
}


@pytest.mark.parametrize("name", sorted(own.tables))
def test_tables_are_as_described(name: str, engine: Engine) -> None:
    with reading(engine) as connection:
        assert made(connection, name) == described(own.tables[name], connection)


def test_they_are_innodb_beside_myisam(myisam: Engine) -> None:
    with reading(myisam) as connection:
        assert {storage_engine(connection, name) for name in own.tables} == {"InnoDB"}


@pytest.mark.parametrize("database", ["empty_sqlite", "empty_mariadb"])
def test_a_migration_that_was_cut_off_goes_on(database: str, request: pytest.FixtureRequest) -> None:
    engine: Engine = request.getfixturevalue(database)
    upgrade(engine)
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM leadmill_alembic_version"))
        connection.execute(text("DROP TABLE leadmill_chunks"))
    upgrade(engine)
    with reading(engine) as connection:
        assert set(own.tables) < set(inspect(connection).get_table_names())


@pytest.mark.parametrize("database", ["empty_sqlite", "empty_mariadb"])
def test_several_processes_may_upgrade_at_once(database: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(database).url.render_as_string(hide_password=False)
    failed: list[Exception] = []

    def start() -> None:
        engine = open_engine(url)
        try:
            upgrade(engine)
        except Exception as error:
            failed.append(error)
        finally:
            engine.dispose()

    starting = [threading.Thread(target=start) for _ in range(3)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    assert failed == []


def test_own_values_come_back(engine: Engine) -> None:
    packed = bytes(range(256)) * 300
    ledger = {"batch_id": "a", "first": 0, "size": 1, "state": "done", "moment": "2026-10-05 10:00:00", "replies": packed}
    job = {"id": "j", "kind": "import", "user": "6666", "state": "queued", "options": {"list_id": "101"}, "created": "2026-10-05 10:00:00"}
    letter = {"batch_id": "a", "position": 1, "function": "add_lead", "user": "6666", "request": "\N{ROCKET}" * 70_000, "error": ""}
    with writing(engine) as connection:
        insert_rows(connection, leadmill_ledger, [ledger])
        insert_rows(connection, leadmill_jobs, [job])
        assert len(insert_rows(connection, leadmill_dead_letters, [{**letter, "failed": "2026-10-05 10:00:00"}], ids=True)) == 1
        assert connection.execute(select(leadmill_ledger.c.replies, leadmill_ledger.c.moment)).one() == (packed, "2026-10-05 10:00:00")
        columns = select(leadmill_jobs.c.options, leadmill_jobs.c.mapping, leadmill_jobs.c.rows_received)
        assert connection.execute(columns).one() == ({"list_id": "101"}, None, 0)
        assert connection.execute(select(leadmill_dead_letters.c.request, leadmill_dead_letters.c.state)).one() == (
            letter["request"],
            "waiting",
        )
        for table in (leadmill_ledger, leadmill_jobs, leadmill_dead_letters):
            connection.execute(table.delete())


def test_idempotency_keys_differ_by_case(engine: Engine) -> None:
    keys = own.tables["leadmill_idempotency_keys"]
    row = {"user": "6666", "payload_hash": "x", "job_id": "j", "created": "2026-10-05 10:00:00"}
    with writing(engine) as connection:
        insert_rows(connection, keys, [{**row, "key": "abc"}, {**row, "key": "ABC"}])
        assert list(connection.scalars(select(keys.c.job_id).where(keys.c.key == "ABC"))) == ["j"]
        connection.execute(keys.delete())


def made(connection: Connection, name: str) -> tuple[list[Any], list[str], dict[str, list[str]]]:
    """Columns, primary key and indexes that the database has."""
    seen = inspect(connection)
    columns = [(c["name"], c["nullable"], kind(c["type"])) for c in seen.get_columns(name)]
    indexes = {str(i["name"]): [str(c) for c in i["column_names"]] for i in seen.get_indexes(name)}
    return columns, seen.get_pk_constraint(name)["constrained_columns"], indexes


def described(table: Table, connection: Connection) -> tuple[list[Any], list[str], dict[str, list[str]]]:
    columns = [(c.name, c.nullable, kind(c.type.dialect_impl(connection.dialect))) for c in table.columns]
    return columns, [c.name for c in table.primary_key], INDEXES.get(table.name, {})


def kind(value: Any) -> tuple[str, int | None]:
    """What a type means, whatever the database calls it: JSON is text in MariaDB."""
    value = getattr(value, "impl", value)
    name = value._type_affinity.__name__
    return ("String" if name in ("JSON", "Text") else name, getattr(value, "length", None) if name == "String" else None)
