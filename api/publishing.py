"""What is sent to the broker: messages, each a Celery task; how they may fail; and what a kind of broker must be able to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import redis
from amqp.exceptions import AMQPError
from kombu.exceptions import OperationalError

SEND_TIMEOUT = 2.0
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

    @property
    def body(self) -> tuple[Any, ...]:
        """Arguments and options, as Celery's message protocol has them in its version 2."""
        return [self.argument], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}

    @property
    def headers(self) -> dict[str, Any]:
        """The headers of that protocol."""
        return {
            "lang": "py",
            "task": self.task,
            "id": self.task_id,
            "root_id": self.task_id,
            "parent_id": None,
            "group": None,
            "eta": None,
            "expires": None,
            "retries": 0,
            "timelimit": [None, None],
            "argsrepr": "(...)",
            "kwargsrepr": "{}",
            "origin": "leadmill-api",
            "ignore_result": not self.wants_result,
            **self.trace,
        }


class Way(Protocol):
    """How messages get to one kind of broker. After an error the next message goes over a new connection."""

    async def send(self, message: Message) -> None:
        """Return when the broker has the message. Raises one of BROKEN, or PerhapsQueued."""

    async def close(self) -> None:
        """Close the connections."""
