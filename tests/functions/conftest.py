"""Reads asked without HTTP, on rows of the test's own; what a test writes is rolled back."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Connection, Engine, event, text

from api.exports import exported
from db.engine import open_engine
from db.schema import load_schema
from protocol.functions import Caller, Moment, Question, Read, filled
from protocol.replies import Reply
from tests.conformance.rows import CUSTOM_TABLES

NOW = dt.datetime(2020, 11, 1, 12, 0, 0)
MOMENT = Moment(now=NOW, utc=NOW, daylight=False, zone_offset=0.0)
CALLER = Caller(user="6666", level=9, functions="ALL_FUNCTIONS")
Settings = Mapping[str, str]
NO_SETTINGS: Settings = {"active_modules": ""}


class Ask(Protocol):
    """Asks a function: its parameters are taken as they are given, cleaned or not."""

    def __call__(self, function: Read, caller: Caller = CALLER, /, *, settings: Settings = NO_SETTINGS, **parameters: str) -> Reply: ...


def new_engine(url: str) -> Engine:
    engine = open_engine(url)
    load_schema(engine)
    with engine.begin() as connection:
        for name, columns in CUSTOM_TABLES.items():
            connection.execute(text(f"create table {name} ({columns})"))
        connection.execute(text("insert into custom_101 (lead_id, favorite_color, notes_area) values (1, 'blue', 'a note')"))
    return engine


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = new_engine(f"sqlite:///{tmp_path_factory.mktemp('functions') / 'dialer.sqlite3'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def mariadb_engine(mariadb_database: Callable[[], str]) -> Iterator[Engine]:
    engine = new_engine(mariadb_database())
    yield engine
    engine.dispose()


@pytest.fixture
def connection(sqlite_engine: Engine) -> Iterator[Connection]:
    with sqlite_engine.connect() as connected:
        yield connected
        connected.rollback()


@pytest.fixture
def ask(connection: Connection, tmp_path: Path) -> Ask:
    def asked(function: Read, caller: Caller = CALLER, /, *, settings: Settings = NO_SETTINGS, **parameters: str) -> Reply:
        question = Question(moment=MOMENT, settings=settings, web_directory=str(tmp_path))
        request = filled(function.request, parameters, parameters)
        found = function.answer(request, caller, question, connection)
        return found if isinstance(found, Reply) else exported(found, function, request)

    return asked


@pytest.fixture
def statements(connection: Connection) -> Iterator[list[str]]:
    """The statements sent so far; clear() it to count from there."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)
