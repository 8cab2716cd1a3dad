"""Sends messages to the broker, from one thread of its own: kombu blocks, the event loop must not."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
import redis
from amqp.exceptions import AMQPError
from kombu import Connection, Producer, Queue
from kombu.exceptions import OperationalError
from kombu.serialization import register
from kombu.utils.json import dumps

from protocol.messages import JSON, JSON_TYPE, QUEUES, QUORUM, SENT_AT_KEY, SENT_KEY
from settings import Settings

SEND_TIMEOUT = 2.0
BROKEN = (OperationalError, AMQPError, redis.RedisError, OSError)


class QueueUnavailable(Exception):
    """The broker or Redis cannot be reached or takes no more; nothing was accepted."""


class QueueFull(QueueUnavailable):
    """More waits in the queue than may wait; nothing was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One Celery task on its way: `notes` are Redis keys with values that must stand before the message does."""

    task: str
    task_id: str
    queue: str
    argument: Any
    notes: Sequence[tuple[str, bytes]] = ()
    wants_result: bool = True
    trace: Mapping[str, str] = field(default_factory=dict)
    """Headers that carry the trace on, where there is one (db/tracing.py)."""


class Publisher:
    """Publishes Celery messages in their order.

    A message is sent twice at most when a connection breaks in the middle: its id lets the worker see that, so that
    the effect is single.
    """

    def __init__(self, settings: Settings) -> None:
        register(JSON, orjson.dumps, orjson.loads, content_type=JSON_TYPE, content_encoding="utf-8")
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._connection: Connection | None = None
        self._producer: Producer | None = None
        self._redis = redis.Redis.from_url(settings.redis_url, socket_timeout=SEND_TIMEOUT, socket_connect_timeout=SEND_TIMEOUT, retry=None)

    async def publish(self, message: Message) -> None:
        """Return when the broker has the message. Raises QueueUnavailable."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._publish, message)

    async def close(self) -> None:
        """Let what is being sent finish, then close the connections."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()
        self._redis.close()

    def _publish(self, message: Message) -> None:
        for last_try in (False, True):
            try:
                self._note(message.notes)
                self._send(message)
                return
            except BROKEN as error:
                self._disconnect()
                if last_try or isinstance(error, redis.ResponseError):
                    raise QueueUnavailable(type(error).__name__) from error

    def _note(self, notes: Sequence[tuple[str, bytes]]) -> None:
        if not notes:
            return
        with self._redis.pipeline(transaction=False) as pipe:
            for key, value in notes:
                pipe.set(key, value, ex=self._settings.result_expires)
            pipe.execute()

    def _send(self, message: Message) -> None:
        if self._producer is None:
            self._connection = Connection(self._settings.broker, connect_timeout=SEND_TIMEOUT, transport_options=self._transport())
            channel = self._connection.channel()
            if not self._settings.broker_is_redis:  # AMQP drops what is sent to a queue that no worker has made yet
                for name in QUEUES:
                    Queue(name, durable=True, queue_arguments=QUORUM, channel=channel).queue_declare()
            else:
                channel._put = partial(_put_and_book, channel._create_client())
            self._producer = Producer(channel, serializer=JSON, auto_declare=False)
        self._producer.publish(
            ([message.argument], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}),
            exchange="",
            routing_key=message.queue,
            retry=False,
            delivery_mode=2,
            correlation_id=message.task_id,
            headers=_headers(message),
        )

    def _transport(self) -> dict[str, Any]:
        if not self._settings.broker_is_redis:
            # A RabbitMQ without memory or disk takes nothing and says nothing.
            return {"confirm_publish": True, "read_timeout": SEND_TIMEOUT, "write_timeout": SEND_TIMEOUT}
        return {
            "socket_timeout": SEND_TIMEOUT,
            "socket_connect_timeout": SEND_TIMEOUT,
            "retry_on_timeout": False,
            "visibility_timeout": self._settings.visibility_timeout,
        }

    def _disconnect(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            try:
                connection.close()
            except BROKEN:
                return


def _put_and_book(client: Any, queue: str, message: dict[str, Any], **_: Any) -> None:
    """Instead of kombu's bare LPUSH: with the message goes a copy that stays until it is done (api/resending.py)."""
    payload, task_id = dumps(message), message["headers"]["id"]
    with client.pipeline(transaction=True) as pipe:
        pipe.lpush(queue, payload)
        pipe.hset(SENT_KEY + queue, task_id, payload)
        pipe.zadd(SENT_AT_KEY + queue, {task_id: time.time()})
        pipe.execute()


def _headers(message: Message) -> dict[str, Any]:
    # Celery's message protocol, version 2
    return {
        "lang": "py",
        "task": message.task,
        "id": message.task_id,
        "root_id": message.task_id,
        "parent_id": None,
        "group": None,
        "eta": None,
        "expires": None,
        "retries": 0,
        "timelimit": [None, None],
        "argsrepr": "(...)",
        "kwargsrepr": "{}",
        "origin": "leadmill-api",
        "ignore_result": not message.wants_result,
        **message.trace,
    }
