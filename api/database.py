"""The dialer's database as the event loop uses it: work runs in threads, each piece of it in its own transaction."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import structlog
from sqlalchemy import Connection, Engine, exc

from db.engine import TookTooLong, Trouble, open_engine, reading, trouble, writing
from db.remembered import REMEMBER
from protocol.figures import OUTAGES, Figures
from settings import Settings

if TYPE_CHECKING:
    from db.tracing import Tracing

T = TypeVar("T")

PAUSE = 0.5
"""Seconds after a failed connection in which nobody tries another: callers must not queue for a dead database."""

HANG = 10.0
"""Seconds after which a piece of work of some milliseconds is given up; its thread is free when the server says something."""

log = structlog.get_logger(__name__)


class DatabaseUnavailable(Exception):
    """The dialer's database cannot be reached, or it broke off."""


class Database:
    """Threads and connections of one API process. The answers of reads have their own, which other work never waits for."""

    def __init__(self, settings: Settings, figures: Figures | None = None, tracing: "Tracing | None" = None) -> None:
        self._figures = figures or Figures()
        self._engine = _opened(settings.database, settings)
        self._answers = _opened(settings.read_database_url or settings.database, settings, limit=settings.read_limit)
        if tracing is not None:
            tracing.watch(self._engine)
            tracing.watch(self._answers)
        self._threads = ThreadPoolExecutor(settings.database_pool, thread_name_prefix="database")
        self._answering = ThreadPoolExecutor(settings.database_pool, thread_name_prefix="answer")
        # Slow answers leave some of their threads to quick ones.
        self._slow = asyncio.Semaphore(min(settings.slow_reads, max(1, settings.database_pool - 1)))
        # A statement may begin when nearly all of the time is over.
        self._answer_hang = 2 * settings.read_limit + HANG if settings.read_limit else None
        self._paused_until: dict[Engine, float] = {}

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, run in a thread. Raises DatabaseUnavailable."""
        self._refuse_if_paused(self._engine)
        async with self._bounded(HANG, self._engine):
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def run_answer(self, work: Callable[[], T], *, slow: bool) -> T:
        """What the work of answering a read returns; only some of it may be slow at a time. Raises DatabaseUnavailable."""
        self._refuse_if_paused(self._answers)
        async with self._slow if slow else nullcontext(), self._bounded(self._answer_hang, self._answers):
            return await asyncio.get_running_loop().run_in_executor(self._answering, work)

    @asynccontextmanager
    async def _bounded(self, seconds: float | None, engine: Engine) -> AsyncIterator[None]:
        """Give up after so many seconds: of a server that is frozen or cut off nothing is heard, not even an error."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            self._paused_until[engine] = monotonic() + PAUSE
            self._figures.add(OUTAGES, "database")
            log.warning("the database does not answer", seconds=seconds)
            raise DatabaseUnavailable from error

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads. For threads, not the event loop. Raises DatabaseUnavailable."""
        return self._guarded(reading, self._engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that may write, committed at the end. For threads, not the event loop. Raises DatabaseUnavailable."""
        return self._guarded(writing, self._engine)

    def answering(self) -> AbstractContextManager[Connection]:
        """A transaction for the answer of a read, on the replica if there is one. For threads, not the event loop.

        Raises DatabaseUnavailable, and TookTooLong after settings.read_limit.
        """
        return self._guarded(reading, self._answers)

    @contextmanager
    def _guarded(self, transaction: Callable[[Engine], AbstractContextManager[Connection]], engine: Engine) -> Iterator[Connection]:
        self._refuse_if_paused(engine)
        connected = False
        try:
            with transaction(engine) as connection:
                connected = True
                yield connection
        except (exc.DBAPIError, exc.TimeoutError) as error:
            kind = trouble(error)
            if kind is Trouble.TOO_LONG:
                raise TookTooLong from error
            if connected and kind is Trouble.OTHER:
                raise
            if not connected:
                self._paused_until[engine] = monotonic() + PAUSE
            self._figures.add(OUTAGES, "database")
            log.warning("the database did not do its part", error=type(error).__name__, reason=str(error.__cause__ or error))
            raise DatabaseUnavailable from error

    def _refuse_if_paused(self, engine: Engine) -> None:
        if monotonic() < self._paused_until.get(engine, 0):
            raise DatabaseUnavailable

    def close(self) -> None:
        """End the threads after their work, then the connections."""
        self._answering.shutdown()
        self._threads.shutdown()
        self._answers.dispose()
        self._engine.dispose()


def _opened(url: str, settings: Settings, *, limit: float = 0) -> Engine:
    engine = open_engine(url, pool_size=settings.database_pool, limit=limit)
    return engine.execution_options(**{REMEMBER: settings.settings_cache})
