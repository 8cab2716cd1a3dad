"""Names that a batch locks against every other batch until it commits.

Source: decision 0001 and ARCHITECTURE, "Duplicates".
"""

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import Connection, Integer, func, select

from db.lists_of_values import look_up, values
from db.tables.own import leadmill_locks

LOCKS = 4096
_id = leadmill_locks.c.id
LOCKED = select(func.count()).where(_id.in_(values("numbers", Integer()))).with_for_update()
"""Counted rather than listed, which costs less; the rows are met in the order of their key."""


def lock(names: Iterable[str], connection: Connection) -> None:
    """Wait until no other batch holds a name that hashes like one of these, and hold them to the commit.

    In ascending order and in one statement, so that batches cannot wait for each other in a circle; call it once a
    batch. SQLite writes one batch at a time and needs no lock.
    """
    numbers = sorted({crc32(name.encode()) % LOCKS for name in names})
    if numbers and connection.dialect.name != "sqlite":
        look_up(connection, LOCKED, numbers=numbers).all()
