"""The API on a SQLite database of its own, without workers."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from db.engine import open_engine
from db.schema import load_schema
from settings import Settings
from tests.api.wire import USER, NotedQueue, Wire

WireOf = Callable[..., Wire]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every table and no row, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "dialer.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    load_schema(engine)
    engine.dispose()
    return path


@pytest.fixture
def wire_of(empty_database: Path, tmp_path: Path) -> Iterator[WireOf]:
    """Makes an application with user 6666 in its database; a caller is not remembered unless the settings say so."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Wire:
            path = tmp_path / "dialer.sqlite3"
            shutil.copy(empty_database, path)
            url = f"sqlite:///{path}"
            queue = NotedQueue()
            app = create_app(Settings(**{"database_url": url, "caller_cache": 0, "settings_cache": 0, **settings}), queue)
            engine = open_engine(url)
            stack.callback(engine.dispose)
            stack.callback(app.app.state.database.close)
            wire = Wire(app, engine, queue)
            wire.put(vicidial_users=[USER], system_settings=[{"use_non_latin": "0"}])
            return wire

        yield make


@pytest.fixture
def wire(wire_of: WireOf) -> Wire:
    return wire_of()
