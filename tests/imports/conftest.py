"""An API for imports on each kind of database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from db.engine import open_engine
from settings import Settings
from tests.api.wire import USER, Wire
from tests.databases import INNODB, SQLITE, create_database, drop_database
from tests.imports.importing import ChunkQueue, Importing

ImportingOf = Callable[..., Importing]


@pytest.fixture
def importing_of(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ImportingOf]:
    """Makes an application on a new database of a kind; `settings` are those that differ."""
    with ExitStack() as stack:

        def make(kind: str = SQLITE, **settings: Any) -> Importing:
            server = "" if kind == SQLITE else request.getfixturevalue("mariadb_server")
            url = create_database(kind, server, tmp_path)
            if kind != SQLITE:
                stack.callback(drop_database, url)
            queue = ChunkQueue()
            app = create_app(Settings(**{"database_url": url, "caller_cache": 0, "settings_cache": 0, **settings}), queue)
            engine = open_engine(url)
            stack.callback(engine.dispose)
            stack.callback(app.app.state.database.close)
            wire = Wire(app, engine, queue)
            wire.put(vicidial_users=[USER], system_settings=[{"use_non_latin": "0"}])
            wire.put(vicidial_lists=[{"list_id": 101, "campaign_id": "TESTCAMP"}, {"list_id": 999, "campaign_id": ""}])
            return Importing(wire, queue)

        yield make


@pytest.fixture
def importing(importing_of: ImportingOf) -> Importing:
    return importing_of()


@pytest.fixture(params=[SQLITE, INNODB])
def importing_anywhere(request: pytest.FixtureRequest, importing_of: ImportingOf) -> Importing:
    return importing_of(request.param)
