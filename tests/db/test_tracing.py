"""What spans and errors tell of statements: all of them, and no value of a row."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sqlalchemy import Engine, delete
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.engine import open_engine, writing
from db.round_trips import send_ahead
from db.rows import insert_rows, insert_with_commit
from db.schema import load_schema
from db.tables.own import leadmill_ledger
from db.tables.users import vicidial_users
from db.tracing import Tracing

SECRET = "ZQpass"
USERS = [{"user": f"z{n}", "pass": SECRET, "full_name": "O'Neil VALUES"} for n in range(20)]
LEDGER = {"batch_id": "b", "first": 0, "size": 1, "state": "done", "moment": "2026-11-30 12:00:00", "replies": SECRET.encode()}


@pytest.fixture
def traced(mariadb_database: Callable[[], str]) -> Iterator[tuple[Engine, InMemorySpanExporter]]:
    engine = open_engine(mariadb_database())
    load_schema(engine, storage="InnoDB")
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    Tracing(provider).watch(engine)
    with writing(engine) as connection:  # a new connection asks for the server's limits
        insert_with_commit(connection, leadmill_ledger, [LEDGER])
    with writing(engine) as connection:
        connection.execute(delete(leadmill_ledger))
    exporter.clear()
    yield engine, exporter
    engine.dispose()


def told(exporter: InMemorySpanExporter) -> list[tuple[str, list[str]]]:
    """Name of each span, and the beginnings of the statements that were sent together with its own."""
    spans: list[Any] = list(exporter.get_finished_spans())
    return [(s.name, [" ".join(text.split()[:3]) for text in s.attributes.get("leadmill.sent_together", ())]) for s in spans]


def test_each_round_trip_has_a_span_with_all_its_statements_and_no_row(traced: tuple[Engine, InMemorySpanExporter]) -> None:
    engine, exporter = traced
    with writing(engine) as connection:
        send_ahead(connection, "SELECT user FROM vicidial_users WHERE pass = %s", (SECRET,))
        insert_rows(connection, vicidial_users, USERS)
        insert_with_commit(connection, leadmill_ledger, [LEDGER])
    assert told(exporter) == [("INSERT", ["SELECT user FROM"]), ("COMMIT", ["INSERT INTO leadmill_ledger"])]
    whole = " ".join(span.to_json() for span in exporter.get_finished_spans())
    assert "INSERT INTO vicidial_users" in whole
    assert not [value for value in (SECRET, "Neil", "z1") if value in whole]


def test_a_commit_that_fails_is_told_without_the_text_of_its_error(traced: tuple[Engine, InMemorySpanExporter]) -> None:
    engine, exporter = traced
    with writing(engine) as connection:
        insert_with_commit(connection, leadmill_ledger, [LEDGER])
    exporter.clear()
    with pytest.raises(IntegrityError), writing(engine) as connection:
        insert_with_commit(connection, leadmill_ledger, [LEDGER])
    (span,) = exporter.get_finished_spans()
    assert told(exporter) == [("COMMIT", ["INSERT INTO leadmill_ledger"])]
    assert (span.name, span.status.status_code, span.status.description) == ("COMMIT", StatusCode.ERROR, "IntegrityError")


def test_an_error_quotes_no_row(mariadb_database: Callable[[], str]) -> None:
    engine = open_engine(mariadb_database())
    load_schema(engine, storage="InnoDB")
    with writing(engine) as connection:
        insert_rows(connection, vicidial_users, USERS)
    with pytest.raises(DBAPIError) as raised, writing(engine) as connection:
        insert_rows(connection, vicidial_users, USERS)
    engine.dispose()
    assert "[SQL: INSERT INTO vicidial_users (user, pass, full_name)]" in str(raised.value)
    assert SECRET not in str(raised.value)
