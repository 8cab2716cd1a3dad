"""Jobs, and the chunks they are cut into: their states, and when a job is at its end.

A chunk is `waiting` while a message carries it, `parked` while only the database has it, `done` once its leads are stored;
one of a cancelled job becomes `skipped`. What is counted stands with the chunks, so that workers never wait for each other
at the row of the job. See docs/decisions/0009.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select, update

from db.tables.own import leadmill_chunks, leadmill_jobs
from protocol.chunks import SKIP

COUNTERS = ("added", "updated", "duplicates", "dnc", "refused", "failed", "done")
TAKEN = ("added", "updated", "done")
"""The counters of rows with which all is well."""
TOO_MANY_ERRORS = "too-many-errors"
"""Code of the problem of a job that ended at max_errors."""

jobs, chunks = leadmill_jobs.c, leadmill_chunks.c


class Kind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    UNDO = "undo"
    REQUESTS = "requests"


class JobState(StrEnum):
    """What a job is at."""

    RECEIVING = "receiving"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    DONE_WITH_REFUSALS = "done_with_refusals"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class WebhookState(StrEnum):
    """What the call of a job's webhook is at."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class ChunkState(StrEnum):
    """What a chunk is at."""

    WAITING = "waiting"
    PARKED = "parked"
    DONE = "done"
    SKIPPED = "skipped"


OPEN = (ChunkState.WAITING, ChunkState.PARKED)
"""The states of a chunk that has still to be run."""


def utc_text(at: datetime | None = None) -> str:
    """Universal time as our own tables keep it."""
    return (at or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M:%S")


def all_ran(connection: Connection, job_id: str) -> bool:
    """Whether `close_if_all_ran` would end a job: to be asked before, where a transaction that writes would keep others waiting."""
    return connection.execute(_due(job_id)).first() is not None


def _due(job_id: str) -> Select[Any]:
    waiting = exists().where(chunks.job_id == job_id, chunks.state.in_(OPEN))
    return select(jobs.options).where(jobs.id == job_id, jobs.sealed == 1, jobs.finished.is_(None), ~waiting)


def close_if_all_ran(connection: Connection, job_id: str, *, keep_days: int) -> bool:
    """End a job that gets no more rows and has no chunk left to run; whether that was the case.

    To be asked in a transaction of its own after each chunk: inside the chunk's, two workers with the last two chunks
    would each see the other's still waiting.
    """
    found = connection.execute(_due(job_id)).first()
    if found is None:
        return False
    skips = (found.options or {}).get("on_duplicate") == SKIP
    welcome = {*TAKEN, *(("duplicates",) if skips else ())}
    sums = [func.coalesce(func.sum(chunks[name]), 0) for name in COUNTERS if name not in welcome]
    refused = any(connection.execute(select(*sums).where(chunks.job_id == job_id)).one())
    now = datetime.now(UTC)
    ended = update(leadmill_jobs).where(jobs.id == job_id, jobs.finished.is_(None))
    connection.execute(ended.where(jobs.state == JobState.QUEUED), {"state": JobState.DONE_WITH_REFUSALS if refused else JobState.DONE})
    connection.execute(ended, {"finished": utc_text(now), "results_expire": utc_text(now + timedelta(days=keep_days))})
    return True


def wake(connection: Connection, job_id: str) -> int:
    """Begin the next turn of a job's parked chunks, and with it make every message of an earlier turn void; its number.

    To be followed, after the commit, by the message that runs it. If that is lost, api/waking.py sends it again.
    """
    connection.execute(update(leadmill_jobs).where(jobs.id == job_id).values(turn=jobs.turn + 1, woken=utc_text()))
    return int(connection.scalar(select(jobs.turn).where(jobs.id == job_id)) or 0)


def end_at_errors(connection: Connection, job_id: str, max_errors: str) -> bool:
    """End a job as failed if more of its rows were refused or have failed than `max_errors` allows; whether it did.

    A number is one of rows, with a percent sign it is one of the rows done so far. Duplicates and DNC are no errors.
    """
    done = select(func.sum(chunks.refused + chunks.failed), func.sum(chunks.rows)).where(
        chunks.job_id == job_id, chunks.state == ChunkState.DONE
    )
    errors, rows = (int(number or 0) for number in connection.execute(done).one())
    allowed = float(max_errors.rstrip("%"))
    if errors <= (allowed * rows / 100 if max_errors.endswith("%") else allowed):
        return False
    problem = {"code": TOO_MANY_ERRORS, "title": f"{errors} of {rows} rows could not be loaded; max_errors={max_errors} ends the import"}
    open_ = (jobs.id == job_id, jobs.state.in_((JobState.RECEIVING, JobState.QUEUED)), jobs.finished.is_(None))
    return (
        connection.execute(update(leadmill_jobs).where(*open_), {"state": JobState.FAILED, "sealed": 1, "problem": problem}).rowcount == 1
    )
