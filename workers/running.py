"""What a worker process holds while it runs: its settings and its database."""

from contextlib import suppress
from functools import cached_property
from typing import Any

import redis
from sqlalchemy import Engine

from db.engine import open_engine, transactional, writing
from db.remembered import REMEMBER
from protocol.messages import SENT_AT_KEY, SENT_KEY
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
    def _broker(self) -> "redis.Redis":
        return redis.Redis.from_url(self.settings.broker, socket_timeout=5.0, socket_connect_timeout=2.0)

    def forget_sent(self, task: Any) -> None:
        """Drop the copy that the API keeps of a task's message until it is done (api/resending.py).

        Where that fails the message comes again, finds its work done and is forgotten then.
        """
        if not self.settings.broker_is_redis:
            return
        queue, task_id = task.request.delivery_info["routing_key"], task.request.id
        with suppress(redis.RedisError), self._broker.pipeline(transaction=False) as pipe:
            pipe.hdel(SENT_KEY + queue, task_id)
            pipe.zrem(SENT_AT_KEY + queue, task_id)
            pipe.execute()

    @cached_property
    def transactional(self) -> bool:
        """False where the dialer's tables keep their rows after a ROLLBACK (MyISAM)."""
        with writing(self.engine) as connection:
            return transactional(connection)
