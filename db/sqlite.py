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

WITH_LOG = "PRAGMA journal_mode = WAL"
PRAGMAS = (
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
    # Of several who open a new database one makes it so, and the others do not wait by themselves.
    if not _run_when_free(connection, WITH_LOG):
        connection.execute(WITH_LOG)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get(WRITING):
        connection.exec_driver_sql("BEGIN")
    elif not _run_when_free(connection.connection.driver_connection, "BEGIN IMMEDIATE"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # what it raises, SQLAlchemy is to know


def _run_when_free(driver: Any, statement: str) -> bool:
    """Run a statement as soon as nobody else has the lock it needs; False if that takes longer than busy_timeout, or it fails."""
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    until = monotonic() + patience / 1000
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while monotonic() < until:
            try:
                driver.execute(statement)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                sleep(LOOK)
            else:
                return True
    finally:
        driver.execute(f"PRAGMA busy_timeout = {patience}")
    return False
