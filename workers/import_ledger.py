"""What an import remembers of a chunk: its row in leadmill_chunks, written in the transaction of its leads.

Only a chunk that had to be split, or whose leads stand in tables without ROLLBACK, needs rows of the ledger as well.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, func, update

from db.clock import database_now
from db.tables.own import leadmill_chunks
from dialer.import_jobs import OPEN, ChunkState, utc_text
from protocol.chunks import OutcomeRow, outcomes_packed
from protocol.functions import Moment
from protocol.import_codes import CODES, Outcome
from protocol.replies import Reply
from workers.batches import AlreadyDone
from workers.ledger import RequestLedger

COUNTER = {
    Outcome.ADDED: "added",
    Outcome.UPDATED: "updated",
    Outcome.DUPLICATE: "duplicates",
    Outcome.DNC: "dnc",
    Outcome.REFUSED: "refused",
    Outcome.FAILED: "failed",
    Outcome.DONE: "done",
}


class ChunkName(Protocol):
    """Which chunk it is."""

    @property
    def job_id(self) -> str: ...
    @property
    def number(self) -> int: ...


@dataclass(slots=True, kw_only=True)
class ChunkLedger(RequestLedger):
    """The record of one chunk. `size` is the number of its requests, `outcomes` makes the outcomes of all its rows of their replies."""

    chunk: ChunkName
    size: int
    outcomes: Callable[[Sequence[Reply]], Sequence[OutcomeRow]]
    finished: bool = False

    def record(self, connection: Connection, first: int, replies: list[Reply], moment: Moment) -> None:
        """Keep the replies of a part; those of the whole chunk are the row of the chunk itself, unless a request id may ask for them."""
        whole = len(replies) == self.size and not any(reply.sweep for reply in replies)  # a sweep goes on after this
        if self._named or not (whole and self.transactional):
            RequestLedger.record(self, connection, first, replies, moment)
        if whole:
            self.finish(connection, replies)

    def finish(self, connection: Connection, replies: Sequence[Reply]) -> None:
        """Mark the chunk as done, with its counters and outcomes. Raises AlreadyDone if it does not wait any more."""
        finish_chunk(connection, self.chunk, self.outcomes(replies), ChunkState.DONE)
        self.finished = True


def finish_chunk(connection: Connection, chunk: ChunkName, outcomes: Sequence[OutcomeRow], state: ChunkState) -> None:
    """Write what became of a chunk. Raises AlreadyDone if it does not wait any more."""
    counted: Counter[str] = Counter()
    for code, count in Counter([row[1] for row in outcomes]).items():
        counted[COUNTER[CODES[code].outcome]] += count
        counted["retryable"] += count * CODES[code].retryable
    table = leadmill_chunks.c
    open_ = (table.job_id == chunk.job_id, table.number == chunk.number, table.state.in_(OPEN))
    values = {"state": state, "outcomes": outcomes_packed(outcomes), "payload": None, "finished": utc_text(), **counted}
    stored = func.coalesce(table.stored, database_now(connection))  # an undo has that of the leads
    if connection.execute(update(leadmill_chunks).where(*open_).values(stored=stored, **values)).rowcount != 1:
        raise AlreadyDone
