"""Names that a batch locks against every other batch until it commits.

Source: decision 0001 and ARCHITECTURE, "Duplicates".
"""

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import Connection, select

from db.tables.own import leadmill_locks

LOCKS = 4096


def lock(names: Iterable[str], connection: Connection) -> None:
    """Wait until no other batch holds a name that hashes like one of these, and hold them to the commit.

    In ascending order and in one statement, so that batches cannot wait for each other in a circle; call it once a
    batch. SQLite writes one batch at a time and needs no lock.
    """
    numbers = sorted({crc32(name.encode()) % LOCKS for name in names})
    if numbers and connection.dialect.name != "sqlite":
        table = leadmill_locks.c
        connection.execute(select(table.id).where(table.id.in_(numbers)).order_by(table.id).with_for_update()).all()
