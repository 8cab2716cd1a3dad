"""The way of a message into an AMQP broker, from one thread of its own: kombu blocks, the event loop must not."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import orjson
import redis
from kombu import Connection, Producer, Queue
from kombu.serialization import register

from api.publishing import BROKEN, SEND_TIMEOUT, Message, PerhapsQueued
from protocol.messages import JSON, JSON_TYPE, QUEUES, QUORUM
from settings import Settings

TAKES = "leadmill:takes"
"""A key that is written to see whether Redis takes writes."""


class ToAmqp:
    """One connection to the broker, and one to the Redis of the notes."""

    def __init__(self, settings: Settings) -> None:
        register(JSON, orjson.dumps, orjson.loads, content_type=JSON_TYPE, content_encoding="utf-8")
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._connection: Connection | None = None
        self._producer: Producer | None = None
        self._redis = redis.Redis.from_url(settings.redis_url, socket_timeout=SEND_TIMEOUT, socket_connect_timeout=SEND_TIMEOUT, retry=None)

    async def send(self, message: Message) -> None:
        """Return when the broker has confirmed the message. Raises one of BROKEN, or PerhapsQueued."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._send, message)

    async def close(self) -> None:
        """Let what is being sent finish, then close the connections."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()
        self._redis.close()

    def _send(self, message: Message) -> None:
        try:
            self._note(message)
            producer = self._connected()
            with on_its_way():
                producer.publish(
                    message.body,
                    exchange="",
                    routing_key=message.queue,
                    retry=False,
                    delivery_mode=2,
                    correlation_id=message.task_id,
                    headers=message.headers,
                )
        except BaseException:
            self._disconnect()
            raise

    def _note(self, message: Message) -> None:
        notes = message.notes
        if not notes and message.wants_result:
            # RabbitMQ would take the message, and the worker would have no place for the reply.
            notes = [(TAKES, b"")]
        if not notes:
            return
        with self._redis.pipeline(transaction=False) as pipe:
            for key, value in notes:
                pipe.set(key, value, ex=self._settings.result_expires)
            pipe.execute()

    def _connected(self) -> Producer:
        if self._producer is None:
            # A RabbitMQ without memory or disk takes nothing and says nothing.
            options = {"confirm_publish": True, "read_timeout": SEND_TIMEOUT, "write_timeout": SEND_TIMEOUT}
            self._connection = Connection(self._settings.broker, connect_timeout=SEND_TIMEOUT, transport_options=options)
            channel = self._connection.channel()
            for name in QUEUES:  # AMQP drops what is sent to a queue that no worker has made yet
                Queue(name, durable=True, queue_arguments=QUORUM, channel=channel).queue_declare()
            self._producer = Producer(channel, serializer=JSON, auto_declare=False)
        return self._producer

    def _disconnect(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            try:
                connection.close()
            except BROKEN:
                return


@contextmanager
def on_its_way() -> Iterator[None]:
    """Raises PerhapsQueued where the connection breaks."""
    try:
        yield
    except BROKEN as error:
        raise PerhapsQueued(type(error).__name__) from error
