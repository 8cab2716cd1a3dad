"""kombu's Redis transport, with fewer steps for each message.

kombu makes a new client for each step, writes the whole message a second time when it is taken, and a task's result and
the end of its message are two steps. Here a message that the API keeps a copy of (api/resending.py) is noted by its id, and
its end, its result and the end of the copy are one.
"""

from contextlib import suppress
from functools import cached_property
from queue import Empty
from threading import get_ident
from time import monotonic, time
from typing import Any

import orjson
from celery.worker import state
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
if KEYS[6] then
  redis.call('SETEX', KEYS[6], ARGV[4], ARGV[5])
  redis.call('PUBLISH', KEYS[6], ARGV[5])
end
local repeated = redis.call('HDEL', KEYS[1], ARGV[1]) == 0
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[2])
redis.call('ZREM', KEYS[4], ARGV[2])
if ARGV[3] == '' then
  return false
end
local taken = repeated and redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[3], ARGV[3])[1]
if taken then
  local note = redis.call('HGET', KEYS[1], taken)
  local id = string.match(note, '^%[{"headers": {"id": "([^"]+)"}}, ')
  return id and redis.call('HGET', KEYS[3], id) or string.sub(note, 2, -string.len(', "", "' .. KEYS[5] .. '"]') - 1)
end
local following = redis.call('RPOP', KEYS[5])
if following then
  local head = string.find(following, '"headers"', 1, true) or 1
  local id = string.match(following, '"id": ?"([^"]+)"', head)
  local tag = string.match(following, '"delivery_tag": ?"([^"]+)"', head)
  if not id or not tag then
    redis.call('RPUSH', KEYS[5], following)
    return false
  end
  local copied = string.find(following, '"COPIED":', head, true)
  local kept = copied and '{"headers": {"id": "' .. id .. '"}}' or following
  redis.call('HSET', KEYS[1], tag, '[' .. kept .. ', "", "' .. KEYS[5] .. '"]')
  redis.call('ZADD', KEYS[2], ARGV[3], tag)
end
return following
""".replace("COPIED", COPIED)
"""Tell the result of a message, if there is one, then forget the message as taken, and its copy. Where ARGV[3], the time, is
not empty, take the message that has waited longest, and note it as `append` does; where the reply to that was lost and this is
sent again, tell the message that was noted then. Its names are found as text, for its body, which comes first, may be long; that
is base64 and has no quotes."""
ROW = 0.05
"""Seconds in which messages are taken one with the end of the other, until the worker looks at its timers and at who asks for it."""


class Delivered(redis.QoS):  # type: ignore[misc]  # kombu has no types
    """The messages that a worker has taken and not yet done."""

    def append(self, message: Any, delivery_tag: str) -> None:
        """Note a message as taken. Where the note is lost and this worker dies, the copy will be sent again."""
        if not self.channel.delivers_following:
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
        keys: list[str | bytes] = [self.unacked_key, self.unacked_index_key, SENT_KEY + queue, SENT_AT_KEY + queue, queue]
        told: list[int | str] = []
        if held := HELD.pop(task_id, None):
            keys.append(held.key)
            told += [held.expires, held.value]
        until: float | str = time() if self.channel.goes_on(queue) else ""
        following = self.channel.steps.complete("EVAL", END, len(keys), *keys, delivery_tag, task_id, until, *told)
        if following:
            self.channel.following = following
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
    following: bytes | None = None
    """A message that was taken, and noted, with the end of another."""
    delivers_following = False
    _row_ends = 0.0
    _row_of = 0
    """The thread of the worker's loop."""
    _shared: Any = None

    def goes_on(self, queue: str) -> bool:
        """Whether the next message shall be taken with the end of one of this queue.

        Only the loop of the worker asks for one, not a thread, and not where another queue might have to wait for it.
        """
        # They hold exit codes: 0 means to stop.
        stopping = any(flag is not None and flag is not False for flag in (state.should_stop, state.should_terminate))
        return get_ident() == self._row_of and monotonic() < self._row_ends and not stopping and self._active_queues == [queue]

    def _brpop_read(self, **_: Any) -> bool:
        try:
            taken = self.client.parse_response(self.client.connection, "BRPOP")
        except self.connection_errors:
            self.client.connection.disconnect()  # so that it is made anew
            raise
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()
        if not taken:
            raise Empty
        queue = taken[0].decode()
        self._queue_cycle.rotate(queue)
        self._row_of, self._row_ends = get_ident(), monotonic() + ROW
        try:
            self.connection._deliver(orjson.loads(taken[1]), queue)
            while self.following is not None:
                message, self.following, self.delivers_following = orjson.loads(self.following), None, True
                self.connection._deliver(message, queue)
        finally:
            self._row_ends, self.delivers_following = 0.0, False
        return True

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
