"""Sends messages to the broker, from one thread of its own: kombu blocks, the event loop must not."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
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
TAKES = "leadmill:takes"
"""A key that is written to see whether Redis takes writes, where another broker has the messages."""
BROKEN = (OperationalError, AMQPError, redis.RedisError, OSError)


class QueueUnavailable(Exception):
    """The broker or Redis cannot be reached or takes no more; nothing was accepted."""


class QueueFull(QueueUnavailable):
    """More waits in the queue than may wait; nothing was accepted."""


class PerhapsQueued(QueueUnavailable):
    """The connection broke while the message was on its way; nobody knows whether the broker has it."""


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
        """Return when the broker has the message. Raises QueueUnavailable, of which PerhapsQueued is one."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._publish, message)

    async def close(self) -> None:
        """Let what is being sent finish, then close the connections."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()
        self._redis.close()

    def _publish(self, message: Message) -> None:
        perhaps = False
        for last_try in (False, True):
            try:
                self._note(message)
                self._send(message)
                return
            except (*BROKEN, PerhapsQueued) as error:
                self._disconnect()
                perhaps = perhaps or isinstance(error, PerhapsQueued)
                if last_try or isinstance(error, redis.ResponseError):
                    raise (PerhapsQueued if perhaps else QueueUnavailable)(type(error).__name__) from error

    def _note(self, message: Message) -> None:
        notes = message.notes
        if not notes and message.wants_result and not self._settings.broker_is_redis:
            # RabbitMQ would take the message, and the worker would have no place for the reply.
            notes = [(TAKES, b"")]
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
        with nullcontext() if self._settings.broker_is_redis else on_its_way():
            self._publish_by(self._producer, message)

    def _publish_by(self, producer: Producer, message: Message) -> None:
        producer.publish(
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


@contextmanager
def on_its_way() -> Iterator[None]:
    """Raises PerhapsQueued where a connection breaks; what the broker answers is certain."""
    try:
        yield
    except (redis.ResponseError, redis.BusyLoadingError):
        raise
    except BROKEN as error:
        raise PerhapsQueued(type(error).__name__) from error


def _put_and_book(client: Any, queue: str, message: dict[str, Any], **_: Any) -> None:
    """Instead of kombu's bare LPUSH: with the message goes a copy that stays until it is done (api/resending.py)."""
    payload, task_id = dumps(message), message["headers"]["id"]
    pool = client.connection_pool
    pool.release(pool.get_connection())  # who cannot connect has sent nothing
    with client.pipeline(transaction=True) as pipe, on_its_way():
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
