"""Databases for the tests of db/: SQLite, and MariaDB with InnoDB and with MyISAM tables."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import open_engine
from db.schema import Storage, load_schema

MakeUrl = Callable[[], str]


@pytest.fixture(scope="session")
def new_mariadb(mariadb_database: MakeUrl) -> MakeUrl:
    """Makes an empty database on the MariaDB of the tests; dropped at the end."""
    return mariadb_database


@pytest.fixture
def empty_mariadb(new_mariadb: MakeUrl) -> Iterator[Engine]:
    """A MariaDB database without tables."""
    yield from opened(new_mariadb())


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database without tables."""
    yield from opened(f"sqlite:///{tmp_path / 'empty.sqlite3'}")


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """SQLite with all tables."""
    yield from opened(f"sqlite:///{tmp_path_factory.mktemp('db') / 'leadmill.sqlite3'}", "InnoDB")


@pytest.fixture(scope="session")
def innodb(new_mariadb: MakeUrl) -> Iterator[Engine]:
    """MariaDB with all tables in InnoDB."""
    yield from opened(new_mariadb(), "InnoDB")


@pytest.fixture(scope="session")
def myisam(new_mariadb: MakeUrl) -> Iterator[Engine]:
    """MariaDB with the legacy tables as a classic dialer has them."""
    yield from opened(new_mariadb(), "MyISAM")


@pytest.fixture(params=["sqlite", "innodb", "myisam"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each kind of database in turn."""
    found: Engine = request.getfixturevalue(request.param)
    return found


def opened(url: str, storage: Storage | None = None) -> Iterator[Engine]:
    engine = open_engine(url)
    if storage is not None:
        load_schema(engine, storage=storage)
    yield engine
    engine.dispose()
