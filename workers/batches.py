"""N requests, one transaction: load, decide, store, with the record of the replies in the same commit.

A batch that fails is halved until the poison request stands alone; it gets an ERROR reply and a dead letter, the others
succeed. Conflicts are tried again, outages of the database are waited out.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, takewhile
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine

from db.engine import Trouble, reading, trouble, writing
from dialer.api_log import write_api_log
from dialer.clock import moment
from protocol.figures import BATCH_ROWS, CONFLICTS, DEAD_LETTERS, OUTAGES, ROWS, Figures
from protocol.functions import LATER, UNKNOWN, Claimed, Moment, Write, filled
from protocol.messages import QueuedRequest
from protocol.replies import OUTCOME_UNKNOWN, REQUEST_FAILED, Reply, reply
from tasks import write_of
from workers.deliveries import Suspect, WorkerDied
from workers.request_ids import Repeats

log = structlog.get_logger(__name__)

T = TypeVar("T")

REQUEST, IMPORT = "request", "import"
"""What a batch is of, in the figures."""
CONFLICT_TRIES = 20
OUTAGE_WAIT = 10.0


class AlreadyDone(Exception):
    """Another delivery of the same message has stored this part of the batch."""


class StillUnderWay(Exception):
    """Another delivery of the same message is still at work; this one shall come again later."""


class Ledger(Protocol):
    """Remembers, in the transaction of the effects, what was answered; so that a redelivery has no second effect.

    `transactional` is False where the dialer's tables know no ROLLBACK, `redelivered` where nobody has had the batch before.
    """

    @property
    def transactional(self) -> bool: ...
    @property
    def redelivered(self) -> bool: ...

    def done(self, connection: Connection) -> list[tuple[int, list[Reply]]]:
        """First position and replies of every part that an earlier delivery committed."""

    def begin(self, engine: Engine, first: int, requests: Sequence[QueuedRequest], moment: Moment) -> Moment | None:
        """Note, where tables know no ROLLBACK, that a part begins; the earlier try's moment if there was one."""

    def began(self, engine: Engine, moment: Moment) -> Moment | None:
        """The moment of the earliest try of any part, where tables know no ROLLBACK and there was one."""

    def take_ids(self, connection: Connection, first: int, requests: Sequence[QueuedRequest]) -> Repeats:
        """Take the request ids of a part; what was sent before under the same id is not to be done again."""

    def alone(self, engine: Engine, first: int) -> AbstractContextManager[None]:
        """Around the transaction of a part: let one delivery through. Raises AlreadyDone, StillUnderWay."""

    def record(self, connection: Connection, first: int, replies: list[Reply], moment: Moment) -> None:
        """Keep the replies of a part. Raises AlreadyDone if another delivery has kept them."""

    def bury(self, connection: Connection, position: int, request: QueuedRequest, error: Exception) -> None:
        """Keep a request that cannot be done as a dead letter."""

    def job_id(self, position: int) -> str:
        """What a caller may ask for the reply by."""


