"""Opening the embedded SQLite, and taking its one write lock."""

import sqlite3
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

WRITING = "leadmill_writing"
"""Execution option of a connection whose transaction may write."""
DEADLINE = "leadmill_deadline"
"""Key of a pooled connection's info: when what is read is to be ended."""

LOCK_TIMEOUT = 30
"""Seconds that SQLite waits for another process's write."""

LOOK = 0.002
"""Seconds between two looks whether SQLite's write lock is free.

SQLite's own wait looks ever more seldom, at last every tenth of a second, and beside an import, which leaves the lock for some
milliseconds between two chunks, finds it taken again and again.
"""

STEPS_BETWEEN_LOOKS = 10_000
"""Instructions of SQLite's virtual machine, some tenths of a millisecond, between two looks at the clock."""

PRAGMAS = (
    "journal_mode = WAL",
    # In WAL mode NORMAL may lose the last commits when the power fails, and they have been answered SUCCESS.
    "synchronous = FULL",
    "temp_store = MEMORY",
    # KiB. A chunk of 1000 leads changes up to 12 MiB of pages: what does not fit (2 MiB unless set) is written and read again.
    "cache_size = -16384",
    # Pages of 4 KiB. What is committed is in the log, on the disk; the later it is copied from there, the fewer pages are copied twice.
    "wal_autocheckpoint = 8000",
)


def open_sqlite(url: URL, pool_size: int) -> Engine:
    """An engine of such a URL."""
    options = {"timeout": LOCK_TIMEOUT, "check_same_thread": False}
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, hide_parameters=True, connect_args=options)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def watch_sqlite(connection: Any, record: Any) -> None:
    """Interrupt a statement that is still under way at the deadline."""
    connection.set_progress_handler(lambda: monotonic() > record.info.get(DEADLINE, float("inf")), STEPS_BETWEEN_LOOKS)


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # else the driver would begin transactions by its own rules
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITING):
        _take_write_lock(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _take_write_lock(connection: Connection) -> None:
    """Begin a transaction that may write, as soon as nobody else has one; wait as long as the connection's busy_timeout."""
    driver: Any = connection.connection.driver_connection
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    until = monotonic() + patience / 1000
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while monotonic() < until:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                sleep(LOOK)
            else:
                return
    finally:
        driver.execute(f"PRAGMA busy_timeout = {patience}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # what it raises, SQLAlchemy is to know
