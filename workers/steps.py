"""Steps in Redis that are sent without waiting for their replies."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any

import redis
import structlog

Command = Sequence[str | bytes | int | float]

PAUSE = 0.5
ANSWER_BOUND = 10.0
"""Seconds to wait for a Redis that stands still, or is cut off without a word, until the step is taken anew."""

log = structlog.get_logger(__name__)


class Steps:
    """One connection for what a worker notes of its messages; several threads may share it.

    A pipeline of redis-py costs as much as a statement of the database. So commands are written to the connection at once,
    and `note` leaves its reply for the next `complete` to read.
    """

    def __init__(self, pool: redis.ConnectionPool) -> None:
        self._pool = pool
        self._connection: Any = None
        self._owed = 0
        self._lock = Lock()

    def note(self, *command: str | bytes | float) -> None:
        """Send a command whose failure does no harm. Raises RedisError where the connection is known to be lost."""
        with self._lock:
            self._send(command)

    def complete(self, *command: str | bytes | float) -> Any:
        """Have a command done, and tell its reply; as long as Redis is away or full, wait for it."""
        while True:
            try:
                with self._lock:
                    self._send(command)
                    return self._settle()
            except (redis.RedisError, OSError) as error:
                log.warning("what is done cannot be noted yet", error=type(error).__name__)
                time.sleep(PAUSE)

    def _send(self, command: Command) -> None:
        if self._connection is None:
            self._connection = self._pool.get_connection()
        if not self._connection.is_connected:  # the pool was closed, as it is after another connection of it was lost
            self._owed = 0
        try:
            # A look at the connection's health reads a reply: the first to come must be its own.
            self._connection.send_command(*command, check_health=not self._owed)
        except BaseException:
            self._drop()
            raise
        self._owed += 1

    def _settle(self) -> Any:
        """Read the replies that are owed; the last one. Raises what that tells."""
        reply = None
        while self._owed:
            self._owed -= 1
            try:
                reply = self._connection.read_response(timeout=ANSWER_BOUND)
            except redis.ResponseError:
                if not self._owed:
                    raise
            except BaseException:
                self._drop()
                raise
        return reply

    def _drop(self) -> None:
        self._connection.disconnect()
        self._owed = 0
