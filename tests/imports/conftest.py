"""An API for imports on each kind of database."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog

from api.app import create_app
from db.engine import open_engine, writing
from db.schema import load_schema
from db.tables.campaigns import vicidial_campaigns
from db.tables.dnc import vicidial_dnc
from db.tables.leads import vicidial_callbacks, vicidial_hopper, vicidial_list, vicidial_list_alt_phones
from db.tables.lists import vicidial_lists, vicidial_lists_fields
from db.tables.metadata import own
from db.tables.system import system_settings
from db.tables.users import vicidial_user_groups, vicidial_users
from settings import Settings
from tests.api.wire import USER, Wire
from tests.databases import INNODB, MYISAM, SQLITE, STORAGE
from tests.imports.importing import ChunkQueue, Importing

ImportingOf = Callable[..., Importing]
DatabaseOf = Callable[[str], str]

WRITTEN = (
    *(vicidial_list, vicidial_hopper, vicidial_callbacks, vicidial_list_alt_phones),
    *(vicidial_lists, vicidial_lists_fields, vicidial_campaigns, vicidial_dnc, vicidial_users, vicidial_user_groups, system_settings),
)


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> Iterator[None]:
    """Without colours: drawing the traceback of one failed request takes seconds."""
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def database_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DatabaseOf:
    """The URL of a database of a kind with every table, made once for all tests."""
    made: dict[str, str] = {}

    def find(kind: str) -> str:
        if kind not in made:
            folder = tmp_path_factory.mktemp("imports")
            made[kind] = f"sqlite:///{folder / 'dialer.sqlite3'}" if kind == SQLITE else request.getfixturevalue("mariadb_database")()
            engine = open_engine(made[kind])
            load_schema(engine, storage=STORAGE[kind])
            engine.dispose()
        return made[kind]

    return find


@pytest.fixture
def importing_of(database_of: DatabaseOf, tmp_path: Path) -> Iterator[ImportingOf]:
    """Makes an application on an empty database of a kind; `settings` are those that differ."""
    with ExitStack() as stack:

        def make(kind: str = SQLITE, **settings: Any) -> Importing:
            url = database_of(kind)
            if kind == SQLITE:
                url = f"sqlite:///{shutil.copy(url.removeprefix('sqlite:///'), tmp_path / 'dialer.sqlite3')}"
            engine = open_engine(url)
            stack.callback(engine.dispose)
            with writing(engine) as connection:
                for table in (*WRITTEN, *own.tables.values()):
                    connection.execute(table.delete())
            queue = ChunkQueue()
            app = create_app(Settings(**{"database_url": url, "caller_cache": 0, "settings_cache": 0, **settings}), queue)
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


@pytest.fixture(params=[SQLITE, INNODB, MYISAM])
def anywhere(request: pytest.FixtureRequest, importing_of: ImportingOf) -> Importing:
    """Three requests a chunk, on each kind of database."""
    return importing_of(request.param, batch_limit=3)


@pytest.fixture
def small(importing_of: ImportingOf) -> Importing:
    return importing_of(batch_limit=3)
