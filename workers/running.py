"""What a worker process holds while it runs: its settings and its database."""

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from db.engine import open_engine, transactional, writing
from db.remembered import REMEMBER
from protocol.figures import Figures
from settings import Settings
from workers.places import Places

if TYPE_CHECKING:
    from db.tracing import Tracing


CONNECTIONS = 3
"""Database connections that one message may need at a time."""


def threads(settings: Settings, queues: Sequence[str]) -> int:
    """How many messages a worker of these queues has under way.

    While the database stores one chunk of an import, Python prepares another: in threads of one process that is nearly as
    good as two processes, and takes no second processor. SQLite has one writer, which is this process itself.
    """
    return 1 if list(queues) != ["imports"] or settings.database.startswith("sqlite") else settings.import_threads


class Running:
    """One worker process, with so many `threads` that run messages. The engine is opened at first use."""

    def __init__(self, settings: Settings, tracing: "Tracing | None" = None, threads: int = 1) -> None:
        self.tracing = tracing
        self.settings = settings
        self.figures = Figures()
        self.places = Places(threads)
        self._connections = CONNECTIONS * threads
        self._opening = Lock()

    @property
    def engine(self) -> Engine:
        """The dialer's database, with the age up to which reference data may be remembered."""
        with self._opening:
            return self._engine

    @cached_property
    def _engine(self) -> Engine:
        engine = open_engine(self.settings.database, pool_size=self._connections)
        if self.tracing:
            self.tracing.watch(engine)
        return engine.execution_options(**{REMEMBER: self.settings.settings_cache})

    @cached_property
    def transactional(self) -> bool:
        """False where the dialer's tables keep their rows after a ROLLBACK (MyISAM)."""
        with writing(self.engine) as connection:
            return transactional(connection)
