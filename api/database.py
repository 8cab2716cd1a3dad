"""The dialer's database as the event loop uses it: work runs in threads, each piece of it in its own transaction."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine, exc

from db.engine import open_engine, reading, trouble, writing
from db.remembered import REMEMBER
from settings import Settings

T = TypeVar("T")

PAUSE = 0.5
"""Seconds after a failed connection in which nobody tries another: callers must not queue for a dead database."""

log = structlog.get_logger(__name__)


class DatabaseUnavailable(Exception):
    """The dialer's database cannot be reached, or it broke off."""


class Database:
    """Threads and connections of one API process."""

    def __init__(self, settings: Settings) -> None:
        engine = open_engine(settings.database, pool_size=settings.database_pool)
        self._engine: Engine = engine.execution_options(**{REMEMBER: settings.settings_cache})
        self._threads = ThreadPoolExecutor(settings.database_pool, thread_name_prefix="database")
        self._paused_until = 0.0

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, run in a thread. Raises DatabaseUnavailable."""
        self._refuse_if_paused()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads. For threads, not the event loop. Raises DatabaseUnavailable."""
        return self._guarded(reading)

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that may write, committed at the end. For threads, not the event loop. Raises DatabaseUnavailable."""
        return self._guarded(writing)

    @contextmanager
    def _guarded(self, transaction: Callable[[Engine], AbstractContextManager[Connection]]) -> Iterator[Connection]:
        self._refuse_if_paused()
        connected = False
        try:
            with transaction(self._engine) as connection:
                connected = True
                yield connection
        except (exc.DBAPIError, exc.TimeoutError) as error:
            if connected and trouble(error) is None:
                raise
            if not connected:
                self._paused_until = monotonic() + PAUSE
            log.warning("the database did not do its part", error=type(error).__name__, reason=str(error.__cause__ or error))
            raise DatabaseUnavailable from error

    def _refuse_if_paused(self) -> None:
        if monotonic() < self._paused_until:
            raise DatabaseUnavailable

    def close(self) -> None:
        """End the threads after their work, then the connections."""
        self._threads.shutdown()
        self._engine.dispose()
