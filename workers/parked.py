"""A parked chunk, and what it is run from: its own payload, or the outcomes of the same chunk of the job that it goes back to."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, select

from db.engine import reading
from dialer.import_jobs import JobState, Kind, chunks
from protocol.chunks import Chunk, RowOutcome, chunk_made, chunk_unpacked, outcomes_unpacked, task_id
from protocol.import_codes import CODES
from protocol.messages import uncompressed


class Parked:
    """A chunk and its job. `row`: the columns of the job, and what Turn reads of the chunk."""

    def __init__(self, row: Mapping[Any, Any]) -> None:
        self.job_id = str(row["id"])
        self.number = int(row["number"])
        self.kind = Kind(row["kind"])
        self.cancelled = row["state"] == JobState.CANCELLED
        self.source: str = row["source"] or ""
        self.recipe: Mapping[str, Any] = row["recipe"] or {}
        self.stored: str = row["stored"] or ""
        self.payload: Any = uncompressed(row["payload"]) if row["payload"] else None
        self.lines = range(row["first_line"], row["first_line"] + row["rows"])

    @property
    def task_id(self) -> str:
        """The id that its work is remembered by."""
        return task_id(self.job_id, self.number)


def parked_import(engine: Engine, parked: Parked) -> Chunk:
    """The rows that were parked, or those of the source that can be tried again."""
    if parked.payload is not None:
        return chunk_unpacked(parked.payload)
    rows = [row for row in source_rows(engine, parked) if CODES[row.code].retryable]
    return chunk_made(parked.recipe, parked.job_id, parked.number, [row.cells or () for row in rows], [row.line for row in rows])


def source_rows(engine: Engine, parked: Parked) -> Sequence[RowOutcome]:
    """The outcomes of the same chunk of the source."""
    query = select(chunks.outcomes).where(chunks.job_id == parked.source, chunks.number == parked.number)
    with reading(engine) as connection:
        return list(outcomes_unpacked(connection.scalars(query).one()))
