"""The ledger of queued requests: which batch was answered with what, kept in the transaction of its effects."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from db.engine import reading, writing
from db.rows import insert_with_commit
from db.tables.own import leadmill_ledger, leadmill_sweeps
from dialer.dead_letters import bury
from protocol.functions import Moment
from protocol.messages import QueuedRequest, replies_packed, replies_unpacked
from protocol.replies import Reply
from workers.batches import AlreadyDone, StillUnderWay
from workers.request_ids import Repeats, take_ids

STARTED, DONE = "started", "done"
RESET, DELETE, SWEPT = "reset", "delete", "swept"
"""States of a sweep: what is being done to the leads, and that all of it is done."""
ALONE_WAIT = 30
"""Seconds to wait for another delivery of the same message."""


@dataclass(slots=True, kw_only=True)
class RequestLedger:
    """Rows of leadmill_ledger for one batch.

    `transactional` False: the dialer's tables know no ROLLBACK, so a `started` row is committed before anything is
    stored. `redelivered` False lets the look for an earlier delivery be left out: the primary key holds all the same.
    """

    batch_id: str
    transactional: bool = True
    redelivered: bool = True
    _named: bool = False
    """Whether any request has an id, and so may be asked for by another batch."""

    def done(self, connection: Connection) -> list[tuple[int, list[Reply]]]:
        """First position and replies of every part that an earlier delivery committed."""
        if not self.redelivered:
            return []
        found = connection.execute(
            select(leadmill_ledger.c.first, leadmill_ledger.c.replies)
            .where(leadmill_ledger.c.batch_id == self.batch_id, leadmill_ledger.c.state == DONE)
            .order_by(leadmill_ledger.c.first)
        )
        return [(first, replies_unpacked(replies)) for first, replies in found]

    def begin(self, engine: Engine, first: int, requests: Sequence[QueuedRequest], moment: Moment) -> Moment | None:
        """Commit a `started` row where tables know no ROLLBACK; the moment of an earlier try that got so far."""
        if self.transactional:
            return None
        row = {"batch_id": self.batch_id, "first": first, "size": len(requests), "state": STARTED, "moment": moment.text, "started": _utc()}
        try:
            with writing(engine) as connection:
                connection.execute(insert(leadmill_ledger), row)
                self.take_ids(connection, first, requests)
        except IntegrityError:
            with writing(engine) as connection:
                return self._earlier(connection, first, moment)
        return None

    def take_ids(self, connection: Connection, first: int, requests: Sequence[QueuedRequest]) -> Repeats:
        """Take the request ids that were sent; what was sent before under the same id is not to be done again."""
        self._named = self._named or any(r.request_id for r in requests)
        return take_ids(connection, self.batch_id, first, requests)

    def began(self, engine: Engine, moment: Moment) -> Moment | None:
        """The moment of the earliest try of any part, where tables know no ROLLBACK and there was one."""
        if self.transactional:
            return None
        with writing(engine) as connection:
            mine = select(func.min(leadmill_ledger.c.moment)).where(leadmill_ledger.c.batch_id == self.batch_id)
            began = connection.scalar(mine)
        return _as_moment(began, moment) if began else None

    def _earlier(self, connection: Connection, first: int, moment: Moment) -> Moment:
        state, began = self._state(connection, first)
        if state == DONE:
            self.redelivered = True
            raise AlreadyDone
        return _as_moment(began, moment)

    def _state(self, connection: Connection, first: int) -> Any:
        table = leadmill_ledger.c
        mine = (table.batch_id == self.batch_id, table.first == first)
        return connection.execute(select(table.state, table.moment).where(*mine)).one()

    @contextmanager
    def alone(self, engine: Engine, first: int) -> Iterator[None]:
        """Let one delivery of a part through. Raises AlreadyDone if another has finished it.

        The ledger's key keeps a second one from its COMMIT. Where tables know no ROLLBACK two at once would both find nothing stored,
        and so the second must wait; the lock goes with the connection of a worker that dies. Raises StillUnderWay if one
        goes on for longer than ALONE_WAIT.
        """
        if self.transactional:
            try:
                yield
            except IntegrityError as error:
                if not self._is_kept(engine, first):
                    raise
                self.redelivered = True
                raise AlreadyDone from error
            return
        name = {"name": f"leadmill.{self.batch_id}.{first}"[:64]}
        with engine.connect() as connection:
            if connection.scalar(text("SELECT GET_LOCK(:name, :wait)"), {**name, "wait": ALONE_WAIT}) != 1:
                raise StillUnderWay(self.batch_id)
            try:
                if self._state(connection, first).state == DONE:
                    self.redelivered = True
                    raise AlreadyDone
                yield
            finally:  # it would outlive the return of the connection to the pool, though not its loss
                if not connection.invalidated:
                    connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)

    def _is_kept(self, engine: Engine, first: int) -> bool:
        mine = (leadmill_ledger.c.batch_id == self.batch_id, leadmill_ledger.c.first == first)
        with reading(engine) as connection:
            return connection.execute(select(leadmill_ledger.c.first).where(*mine)).first() is not None

    def record(self, connection: Connection, first: int, replies: list[Reply], moment: Moment) -> None:
        """Keep the replies of a part with its effects."""
        row = {"state": DONE, "replies": replies_packed(replies), "finished": _utc()}
        if not self.transactional:
            self._finish(connection, first, row)
        else:
            self._insert(connection, first, replies, row, moment)
        self._begin_sweeps(connection, first, replies)

    def _insert(self, connection: Connection, first: int, replies: list[Reply], row: Mapping[str, object], moment: Moment) -> None:
        whole = {"batch_id": self.batch_id, "first": first, "size": len(replies), "moment": moment.text, "started": row["finished"]}
        insert_with_commit(connection, leadmill_ledger, [{**row, **whole}])

    def _begin_sweeps(self, connection: Connection, first: int, replies: list[Reply]) -> None:
        """Note what is to be done to whole lists after this (workers/sweeps.py)."""
        rows = [
            {
                "batch_id": self.batch_id,
                "position": first + n,
                "list_id": sweep.list_id,
                "until": sweep.until,
                "deletes": int(sweep.delete),
                "claimed": dict(sweep.claimed),
                "state": RESET if sweep.reset else DELETE,
                "through": 0,
                "reset": 0,
                "deleted": 0,
                "started": _utc(),
            }
            for n, sweep in enumerate(r.sweep for r in replies)
            if sweep is not None
        ]
        if rows:
            connection.execute(insert(leadmill_sweeps), rows)

    def _finish(self, connection: Connection, first: int, row: Mapping[str, object]) -> None:
        mine = (leadmill_ledger.c.batch_id == self.batch_id, leadmill_ledger.c.first == first, leadmill_ledger.c.state == STARTED)
        if connection.execute(update(leadmill_ledger).where(*mine), row).rowcount != 1:
            self.redelivered = True
            raise AlreadyDone

    def bury(self, connection: Connection, position: int, request: QueuedRequest, error: Exception) -> None:
        """Keep a request that cannot be done as a dead letter."""
        bury(connection, self.batch_id, position, request, error)

    def job_id(self, position: int) -> str:
        """What a caller may ask for the reply by."""
        return f"{self.batch_id}-{position}"


def _as_moment(began: object, moment: Moment) -> Moment:
    """The wall clock that the ledger has kept, as a moment like the present one."""
    now = datetime.fromisoformat(str(began))
    return Moment(now=now, utc=now - (moment.now - moment.utc), daylight=moment.daylight, zone_offset=moment.zone_offset)


def _utc() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
