"""Which indexes a table of the dialer has, so that a statement may ask for one."""

from sqlalchemy import Connection, text

from db.remembered import remembered

REMEMBERED = 60
"""Seconds for which it is remembered that an index is there; one that goes meanwhile makes an error, which `is_gone` knows."""
NO_SUCH_INDEX = 1176
"""MariaDB's and MySQL's number for a hint that names none."""


def has_index(connection: Connection, table: str, name: str) -> bool:
    """Whether a table of a MariaDB has an index of this name; on SQLite nobody asks for one."""
    return connection.dialect.name != "sqlite" and name in remembered(
        connection, f"{table}.indexes", lambda asking: _read(asking, table), least=REMEMBERED
    )


def is_gone(error: BaseException | None) -> bool:
    """Whether the driver says that a hint names no index of its table."""
    return next(iter(getattr(error, "args", ())), None) == NO_SUCH_INDEX


def _read(connection: Connection, table: str) -> frozenset[str]:
    query = text("SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = :name")
    return frozenset(connection.scalars(query, {"name": table}))
