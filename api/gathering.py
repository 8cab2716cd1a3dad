"""Requests on their way into the queue: each with its caller, gathered by the moment, sent by the message."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from protocol.messages import QueuedRequest


@dataclass(slots=True, eq=False)
class Ticket:
    """One request that waits: for its reply, or, if asynchronous, only for its job id."""

    request: QueuedRequest
    asynchronous: bool
    told: asyncio.Future[Any]
    wait: float = 0.0
    job_id: str = ""

    @property
    def noted(self) -> bool:
        """Whether its job id may be asked for: nobody waits, or the caller may come again with its request id."""
        return self.asynchronous or bool(self.request.request_id)


@dataclass(slots=True, eq=False)
class Batch:
    """Requests that travel in one message."""

    batch_id: str
    tickets: list[Ticket]
    sent: float = 0.0

    @property
    def waiting(self) -> list[Ticket]:
        """Those whose caller is still there."""
        return [t for t in self.tickets if not t.told.done()]


@dataclass(slots=True, eq=False)
class Lane:
    """One queue: the requests that gather for it, and the batches that are under way."""

    queue: str
    gathering: list[Ticket] = field(default_factory=list)
    under_way: dict[str, Batch] = field(default_factory=dict)
    workers: int = 1
    publishing: bool = False
    timer: asyncio.TimerHandle | None = None