@dataclass(slots=True, kw_only=True)
class Batch:
    """The requests of one message, on their way into the database."""

    engine: Engine
    requests: Sequence[QueuedRequest]
    ledger: Ledger
    zone: ZoneInfo | None
    logged: bool = True
    figures: Figures = field(default_factory=Figures)
    suspect: Suspect | None = None
    cut_off: Moment | None = None
    """When a try began that failed after it had begun to store, in tables that know no ROLLBACK."""
    _begun: dict[int, Moment] = field(default_factory=dict)
    """The moment of each part: it keeps it, however often it is tried, because rows are recognized by it."""

    def settle(self) -> list[Reply]:
        """One reply for each request; whatever an earlier delivery has done is answered from the ledger."""
        replies: list[Reply | None] = [None] * len(self.requests)
        for first, part in self._unbroken(self._done) if self.ledger.redelivered else ():
            replies[first : first + len(part)] = part
        kind = REQUEST if self.logged else IMPORT
        for first, size in gaps(replies):
            settle = self._settle_part if self.suspect is None else self._settle_one_by_one
            replies[first : first + size] = settle(first, size)
            self.figures.add(ROWS, kind, by=size)
            self.figures.observe(BATCH_ROWS, size, kind)
        return [r for r in replies if r is not None]

    def _settle_part(self, first: int, size: int) -> list[Reply]:
        try:
            return self._unbroken(lambda: self._attempt(first, size))
        except AlreadyDone:
            return self._answered_by_another(first, size)
        except StillUnderWay:
            raise
        except Exception as error:
            if trouble(error) is Trouble.OUTAGE:
                raise
            return self._refused(first, error) if size == 1 else self._halved(first, size)

    def _settle_one_by_one(self, first: int, size: int) -> list[Reply]:
        """A message that has ended workers: each request alone, so that the one to blame is known if it does so again."""
        assert self.suspect is not None
        # Of the tries before nobody knows how far they got.
        self.cut_off = self.cut_off or self._unbroken(lambda: self.ledger.began(self.engine, moment(self.zone)))
        replies: list[Reply] = []
        for position in range(first, first + size):
            if position == self.suspect.blamed:
                replies += self._blamed(position)
            else:
                self._unbroken(partial(self.suspect.trying, position))
                replies += self._settle_part(position, 1)
        return replies

    def _blamed(self, position: int) -> list[Reply]:
        try:
            at = moment(self.zone)
            self._unbroken(lambda: self.ledger.begin(self.engine, position, self.requests[position : position + 1], at))
        except AlreadyDone:
            return self._answered_by_another(position, 1)
        return self._refused(position, WorkerDied())

    def _halved(self, first: int, size: int) -> list[Reply]:
        half = size // 2
        return self._settle_part(first, half) + self._settle_part(first + half, size - half)

    def _refused(self, position: int, error: Exception) -> list[Reply]:
        log.error("request failed", function=self.requests[position].function, job_id=self.ledger.job_id(position), exc_info=error)
        try:
            replies = self._unbroken(lambda: self._bury(position, error))
        except AlreadyDone:
            return self._answered_by_another(position, 1)
        self.figures.add(DEAD_LETTERS, self.requests[position].function)
        return replies

    def _attempt(self, first: int, size: int) -> list[Reply]:
        part = self.requests[first : first + size]
        at = self._begun.get(first) or moment(self.zone)
        if first not in self._begun:
            self.cut_off = self.ledger.begin(self.engine, first, part, at) or self.cut_off
            self._begun[first] = at
        work = Steps()
        try:
            with self.ledger.alone(self.engine, first), writing(self.engine) as connection:
                repeats = self.ledger.take_ids(connection, first, part)
                new = repeats.others
                done = work.recovered(new, self.cut_off, connection) if self.cut_off else work.answered(new, at, connection)
                replies = [self._unknown(first + n) if r is UNKNOWN else r for n, r in enumerate(repeats.woven(done))]
                if self.logged:
                    write_api_log(connection, [(q.log, r.log) for q, r in zip(part, replies, strict=True)], at)
                self.ledger.record(connection, first, replies, at)
        except Exception:
            if work.storing and not self.ledger.transactional:
                self.cut_off = self.cut_off or at
            raise
        return replies

    def _unknown(self, position: int) -> Reply:
        request = self.requests[position]
        return reply(OUTCOME_UNKNOWN(function=request.function, job_id=self.ledger.job_id(position), user=request.caller.user))

    def _bury(self, position: int, error: Exception) -> list[Reply]:
        request = self.requests[position]
        at = moment(self.zone)
        # Where tables know no ROLLBACK a try that failed may have left a part of its work.
        line = OUTCOME_UNKNOWN if self.cut_off else REQUEST_FAILED
        failed = reply(line(function=request.function, job_id=self.ledger.job_id(position), user=request.caller.user))
        with self.ledger.alone(self.engine, position), writing(self.engine) as connection:
            repeats = self.ledger.take_ids(connection, position, [request])
            if repeats.others:
                self.ledger.bury(connection, position, request, error)
            replies = repeats.woven([failed])
            if self.logged:
                write_api_log(connection, [(request.log, replies[0].log)], at)
            self.ledger.record(connection, position, replies, at)
        return replies

    def _done(self) -> list[tuple[int, list[Reply]]]:
        with reading(self.engine) as connection:
            return self.ledger.done(connection)

    def _answered_by_another(self, first: int, size: int) -> list[Reply]:
        for start, part in self._unbroken(self._done):
            if start <= first and first + size <= start + len(part):
                return part[first - start : first - start + size]
        raise AlreadyDone

    def _unbroken(self, attempt: Callable[[], T]) -> T:
        """The outcome of `attempt`: a conflict tries again at once, an outage is waited out for a bounded time."""
        conflicts, until = 0, time.monotonic() + OUTAGE_WAIT
        while True:
            try:
                return attempt()
            except AlreadyDone:
                raise
            except Exception as error:
                kind = trouble(error)
                if kind is Trouble.CONFLICT and conflicts < CONFLICT_TRIES:
                    conflicts += 1
                elif kind is not Trouble.OUTAGE or time.monotonic() > until:
                    raise
                self.figures.add(CONFLICTS) if kind is Trouble.CONFLICT else self.figures.add(OUTAGES, "database")
                log.warning("database trouble, trying again", kind=kind.name, error=type(error).__name__)
                time.sleep(random.uniform(0.01, 0.05) if kind is Trouble.CONFLICT else 0.5)


