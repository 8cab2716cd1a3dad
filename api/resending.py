"""Sends messages again that no queue and no worker holds any more.

A worker takes a message from Redis with BRPOP and notes it as taken in a second step; killed between the two it takes
the message with it. So every message has a copy that stands from its sending until a worker has done it (SENT_KEY). A
copy that is older than everything in its queue, and that no worker has noted as taken, belongs to a lost message. One
message too many has no effect: its work is found done (workers/ledger.py).
"""

import asyncio
import time
from typing import Any

import orjson
import redis.asyncio
import structlog

from protocol.figures import RESENT, Figures
from protocol.messages import QUEUES, SENT_AT_KEY, SENT_KEY
from settings import Settings

LOOK = 5.0
TURN_KEY = "leadmill:resending"
AT_ONCE = 100

log = structlog.get_logger(__name__)


class Resender:
    """Looks for lost messages of a Redis broker; of all API processes one at a time does."""

    def __init__(self, settings: Settings, figures: Figures | None = None) -> None:
        self._figures = figures or Figures()
        self._patience = settings.visibility_timeout
        self._redis = redis.asyncio.Redis.from_url(settings.broker, socket_timeout=5.0, socket_connect_timeout=2.0, retry=None)

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                if await self._redis.set(TURN_KEY, b"1", nx=True, px=int(LOOK * 800)):
                    for queue in QUEUES:
                        await self.resend(queue)
            except (redis.RedisError, OSError) as error:
                log.warning("looking for lost messages failed", error=type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def resend(self, queue: str) -> int:
        """Send the lost messages of a queue again; how many."""
        until = await self._newest_due(queue)
        due: Any = await self._redis.zrange(SENT_AT_KEY + queue, 0, until, byscore=True, offset=0, num=AT_ONCE)
        if not due:
            return 0
        taken = {_task_id(orjson.loads(held)[0]) for held in await self._redis.hvals("unacked")}
        lost = [task_id for name in due if (task_id := name.decode()) not in taken]
        for task_id in lost:
            await self._send(queue, task_id)
            self._figures.add(RESENT, queue)
        return len(lost)

    async def _newest_due(self, queue: str) -> float:
        """The latest sending that may be lost: not lately, and before the message that has waited longest in the queue."""
        due = time.time() - self._patience
        oldest = await self._redis.lindex(queue, -1)
        if oldest is None:
            return due
        sent = await self._redis.zscore(SENT_AT_KEY + queue, _task_id(orjson.loads(oldest)))
        return min(due, sent - 0.001) if sent is not None else 0.0

    async def _send(self, queue: str, task_id: str) -> None:
        payload = await self._redis.hget(SENT_KEY + queue, task_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            if payload is None:
                pipe.zrem(SENT_AT_KEY + queue, task_id)
            else:
                log.warning("a message was lost and is sent again", queue=queue, task_id=task_id)
                pipe.rpush(queue, _again(payload))
                pipe.zadd(SENT_AT_KEY + queue, {task_id: time.time()})
            await pipe.execute()


def _again(payload: bytes | str) -> bytes:
    """The message marked as kombu marks what it delivers again: it may have been done."""
    message = orjson.loads(payload)
    message["headers"]["redelivered"] = message["properties"]["delivery_info"]["redelivered"] = True
    return orjson.dumps(message)


def _task_id(message: dict[str, Any]) -> str:
    return str(message["headers"]["id"])
