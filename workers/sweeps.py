"""Changes to all leads of a list, slice by slice: a slice is one short transaction with the row that says how far it got.

See docs/decisions/0007. The row of leadmill_sweeps is made in the transaction of the request (workers/ledger.py); whoever
delivers the message again goes on after the last slice, and two deliveries at once take turns, because each slice begins
by locking that row.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine, delete, func, or_, select, update

from db.engine import Trouble, trouble, writing
from db.tables.leads import vicidial_list
from db.tables.own import leadmill_sweeps
from dialer.api_log import write_api_log
from dialer.clock import moment
from dialer.dead_letters import bury
from protocol.figures import DEAD_LETTERS, Figures
from protocol.functions import Write
from protocol.messages import QueuedRequest, replies_packed, replies_unpacked
from protocol.replies import OUTCOME_UNKNOWN, Reply, reply
from protocol.sweeps import Swept
from settings import Settings
from tasks import WRITES
from workers.batches import CONFLICT_TRIES, requested
from workers.deliveries import Suspect
from workers.ledger import DELETE, DONE, RESET, SWEPT

MOST, FEWEST = 500, 100
"""Leads that one transaction changes at most, and that it changes however slow the database is."""
AIM = 0.02
"""Seconds that a slice should take: whoever waits for its locks waits no longer."""
REST = 3
"""Rest after a slice, as a multiple of the time it took. The database is at work for others meanwhile, and for the slice:
what it deletes is purged later."""
LONGEST_REST = 1.0

T = TypeVar("T")
Row = Mapping[str, Any]

log = structlog.get_logger(__name__)
_leads, _sweeps = vicidial_list.c, leadmill_sweeps.c


def turn_of(settings: Settings) -> float:
    """Seconds that one delivery of a message may sweep."""
    return settings.visibility_timeout / 4


class TurnOver(Exception):
    """A sweep has had its time: its message goes back to the queue, before the broker takes the worker for dead."""


@dataclass(slots=True)
class Pace:
    """How many leads the next slice shall have, by the time the last ones took: a busy database gets smaller slices."""

    leads: int = field(default_factory=lambda: MOST)

    def rest(self, taken: float) -> float:
        """Seconds to rest after a slice that took `taken`; the next slice may be twice as large at most."""
        self.leads = max(FEWEST, min(MOST, round(self.leads * min(2.0, AIM / max(taken, 0.001)))))
        return min(LONGEST_REST, REST * taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeping:
    """The sweeps that the requests of one message have asked for.

    `turn`: seconds after which TurnOver is raised; at least one slice is done before.
    """

    engine: Engine
    batch_id: str
    transactional: bool
    zone: ZoneInfo | None
    turn: float
    figures: Figures = field(default_factory=Figures)
    suspect: Suspect | None = None

    def completed(self, requests: Sequence[QueuedRequest], replies: Sequence[Reply]) -> list[Reply]:
        """The replies to stored requests, each completed by what its sweep has done. Raises TurnOver."""
        done = list(replies)
        if not any(may_sweep(r) for r in requests):
            return done
        until = time.monotonic() + self.turn
        with writing(self.engine) as connection:
            mine = select(_sweeps.position).where(_sweeps.batch_id == self.batch_id).order_by(_sweeps.position)
            positions = list(connection.scalars(mine))
        for position in positions:
            done[position] = self._complete(position, requests[position], replies[position], until)
        return done

    def _complete(self, position: int, request: QueuedRequest, first: Reply, until: float) -> Reply:
        pace = Pace()
        try:
            if self.suspect is not None:
                self._suspect(self.suspect, position)
            while self._slice_done(position, pace):
                if self.suspect is not None:
                    self.suspect.got_on()
                if time.monotonic() > until:
                    raise TurnOver
            return self._unhindered(lambda: self._finish(position, request, first))
        except Exception as error:
            if isinstance(error, TurnOver) or trouble(error) is Trouble.OUTAGE:
                raise
            log.error("sweep failed", function=request.function, job_id=f"{self.batch_id}-{position}", exc_info=error)
            return self._give_up(position, request, first, error)

    def _suspect(self, suspect: Suspect, position: int) -> None:
        """Note which sweep goes on now, if it is not over. Raises WorkerDied where its next slice has ended a worker each time."""
        with writing(self.engine) as connection:
            over = self._locked(position, connection)["state"] == DONE
        if not over:
            self._unhindered(lambda: suspect.trying(position))

    def _slice_done(self, position: int, pace: Pace) -> bool:
        """Do one slice, if there is one left, and rest: most of the time is for others."""
        began = time.monotonic()
        if not self.transactional:
            # What a slice that was cut off has changed cannot be counted any more: count before.
            self._unhindered(lambda: self._planned(position, pace.leads))
        if not self._unhindered(lambda: self._slice(position, pace.leads)):
            return False
        time.sleep(pace.rest(time.monotonic() - began))
        return True

    def _planned(self, position: int, leads: int) -> None:
        with writing(self.engine) as connection:
            row = self._locked(position, connection)
            if row["state"] in (RESET, DELETE) and row["planned_through"] is None:
                through = next_table_slice(row, leads, connection)
                count = connection.scalar(select(func.count()).where(*_concerned(row, through))) or 0
                self._note(position, connection, planned_through=through, planned=count)

    def _slice(self, position: int, leads: int) -> bool:
        """Whether there was a slice to do."""
        with writing(self.engine) as connection:
            row = self._locked(position, connection)
            if row["state"] not in (RESET, DELETE):
                return False
            through = next_slice(row, leads, connection) if self.transactional else row["planned_through"]
            if through is None:  # another delivery has done what was planned
                return True
            count = {row["state"]: max(_change(row, through, connection), row["planned"] or 0)}
            reset, deleted = row["reset"] + count.get(RESET, 0), row["deleted"] + count.get(DELETE, 0)
            self._note(position, connection, **_onwards(row, through), reset=reset, deleted=deleted, planned=None, planned_through=None)
        return True

    def _finish(self, position: int, request: QueuedRequest, first: Reply) -> Reply:
        """Word the rest of the reply, and keep the whole."""
        write = WRITES[request.function]
        with writing(self.engine) as connection:
            row = self._locked(position, connection)
            if row["state"] == DONE:
                return replies_unpacked(row["reply"])[0]
            at = moment(self.zone)
            swept = Swept(reset=row["reset"], deleted=row["deleted"], claimed=row["claimed"])
            assert write.finish is not None
            rest = write.finish(requested(request, write), request.caller, swept, at, connection)
            return self._close(position, request, first, rest, connection)

    def _give_up(self, position: int, request: QueuedRequest, first: Reply, error: Exception) -> Reply:
        job_id = f"{self.batch_id}-{position}"
        rest = reply(OUTCOME_UNKNOWN(function=request.function, job_id=job_id, user=request.caller.user))
        with writing(self.engine) as connection:
            bury(connection, self.batch_id, position, request, error)
            closed = self._close(position, request, first, rest, connection)
        self.figures.add(DEAD_LETTERS, request.function)
        return closed

    def _close(self, position: int, request: QueuedRequest, first: Reply, rest: Reply, connection: Connection) -> Reply:
        whole = Reply(first.text + rest.text, (*first.log, *rest.log))
        write_api_log(connection, [(request.log, rest.log)], moment(self.zone))
        finished = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        self._note(position, connection, state=DONE, reply=replies_packed([whole]), finished=finished)
        return whole

    def _locked(self, position: int, connection: Connection) -> Row:
        mine = select(leadmill_sweeps).where(_sweeps.batch_id == self.batch_id, _sweeps.position == position)
        return dict(connection.execute(mine.with_for_update()).mappings().one())

    def _note(self, position: int, connection: Connection, **columns: Any) -> None:
        mine = update(leadmill_sweeps).where(_sweeps.batch_id == self.batch_id, _sweeps.position == position)
        connection.execute(mine.values(**columns))

    def _unhindered(self, attempt: Callable[[], T]) -> T:
        """What `attempt` returns, tried again after conflicts."""
        for last in [False] * (CONFLICT_TRIES - 1) + [True]:
            try:
                return attempt()
            except Exception as error:
                if last or trouble(error) is not Trouble.CONFLICT:
                    raise
                time.sleep(random.uniform(0.01, 0.05))
        raise AssertionError


def may_sweep(request: QueuedRequest) -> bool:
    """Whether the request can have asked for a sweep."""
    write: Write = WRITES[request.function]
    return write.sweeps is not None and write.sweeps(request.parameters)


def next_slice(row: Row, leads: int, connection: Connection) -> int:
    """The last lead of the next slice, found in the index of lists, which has the lead ids in their order (InnoDB, SQLite)."""
    mine = (_leads.list_id == row["list_id"], _leads.lead_id > row["through"], _leads.lead_id <= row["until"])
    last = select(_leads.lead_id).where(*mine).order_by(_leads.lead_id).limit(1).offset(leads - 1)
    return int(connection.scalar(last) or row["until"])


def next_table_slice(row: Row, leads: int, connection: Connection) -> int:
    """The same where that index has no such order (MyISAM): the next ids of the table, whatever list they are of."""
    first = connection.scalar(select(func.min(_leads.lead_id)).where(_leads.lead_id > row["through"]))
    return min(int(row["until"]), int(first or row["until"]) + leads - 1)


def _change(row: Row, through: int, connection: Connection) -> int:
    """Change the leads of a slice; how many."""
    concerned = _concerned(row, through)
    if row["state"] == DELETE:
        return connection.execute(delete(vicidial_list).where(*concerned)).rowcount
    return connection.execute(update(vicidial_list).where(*concerned).values(called_since_last_reset="N")).rowcount


def _concerned(row: Row, through: int) -> list[Any]:
    """Conditions for the leads of a slice that are to be changed."""
    mine = [_leads.list_id == row["list_id"], _leads.lead_id > row["through"], _leads.lead_id <= through]
    if row["state"] == RESET:
        mine.append(or_(_leads.called_since_last_reset.is_(None), _leads.called_since_last_reset != "N"))
    return mine


def _onwards(row: Row, through: int) -> dict[str, Any]:
    """Where the sweep stands after a slice."""
    if through < row["until"]:
        return {"through": through}
    return {"through": 0, "state": DELETE if row["state"] == RESET and row["deletes"] else SWEPT}
