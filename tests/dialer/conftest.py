"""A connection to each kind of database, with the tables of the rules; what a test writes is rolled back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from db.engine import open_engine
from db.round_trips import SparingConnection
from db.schema import load_schema

CUSTOM = {
    "custom_101": "lead_id INTEGER NOT NULL PRIMARY KEY, favorite_color VARCHAR(30), appointment_date DATE, notes_area TEXT",
    "custom_107": "lead_id INTEGER NOT NULL PRIMARY KEY, nickname VARCHAR(30)",
}


@pytest.fixture(scope="session", params=["sqlite", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('dialer') / 'dialer.sqlite3'}"
    else:
        url = request.getfixturevalue("mariadb_database")()
    made = open_engine(url)
    load_schema(made)
    with made.begin() as connection:
        for name, columns in CUSTOM.items():
            connection.execute(text(f"create table {name} ({columns})"))
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connected:
        yield connected
        connected.rollback()


def noting(sent: list[str], send: Callable[..., None]) -> Callable[..., None]:
    """The method, noting each statement before it is sent."""

    def noted(driver: SparingConnection, sql: str, *more: Any) -> None:
        sent.append(sql)
        send(driver, sql, *more)

    return noted


@pytest.fixture
def queries(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements sent so far; clear() it to count from there."""
    sent: list[str] = []
    for way in ("send_ahead", "hold"):  # SQLAlchemy does not see them
        monkeypatch.setattr(SparingConnection, way, noting(sent, getattr(SparingConnection, way)))

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)
