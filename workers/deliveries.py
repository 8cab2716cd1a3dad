"""Messages that end the worker which does them: counted, then done one request at a time, and what is to blame is buried.

An error in a request is an exception, and found at once (workers/batches.py). A request that ends the whole process, by a
crash of a driver or by too much memory, leaves nothing but a message that comes again, and would for ever. So a delivery
that is not the first is noted before it begins and the note is taken away when it ends, whether well or not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, delete, select, update

from db.engine import writing
from db.rows import inserting_missing
from db.tables.own import leadmill_deliveries

WHOLE = 1
"""Further deliveries that still do all at once: a worker may be killed by anything."""
DEATHS = 2
"""Ends of a worker in the middle of one and the same request, until that is to blame."""

log = structlog.get_logger(__name__)

_rows = leadmill_deliveries.c


class WorkerDied(Exception):
    """The worker ended in the middle of this request, and did so each time it was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A message that has ended workers. `blamed`: the position of the request that is not to be tried any more."""

    engine: Engine
    batch_id: str
    blamed: int | None = None

    def trying(self, position: int) -> None:
        """Note which request is about to be done. Raises WorkerDied if it is to blame."""
        if position == self.blamed:
            raise WorkerDied
        with writing(self.engine) as connection:
            row = _locked(connection, self.batch_id)
            if row is not None and row.position != position:
                _note(connection, self.batch_id, position=position, deaths=0)

    def got_on(self) -> None:
        """Note that a part of the present request is done for good: what ends a worker after it is another part."""
        with writing(self.engine) as connection:
            _note(connection, self.batch_id, position=None, deaths=0)


def is_redelivered(task: Any) -> bool:
    """Whether the broker says that the message of a task may have been taken before."""
    return bool((task.request.delivery_info or {}).get("redelivered"))


@contextmanager
def delivery(engine: Engine, batch_id: str, *, redelivered: bool) -> Iterator[Suspect | None]:
    """One delivery of a message, which may be under suspicion. The first costs nothing."""
    if not redelivered:
        yield None
        return
    suspect = _begun(engine, batch_id)
    try:
        yield suspect
    finally:  # not reached when the process dies
        with writing(engine) as connection:
            connection.execute(delete(leadmill_deliveries).where(_rows.batch_id == batch_id))


def _begun(engine: Engine, batch_id: str) -> Suspect | None:
    with writing(engine) as connection:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        fresh = {"batch_id": batch_id, "begun": 0, "deaths": 0, "noted": now}
        connection.execute(inserting_missing(leadmill_deliveries), fresh)
        row = _locked(connection, batch_id)
        deaths = row.deaths + 1 if row.position is not None else 0
        _note(connection, batch_id, begun=row.begun + 1, deaths=deaths)
    if row.begun < WHOLE:
        return None
    blamed = row.position if deaths >= DEATHS else None
    log.warning("a message has ended workers and is done one request at a time", task_id=batch_id, deliveries=row.begun + 2, blamed=blamed)
    return Suspect(engine=engine, batch_id=batch_id, blamed=blamed)


def _locked(connection: Connection, batch_id: str) -> Any:
    return connection.execute(select(leadmill_deliveries).where(_rows.batch_id == batch_id).with_for_update()).first()


def _note(connection: Connection, batch_id: str, **columns: object) -> None:
    connection.execute(update(leadmill_deliveries).where(_rows.batch_id == batch_id).values(**columns))
