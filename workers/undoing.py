"""One chunk of an undo: the leads that the same chunk of an import added, deleted and recorded in one transaction.

Where tables know no ROLLBACK, what is to be deleted is noted before, so that a second try can tell its own work from others'.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.sql.elements import ColumnElement

from db.engine import writing
from db.tables.own import leadmill_chunks
from dialer.import_jobs import OPEN, ChunkState, chunks
from dialer.undoing import undo_leads, untouched
from protocol.chunks import OutcomeRow
from protocol.import_codes import ADDED, CODES, NOT_RUN
from protocol.messages import compressed, uncompressed
from workers.batches import AlreadyDone
from workers.import_ledger import finish_chunk
from workers.parked import Parked, source_rows


def undo_chunk(engine: Engine, parked: Parked, *, transactional: bool) -> None:
    """Delete the leads of a chunk that nobody has touched, however often the message comes."""
    # Of an import those it added; of an undo that was cancelled, those it had not come to.
    leads = [(row.line, row.lead_id) for row in source_rows(engine, parked) if row.code == ADDED or CODES[row.code].retryable]
    lead_ids, user, stored = [lead_id for _, lead_id in leads if lead_id], parked.recipe["user"], parked.stored
    if not transactional and not parked.cancelled:
        with writing(engine) as connection:
            if _plan(parked, connection) is None:
                planned = untouched(lead_ids, user=user, stored=stored, connection=connection)
                _note(parked, compressed(list(planned.items())), connection)
    with writing(engine) as connection:
        plan = _plan(parked, connection) or {}
        if parked.cancelled:
            codes, state = dict.fromkeys(lead_ids, NOT_RUN), ChunkState.SKIPPED
        else:
            codes, state = undo_leads(lead_ids, plan, user=user, stored=stored, connection=connection), ChunkState.DONE
        outcomes: list[OutcomeRow] = [(line, codes[i], i, CODES[codes[i]].says, "", None) for line, i in leads if i]
        finish_chunk(connection, parked, outcomes, state)


def _plan(parked: Parked, connection: Connection) -> Mapping[int, int] | None:
    """The leads that are to be deleted, with their lists; None before they are noted. Raises AlreadyDone."""
    query = select(chunks.payload).where(*_mine(parked)).with_for_update()
    found = connection.execute(query).first()
    if found is None:
        raise AlreadyDone
    return dict(uncompressed(found[0])) if found[0] else None


def _note(parked: Parked, plan: bytes, connection: Connection) -> None:
    connection.execute(update(leadmill_chunks).where(*_mine(parked)), {"payload": plan})


def _mine(parked: Parked) -> tuple[ColumnElement[bool], ...]:
    return (chunks.job_id == parked.job_id, chunks.number == parked.number, chunks.state.in_(OPEN))
