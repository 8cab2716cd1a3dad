"""The way of a message into a Redis broker: one step, without kombu, whose calls would block the event loop.

The message is written as kombu writes it, so that Celery's workers take it.
"""

import asyncio
import base64
import time
import uuid
from itertools import count
from typing import Any

import orjson
import redis.asyncio
from hiredis import pack_command

from api.publishing import SEND_TIMEOUT, Message, PerhapsQueued
from protocol.messages import COPIED, JSON_TYPE, SENT_AT_KEY, SENT_KEY
from settings import Settings

PUT = """
for note = 4, #KEYS do
  redis.call('SET', KEYS[note], ARGV[note + 1], 'EX', ARGV[4])
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('LPUSH', KEYS[1], ARGV[2])
"""
"""Put a message into its queue; its notes stand before it, and a copy of it until it is done (api/resending.py)."""

_process, _numbers = uuid.uuid4().hex, count(1)


class ToRedis:
    """One connection, on which one message at a time is sent."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # The steps have bounds of their own; those of the connection would cost a task each.
        self._pool: Any = redis.asyncio.ConnectionPool.from_url(settings.broker, socket_connect_timeout=SEND_TIMEOUT, socket_timeout=None)
        self._results = settings.result_expires
        self._connection: Any = None
        self._turn = asyncio.Lock()

    async def send(self, message: Message) -> None:
        """Return when Redis has the message. Raises RedisError, OSError, PerhapsQueued."""
        keys = [message.queue, SENT_KEY + message.queue, SENT_AT_KEY + message.queue, *(key for key, _ in message.notes)]
        values = [message.task_id, envelope(message), time.time(), self._results, *(value for _, value in message.notes)]
        command: Any = ("EVAL", PUT, len(keys), *keys, *values)
        async with self._turn:
            if not await self._is_connected():
                async with asyncio.timeout(SEND_TIMEOUT):
                    await self._connect()  # who cannot connect has sent nothing
            try:
                async with asyncio.timeout(SEND_TIMEOUT):
                    await self._connection.send_packed_command(pack_command(command))
                    await self._connection.read_response()
            except (redis.ResponseError, redis.BusyLoadingError):
                raise  # what Redis answers is certain
            except (redis.RedisError, OSError) as error:
                raise PerhapsQueued(type(error).__name__) from error

    async def close(self) -> None:
        """Close the connection."""
        async with self._turn:
            if self._connection is not None:
                await self._connection.disconnect()

    async def _is_connected(self) -> bool:
        connection = self._connection
        # Nothing is owed: what can be read is that the other side has closed it.
        return connection is not None and connection.is_connected and not await connection.can_read()

    async def _connect(self) -> None:
        if self._connection is None:
            self._connection = self._pool.make_connection()
        await self._connection.disconnect()
        await self._connection.connect()


def envelope(message: Message) -> bytes:
    """The message as kombu puts it into a Redis list."""
    return orjson.dumps(
        {
            "body": base64.b64encode(orjson.dumps(message.body)).decode(),
            "content-encoding": "utf-8",
            "content-type": JSON_TYPE,
            "headers": {**message.headers, COPIED: True},
            "properties": {
                "correlation_id": message.task_id,
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": message.queue},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": f"{_process}-{next(_numbers):x}",
            },
        }
    )
