"""How the queues stand: what waits, how long, and who is there to do it."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

import redis
import redis.asyncio
from kombu import Connection
from kombu.exceptions import OperationalError

from api.publishing import SEND_TIMEOUT, QueueUnavailable
from protocol.messages import SENT_AT_KEY, WORKER_LIVES, WORKERS_KEY
from settings import Settings


@dataclass(frozen=True, slots=True)
class Standing:
    """One queue: messages that wait, seconds since the oldest that is not done was sent (AMQP does not tell: 0), workers alive."""

    messages: int
    age: float
    workers: int


class Standings:
    """Asks the broker, Redis or AMQP, how its queues stand."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        options: dict[str, Any] = {"socket_timeout": SEND_TIMEOUT, "socket_connect_timeout": SEND_TIMEOUT, "retry": None}
        self._results = redis.asyncio.Redis.from_url(settings.redis_url, **options)
        self._queues = redis.asyncio.Redis.from_url(settings.broker, **options) if settings.broker_is_redis else None
        self._amqp = _Amqp(settings.broker)

    async def of(self, queue: str) -> Standing:
        """How a queue stands now. Raises QueueUnavailable."""
        try:
            workers = int(await self._results.zcount(WORKERS_KEY + queue, time.time() - WORKER_LIVES, "+inf"))
            if self._queues is None:
                return Standing(await asyncio.to_thread(self._amqp.waiting, queue), 0.0, workers)
            async with self._queues.pipeline(transaction=False) as pipe:
                pipe.llen(queue)
                pipe.zrange(SENT_AT_KEY + queue, 0, 0, withscores=True)
                messages, oldest = await pipe.execute()
        except (redis.RedisError, OSError, OperationalError) as error:
            raise QueueUnavailable(type(error).__name__) from error
        return Standing(int(messages), max(0.0, time.time() - oldest[0][1]) if oldest else 0.0, workers)

    async def close(self) -> None:
        """Close the connections."""
        await self._results.aclose()
        if self._queues is not None:
            await self._queues.aclose()
        await asyncio.to_thread(self._amqp.close)


class _Amqp:
    """A connection to an AMQP broker that is asked for the length of queues; kombu blocks, so it is used from threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._connection: Connection | None = None

    def waiting(self, queue: str) -> int:
        """Messages that wait. Raises OperationalError, OSError."""
        with self._lock:
            # A broker that stands still must not keep those waiting who look for other things as well.
            bounds = {"read_timeout": SEND_TIMEOUT, "write_timeout": SEND_TIMEOUT}
            connection = self._connection or Connection(self._url, connect_timeout=SEND_TIMEOUT, transport_options=bounds)
            self._connection = connection
            try:
                with connection.channel() as channel:
                    return int(channel.queue_declare(queue, passive=True).message_count)
            except connection.channel_errors:  # no worker and no sender has made the queue yet
                return 0
            except connection.connection_errors as error:
                self.close()
                raise OperationalError(type(error).__name__) from error

    def close(self) -> None:
        """Close the connection; it is opened again when it is needed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # it may be broken already
                connection.release()
