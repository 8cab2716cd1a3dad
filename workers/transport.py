"""kombu's Redis transport, with fewer steps for each message.

kombu makes a new client for each step, writes the whole message a second time when it is taken, and a task's result and
the end of its message are two steps. Here a message that the API keeps a copy of (api/resending.py) is noted by its id, and
its end, its result and the end of the copy are one.
"""

from contextlib import suppress
from functools import cached_property
from time import time
from typing import Any

from kombu.transport import redis, virtual
from kombu.utils.json import dumps, loads
from redis import RedisError

from protocol.messages import COPIED, SENT_AT_KEY, SENT_KEY
from workers.results import HELD
from workers.steps import Steps

TAKE = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
"""
"""Note a message as taken."""
END = """
if KEYS[5] then
  redis.call('SETEX', KEYS[5], ARGV[3], ARGV[4])
  redis.call('PUBLISH', KEYS[5], ARGV[4])
end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[2])
redis.call('ZREM', KEYS[4], ARGV[2])
"""
"""Tell the result of a message, if there is one, then forget the message as taken, and its copy."""


class Delivered(redis.QoS):  # type: ignore[misc]  # kombu has no types
    """The messages that a worker has taken and not yet done."""

    def append(self, message: Any, delivery_tag: str) -> None:
        """Note a message as taken. Where the note is lost and this worker dies, the copy will be sent again."""
        delivery, headers = message.delivery_info, message.headers
        kept = {"headers": {"id": headers["id"]}} if COPIED in headers else message._raw
        note = dumps([kept, delivery["exchange"], delivery["routing_key"]])
        self.channel.steps.note("EVAL", TAKE, 2, self.unacked_key, self.unacked_index_key, delivery_tag, note, time())
        virtual.QoS.append(self, message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        """Tell the result of a message that is done, and forget the message.

        A worker that dies before has its message done again, which finds its work done.
        """
        self._end(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Give a message back to its queue, or forget it."""
        if requeue:
            super().reject(delivery_tag, requeue=True)
        else:
            self._end(delivery_tag)

    def _end(self, delivery_tag: str) -> None:
        message = self._delivered.get(delivery_tag)
        if message is None:  # given back meanwhile: it comes again, and finds its work done
            return
        queue, task_id = message.delivery_info["routing_key"], message.headers["id"]
        keys: list[str | bytes] = [self.unacked_key, self.unacked_index_key, SENT_KEY + queue, SENT_AT_KEY + queue]
        told: list[int | str] = []
        if held := HELD.pop(task_id, None):
            keys.append(held.key)
            told += [held.expires, held.value]
        self.channel.steps.complete("EVAL", END, len(keys), *keys, delivery_tag, task_id, *told)
        virtual.QoS.ack(self, delivery_tag)

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """Give back at the end of a connection what is not done, unless the connection is lost.

        Then a thread may still be at it, and ends it by itself; or it comes again by the visibility time-out. kombu would
        try all the same, twice, the second time without knowing where Redis is, and Celery would end the worker.
        """
        if self.channel.connection.client is None or getattr(self._delivered, "restored", False):
            return
        with suppress(RedisError, OSError):
            super().restore_unacked_once(stderr)

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:
        """Give a taken message back to its queue, in whole."""

        def restore(pipe: Any) -> None:
            noted = pipe.hget(self.unacked_key, tag)
            message, exchange, queue = loads(noted) if noted else (None, "", "")
            if message and "body" not in message:
                copy = pipe.hget(SENT_KEY + queue, message["headers"]["id"])
                message = loads(copy) if copy else None  # without a copy it was done meanwhile
            pipe.multi()
            self._remove_from_indices(tag, pipe)
            if message:
                self.channel._do_restore_message(message, exchange, queue, pipe, leftmost)

        with self.channel.conn_or_acquire(client) as client:
            client.transaction(restore, self.unacked_key)


class Channel(redis.Channel):  # type: ignore[misc]
    """A channel with one client for everything but the wait for messages."""

    QoS = Delivered
    _shared: Any = None

    @cached_property
    def steps(self) -> Steps:
        """The connection on which taken and done messages are noted."""
        return Steps(self.pool)

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous)
        if self._shared is None or self._shared.connection_pool is not self.pool:  # a lost connection has a new pool after it
            self._shared = super()._create_client()
        return self._shared


class Transport(redis.Transport):  # type: ignore[misc]
    """The transport of the workers, where the broker is a Redis."""

    Channel = Channel
