"""The three databases that a write is tested on: SQLite, MariaDB with our schema (InnoDB), MariaDB as a dialer has it (MyISAM)."""

from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url

from db.engine import open_engine
from db.schema import Storage, load_schema

SQLITE, INNODB, MYISAM = "sqlite", "innodb", "myisam"
KINDS = (SQLITE, INNODB, MYISAM)
STORAGE: dict[str, Storage] = {SQLITE: "InnoDB", INNODB: "InnoDB", MYISAM: "MyISAM"}


def create_database(kind: str, server: str, folder: Path) -> str:
    """A new database with every table and no row; its URL. `server` is the MariaDB to make it on."""
    if kind == SQLITE:
        url = f"sqlite:///{folder / 'dialer.sqlite3'}"
    else:
        name = f"leadmill_{kind}_{uuid4().hex[:8]}"
        run_on(server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
    engine = open_engine(url)
    load_schema(engine, storage=STORAGE[kind])
    engine.dispose()
    return url


def drop_database(url: str) -> None:
    """Remove a database of MariaDB again; a file of SQLite goes with its folder."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        run_on(address.set(database=None).render_as_string(hide_password=False), f"DROP DATABASE {address.database}")


def run_on(server: str, statement: str) -> None:
    """Run one statement outside any database."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
