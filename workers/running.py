"""What a worker process holds while it runs: its settings and its database."""

from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from db.engine import open_engine, transactional, writing
from db.remembered import REMEMBER
from protocol.figures import Figures
from settings import Settings

if TYPE_CHECKING:
    from db.tracing import Tracing


class Running:
    """One worker process. The engine is opened at first use, after Celery has forked if it forks."""

    def __init__(self, settings: Settings, tracing: "Tracing | None" = None) -> None:
        self.tracing = tracing
        self.settings = settings
        self.figures = Figures()

    @cached_property
    def engine(self) -> Engine:
        """The dialer's database, with the age up to which reference data may be remembered."""
        engine = open_engine(self.settings.database, pool_size=3)
        if self.tracing:
            self.tracing.watch(engine)
        return engine.execution_options(**{REMEMBER: self.settings.settings_cache})

    @cached_property
    def transactional(self) -> bool:
        """False where the dialer's tables keep their rows after a ROLLBACK (MyISAM)."""
        with writing(self.engine) as connection:
            return transactional(connection)
