"""Bringing Leadmill's own tables up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from db.engine import writing

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "leadmill_alembic_version"
LOCK_WAIT = 120
"""Seconds to wait for another process that is doing the same."""


def upgrade(engine: Engine) -> None:
    """Make Leadmill's own tables, or bring them to this version; several processes may do it at once."""
    if engine.dialect.name == "sqlite":
        with writing(engine) as connection:
            _migrate(connection)
        return
    with engine.connect() as connection, _alone(connection), connection.begin():
        _migrate(connection)


def is_newest(connection: Connection) -> bool:
    """Whether Leadmill's own tables are those of this version."""
    made = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    return set(made) == set(ScriptDirectory(str(MIGRATIONS)).get_heads())


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Keep other processes out, from before the transaction to after its commit."""
    name = {"name": f"leadmill.tables.{connection.engine.url.database}"[:64]}
    if connection.scalar(text("SELECT GET_LOCK(:name, :wait)"), {**name, "wait": LOCK_WAIT}) != 1:
        raise TimeoutError(f"another process has been changing Leadmill's tables for {LOCK_WAIT} seconds")
    connection.commit()
    try:
        yield
    finally:  # it would outlive the connection's return to the pool
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)