@dataclass(slots=True)
class Steps:
    """Load, decide, store over requests. `storing`: whether anything may have been stored."""

    storing: bool = False

    def answered(self, requests: Sequence[QueuedRequest], at: Moment, connection: Connection) -> list[Reply]:
        """The replies; runs of functions that share load and store go together."""
        replies: list[Reply] = []
        loads = {name: write_of(name).load for name in {r.function for r in requests}}
        for _, run in groupby(requests, key=lambda r: loads[r.function]):
            replies += self._run_answered(list(run), at, connection)
        return replies

    def recovered(self, requests: Sequence[QueuedRequest], began: Moment, connection: Connection) -> list[Reply]:
        """The replies after a try that was cut off where no ROLLBACK helps: effects found are answered, not repeated."""
        self.storing = True
        replies: list[Reply] = []
        claimed = Claimed()
        for request in requests:
            write = write_of(request.function)
            recover = write.recover
            found = recover(requested(request, write), request.caller, began, claimed, connection) if recover else UNKNOWN
            replies.append(self._run_answered([request], began, connection)[0] if found is None else found)
        return replies

    def _run_answered(self, requests: Sequence[QueuedRequest], at: Moment, connection: Connection) -> list[Reply]:
        """In one go, but for requests that depend on an earlier one: those begin a new go.

        Where many depend on each other, one go tries only twice as many as the one before got done, so that a batch
        about one lead does not load its facts anew for all that follow. The first tries all: whatever is to be locked
        against other batches is locked at once.
        """
        replies: list[Reply] = []
        width = len(requests)
        while tried := requests[len(replies) : len(replies) + width]:
            done = self._wave_answered(tried, at, connection)
            replies += done
            width = 2 * len(done)
        return replies

    def _wave_answered(self, requests: Sequence[QueuedRequest], at: Moment, connection: Connection) -> list[Reply]:
        known = {name: write_of(name) for name in {r.function for r in requests}}
        writes = [known[r.function] for r in requests]
        asked = [requested(r, w) for r, w in zip(requests, writes, strict=True)]
        callers = [r.caller for r in requests]
        facts = writes[0].load(asked, callers, at, connection)
        decided = (w.decide(a, c, facts) for w, a, c in zip(writes, asked, callers, strict=True))
        decisions = list(takewhile(lambda d: d is not LATER, decided))
        self.storing = True
        return writes[0].store(decisions, facts, connection)


def requested(request: QueuedRequest, write: Write) -> Any:
    """The parameters that are the function's own out of the request's."""
    return filled(write.request, request.parameters, request.raw, request.log.client_ip)


def gaps(replies: Sequence[Reply | None]) -> Iterator[tuple[int, int]]:
    """First position and length of each stretch that has no reply yet."""
    position = 0
    for missing, stretch in groupby(replies, key=lambda r: r is None):
        size = len(list(stretch))
        if missing:
            yield position, size
        position += size
