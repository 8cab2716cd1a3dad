"""What a worker process holds while it runs: its settings and its database."""

from functools import cached_property

from sqlalchemy import Engine

from db.engine import open_engine, transactional, writing
from db.remembered import REMEMBER
from settings import Settings


class Running:
    """One worker process. The engine is opened at first use, after Celery has forked if it forks."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def engine(self) -> Engine:
        """The dialer's database, with the age up to which reference data may be remembered."""
        engine = open_engine(self.settings.database, pool_size=3)
        return engine.execution_options(**{REMEMBER: self.settings.settings_cache})

    @cached_property
    def transactional(self) -> bool:
        """False where the dialer's tables keep their rows after a ROLLBACK (MyISAM)."""
        with writing(self.engine) as connection:
            return transactional(connection)
