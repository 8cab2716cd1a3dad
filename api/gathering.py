"""Requests on their way into the queue: each with its caller, gathered by the moment, sent by the message."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from protocol.messages import QueuedRequest

AHEAD = 1
"""Batches that may wait for the workers, beside the one that each of them has, before further requests gather."""
WORTH_A_BATCH = 32
"""Requests that need not wait for more while a batch of others waits for a worker: the cost of a message is shared by enough."""
COMPANY_WAIT = 0.002
"""Seconds in which a caller who waits for his replies sends his next request: a round trip and some work of his own."""


@dataclass(slots=True, eq=False)
class Ticket:
    """One request that waits: for its reply, or, if asynchronous, only for its job id."""

    request: QueuedRequest
    asynchronous: bool
    told: asyncio.Future[Any]
    wait: float = 0.0
    job_id: str = ""
    span: Any = None
    """The span of its request, where traces are on."""

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
    """One queue: the requests that gather for it, and the batches that are under way.

    `company` is how many requests may be together soon: callers who have just got their replies, and so may send again until
    `company_until` (of the event loop's clock), with those whose requests gather. A lone caller has no company and never waits.
    """

    queue: str
    gathering: list[Ticket] = field(default_factory=list)
    under_way: dict[str, Batch] = field(default_factory=dict)
    workers: int = 1
    publishing: bool = False
    company: int = 0
    company_until: float = 0.0
    full: bool = False
    """Whether more waits in the queue than may wait, at the last look."""
    timer: asyncio.TimerHandle | None = None
    timer_due: float = 0.0
    """The event loop's time at which the timer goes off; uvloop does not tell it of one of less than a millisecond."""

    def pause(self, now: float, *, limit: int, patience: float) -> float:
        """Seconds for which the requests that have gathered shall wait for others; 0: they go now.

        They wait while every worker has a batch, for `patience` seconds at most, but for as many as are worth a batch
        of their own. Who only wants his job id does not wait for workers.
        """
        count = len(self.gathering)
        if count >= limit:
            return 0.0
        busy = len(self.under_way)
        if busy < self.workers or any(t.asynchronous for t in self.gathering):
            return max(0.0, self.company_until - now) if count < min(self.company, WORTH_A_BATCH) else 0.0
        return 0.0 if count >= WORTH_A_BATCH and busy < self.workers + AHEAD else patience

    def part(self, batch: Batch, now: float) -> None:
        """Take note that the callers of a batch have got their replies."""
        callers = sum(not t.asynchronous for t in batch.tickets)
        # Those who gathered meanwhile wait for them: else the two would take turns, and never share a batch.
        company = callers + len(self.gathering) if callers else 0
        self.company, self.company_until = (company, now + COMPANY_WAIT) if company > 1 else (0, 0.0)
