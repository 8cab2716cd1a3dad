"""Names that a batch locks against every other batch until it commits.

Source: decision 0011 and ARCHITECTURE, "Duplicates".
"""

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import Connection

from db.round_trips import send_ahead

LOCKED = "INSERT INTO leadmill_locks (id) VALUES (%s){more} ON DUPLICATE KEY UPDATE id = id"
"""A row that is there, or that another batch has not committed yet, is locked as one that is new."""

HASHES = 2**31
"""As many as the column has numbers from 0 on."""


def lock(names: Iterable[str], connection: Connection) -> None:
    """Hold these names to the commit, and let the connection's next statement wait for the batch that holds one that hashes alike.

    In ascending order and in one statement, so that batches cannot wait for each other in a circle; call it once a
    batch. SQLite writes one batch at a time and needs no lock. The rows stay until workers/housekeeping.py deletes them.
    """
    numbers = tuple(sorted({crc32(name.encode()) % HASHES for name in names}))
    if numbers and connection.dialect.name != "sqlite":
        send_ahead(connection, LOCKED.format(more=", (%s)" * (len(numbers) - 1)), numbers)
