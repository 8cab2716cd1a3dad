"""What can be done to a job under way or at its end. Each function is one transaction of the caller's, in a thread.

All lock the job's row first, so that each decides by what the one before has left. They return the turn that the job's
parked chunks are to be woken for (api/waking.py), 0 for none. A step that cannot be taken is a Problem of status 409.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, insert, literal, select, update

from api.importing import records
from api.importing.held import held_seconds
from api.problems import Problem
from db.tables.own import leadmill_chunks, leadmill_jobs
from dialer.import_jobs import ChunkState, JobState, Kind, chunks, jobs, utc_text, wake
from protocol.functions import Caller
from protocol.messages import caller_packed
from tasks import update_lead


def cancel(connection: Connection, job_id: str) -> int:
    """Stop a job: chunks that have not run are skipped."""
    job = _under_way(_locked(connection, job_id))
    _change(connection, job_id, state=JobState.CANCELLED, sealed=1, paused=None, held=held_seconds(job, datetime.now(UTC)))
    return _woken(connection, job_id)


def pause(connection: Connection, job_id: str) -> int:
    """Begin no further chunk; those under way come to their end."""
    if _under_way(_locked(connection, job_id))["paused"]:
        raise Problem(409, "already-paused", "The job is paused")
    _change(connection, job_id, paused=utc_text(), woken=None)
    return 0


def resume(connection: Connection, job_id: str) -> int:
    """Go on with a paused job."""
    job = _under_way(_locked(connection, job_id))
    if not job["paused"]:
        raise Problem(409, "not-paused", "The job is not paused")
    _change(connection, job_id, paused=None, held=held_seconds(job, datetime.now(UTC)))
    return _woken(connection, job_id)


def lock_to_retry(connection: Connection, job_id: str) -> RowMapping:
    """The job, if it has ended and rows of it failed that may be taken when they are tried again."""
    kind = Kind(_locked(connection, job_id)["kind"])
    job = _ended(connection, job_id, kind, "already-retried", "These rows are tried again by job")
    if not _count(connection, job_id, "retryable"):
        raise Problem(409, "nothing-to-retry", "No row has failed in a way that trying again could mend")
    return job


def retry(connection: Connection, job_id: str, caller: Caller) -> tuple[str, int]:
    """A new job of the failed rows of an import or an undo; its id, and its turn."""
    job = lock_to_retry(connection, job_id)
    recipe = {**(job["recipe"] or {}), **({"caller": caller_packed(caller)} if job["kind"] == Kind.IMPORT else {})}
    return _follow(connection, job, caller, "retryable", kind=Kind(job["kind"]), recipe=recipe, filename=job["filename"])


def undo(connection: Connection, job_id: str, caller: Caller) -> tuple[str, int]:
    """A new job that deletes the leads which an import that has ended added and nobody has touched since; its id, and its turn."""
    job = _ended(connection, job_id, Kind.UNDO, "already-undone", "The leads of this import are deleted by job")
    if job["kind"] != Kind.IMPORT:
        raise Problem(409, "nothing-to-undo", "What an undo deletes cannot be brought back")
    if not _count(connection, job_id, "added") or job["options"].get("dry_run"):
        raise Problem(409, "nothing-to-undo", "The import added no lead")
    if job["state"] == JobState.INTERRUPTED:  # or the same file, sent again, would go on with it
        _change(connection, job_id, state=JobState.CANCELLED)
    recipe = {"user": job["caller"]["user"]}
    return _follow(connection, job, caller, "added", kind=Kind.UNDO, recipe=recipe, filename=job["filename"])


def refuse_undo(caller: Caller) -> None:
    """Raise the Problem of a caller who may not delete leads: the same rights as for update_lead."""
    function = update_lead.FUNCTION
    if not caller.may_use(function.name) or not (function.permission is None or caller.holds(function.permission)):
        raise Problem(403, "no-permission", "You do not have permission to delete leads")


def _locked(connection: Connection, job_id: str) -> RowMapping:
    return connection.execute(select(leadmill_jobs).where(jobs.id == job_id).with_for_update()).mappings().one()


def _change(connection: Connection, job_id: str, **columns: Any) -> None:
    connection.execute(update(leadmill_jobs).where(jobs.id == job_id).values(**columns))


def _under_way(job: RowMapping) -> RowMapping:
    if job["finished"]:
        raise Problem(409, "already-ended", f"The job is {job['state'].replace('_', ' ')}")
    if job["state"] == JobState.CANCELLED:
        raise Problem(409, "already-cancelled", "The job is cancelled; its last chunks come to their end")
    return job


def _ended(connection: Connection, job_id: str, follower: Kind, code: str, title: str) -> RowMapping:
    job = _locked(connection, job_id)
    if not job["finished"]:
        raise Problem(409, "not-ended", "The job has not ended; cancel it first, or wait")
    earlier = connection.scalar(select(jobs.id).where(jobs.source == job_id, jobs.kind == follower))
    if earlier:
        raise Problem(409, code, f"{title} {earlier}", headers={"Location": records.path_to(follower, earlier)}, job_id=earlier)
    if str(job["results_expire"] or "") < utc_text():
        raise records.results_expired()
    return job


def _count(connection: Connection, job_id: str, counter: str) -> bool:
    return bool(connection.scalar(select(exists().where(chunks.job_id == job_id, chunks[counter] > 0))))


def _woken(connection: Connection, job_id: str) -> int:
    parked = exists().where(chunks.job_id == job_id, chunks.state == ChunkState.PARKED)
    return wake(connection, job_id) if connection.scalar(select(parked)) else 0


def _follow(
    connection: Connection, job: RowMapping, caller: Caller, counter: str, *, kind: Kind, recipe: Mapping[str, Any], filename: str
) -> tuple[str, int]:
    """Store a job that has a chunk for each one of the source in which there is something to do."""
    job_id = records.new_id()
    more = {"kind": kind, "state": JobState.QUEUED, "sealed": 1, "source": job["id"], "recipe": recipe, "filename": filename}
    mapping = job["mapping"] if kind == Kind.IMPORT else ()
    records.store_job(connection, job_id, caller, options=job["options"], columns=mapping, **more)
    columns = {"number": chunks.number, "first_line": chunks.first_line, "rows": chunks[counter], "state": literal(ChunkState.PARKED)}
    if kind == Kind.UNDO:  # it must know when the leads were stored
        columns["stored"] = chunks.stored
    rows = select(literal(job_id), *columns.values()).where(chunks.job_id == job["id"], chunks[counter] > 0)
    connection.execute(insert(leadmill_chunks).from_select(["job_id", *columns], rows))
    return job_id, wake(connection, job_id)
