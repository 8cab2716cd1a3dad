"""What the API writes and reads of import jobs. Everything here runs in a thread, inside a transaction of the caller's."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, case, func, insert, or_, select, update

from api.importing.held import seconds_since
from api.problems import Problem
from db.tables.own import leadmill_chunks, leadmill_idempotency_keys, leadmill_jobs, leadmill_webhooks
from dialer.collation import folded
from dialer.import_jobs import COUNTERS, OPEN, TAKEN, ChunkState, JobState, Kind, WebhookState, chunks, jobs, utc_text
from protocol.chunks import RowOutcome, outcomes_unpacked
from protocol.functions import Caller
from protocol.import_codes import Outcome
from protocol.messages import caller_packed
from protocol.request_jobs import kept_requests

SEES_ALL = 9
"""User level that sees the jobs of every user."""
STALE = timedelta(seconds=90)
"""A job that is being received and was not touched for so long has lost its API process."""
SAME_CONTENT = timedelta(hours=24)
SHOWN_REFUSALS = 5
IMPORTS = (Kind.IMPORT, Kind.UNDO)
"""The kinds of job that /v1/imports tells of."""
WELL = (Outcome.ADDED, Outcome.UPDATED, Outcome.DONE)

keys = leadmill_idempotency_keys.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands: its row, what its chunks count, the jobs made from it by their kind, and the row of its webhook."""

    row: RowMapping
    counters: Mapping[str, int]
    state: JobState
    followers: Mapping[str, str]
    webhook: RowMapping | None = None

    @property
    def id(self) -> str:
        """What a client asks for the job by."""
        return str(self.row["id"])

    @property
    def kind(self) -> Kind:
        """What it does."""
        return Kind(self.row["kind"])

    @property
    def receiving(self) -> bool:
        """Whether its file is still coming in, be it paused or not."""
        return bool(self.row["state"] == JobState.RECEIVING)

    @property
    def stale(self) -> bool:
        """Whether its upload was lost with its API process."""
        return self.receiving and str(self.row["touched"]) < utc_text(datetime.now(UTC) - STALE)

    @property
    def expired(self) -> bool:
        """Whether the outcomes of its rows are no longer kept; when they are emptied, so is the moment."""
        return bool(self.row["finished"]) and str(self.row["results_expire"] or "") < utc_text()

    @property
    def columns(self) -> Sequence[Sequence[str]]:
        """Header, parameter and custom field of each column of the file."""
        columns: Sequence[Sequence[str]] = self.row["mapping"] or ()
        return columns


def path_of(job: Job) -> str:
    """Where it is asked for."""
    return path_to(job.kind, job.id)


def path_to(kind: Kind, job_id: str) -> str:
    """Where a job of a kind is asked for."""
    return f"/v1/{'requests' if kind is Kind.REQUESTS else 'imports'}/{job_id}"


def results_expired() -> Problem:
    """The outcomes of single rows are needed and no longer there."""
    return Problem(410, "results-expired", "The outcomes of single rows are no longer kept")


def new_id() -> str:
    """An id for a job; ids sort by the time they were made."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"


def store_job(
    connection: Connection, job_id: str, caller: Caller, *, options: Mapping[str, Any], columns: Sequence[Sequence[str]], **more: Any
) -> None:
    """A new job, to be received unless the further columns say otherwise."""
    now = utc_text()
    row = {
        "id": job_id,
        "kind": Kind.IMPORT,
        "user": folded(caller.user),
        "caller": caller_packed(caller),
        "state": JobState.RECEIVING,
        "options": dict(options),
        "mapping": [list(column) for column in columns],
        "created": now,
        "touched": now,
        **more,
    }
    connection.execute(insert(leadmill_jobs), row)


def store_chunk(connection: Connection, job_id: str, number: int, rows: int, first_line: int, digest: str) -> bool:
    """A chunk that is about to be sent; False, and nothing stored, if the job is not being received any more."""
    receiving = update(leadmill_jobs).where(jobs.id == job_id, jobs.state == JobState.RECEIVING)
    if connection.execute(receiving, {"touched": utc_text()}).rowcount != 1:
        return False
    row = {"job_id": job_id, "number": number, "rows": rows, "first_line": first_line, "digest": digest, "state": ChunkState.WAITING}
    connection.execute(insert(leadmill_chunks), row)
    return True


def stored_chunks(connection: Connection, job_id: str) -> dict[int, tuple[str, str]]:
    """Digest and state of the chunks that a job has, by number."""
    query = select(chunks.number, chunks.digest, chunks.state).where(chunks.job_id == job_id)
    return {number: (digest, state) for number, digest, state in connection.execute(query)}


def waiting_chunks(connection: Connection, job_id: str) -> int:
    """How many chunks of a job have not run."""
    mine = (chunks.job_id == job_id, chunks.state.in_(OPEN))
    return connection.scalar(select(func.count()).select_from(leadmill_chunks).where(*mine)) or 0


def touch(connection: Connection, job_id: str) -> None:
    """Note that the job is still being received."""
    connection.execute(update(leadmill_jobs).where(jobs.id == job_id), {"touched": utc_text()})


def seal(connection: Connection, job_id: str, state: JobState, **columns: object) -> None:
    """No more rows will come. `state` is what a job becomes that was being received; `columns` what else is known of it now."""
    becomes = case((jobs.state == JobState.RECEIVING, state), else_=jobs.state)
    connection.execute(update(leadmill_jobs).where(jobs.id == job_id).values(state=becomes, sealed=1, touched=utc_text(), **columns))


def problem_of(connection: Connection, job_id: str) -> Mapping[str, str] | None:
    """Why a job did not go on, None if it did."""
    problem: Mapping[str, str] | None = connection.scalar(select(jobs.problem).where(jobs.id == job_id))
    return problem


def reopen(connection: Connection, job_id: str) -> bool:
    """Receive an interrupted job once more; False if it is not interrupted."""
    interrupted = (jobs.id == job_id, jobs.state == JobState.INTERRUPTED)
    job = connection.execute(select(leadmill_jobs).where(*interrupted).with_for_update()).mappings().first()
    if job is None:
        return False
    held = job["held"] + (seconds_since(job, "finished", datetime.now(UTC)) if job["finished"] else 0)
    fresh = {"state": JobState.RECEIVING, "sealed": 0, "finished": None, "problem": None, "touched": utc_text(), "held": held}
    connection.execute(update(leadmill_jobs).where(*interrupted), fresh)
    told = update(leadmill_webhooks).where(leadmill_webhooks.c.job_id == job_id)
    connection.execute(told, {"state": WebhookState.WAITING, "attempts": 0, "due": None, "error": None, "ended": None})
    return True


def interrupt_stale(connection: Connection) -> None:
    """Mark the jobs whose upload was lost with its API process."""
    lost = update(leadmill_jobs).where(jobs.state == JobState.RECEIVING, jobs.touched < utc_text(datetime.now(UTC) - STALE))
    problem = {"code": "upload-broken-off", "title": "The server that received the file stopped"}
    connection.execute(lost, {"state": JobState.INTERRUPTED, "sealed": 1, "problem": problem})


def find_job(connection: Connection, job_id: str, caller: Caller, kinds: Sequence[Kind] = IMPORTS) -> Job | None:
    """A job of these kinds that the caller may see."""
    found = connection.execute(_visible(caller, kinds).where(jobs.id == job_id)).mappings().first()
    return _with_counters(connection, [found])[0] if found else None


def find_jobs(connection: Connection, caller: Caller, *, before: str, limit: int, kinds: Sequence[Kind] = IMPORTS) -> list[Job]:
    """The jobs of these kinds that the caller may see, newest first, from the one before that id on."""
    query = _visible(caller, kinds).order_by(jobs.created.desc(), jobs.id.desc()).limit(limit)
    if before:
        created = select(jobs.created).where(jobs.id == before).scalar_subquery()
        query = query.where(or_(jobs.created < created, and_(jobs.created == created, jobs.id < before)))
    return _with_counters(connection, list(connection.execute(query).mappings()))


def same_content(connection: Connection, job_id: str, user: str, content_hash: str) -> str:
    """The newest earlier job of the user with the same content, "" if there is none of the last day."""
    since = utc_text(datetime.now(UTC) - SAME_CONTENT)
    same = (jobs.content_hash == content_hash, jobs.user == folded(user), jobs.created >= since, jobs.id != job_id, jobs.rows_received > 0)
    return connection.scalar(select(jobs.id).where(*same).order_by(jobs.id.desc()).limit(1)) or ""


def first_refusals(connection: Connection, job: Job) -> list[RowOutcome]:
    """The first few rows with which not all is well."""
    if not sum(job.counters[name] for name in COUNTERS if name not in TAKEN):
        return []
    refused = chunks.rows > chunks.added + chunks.updated + chunks.done
    query = select(chunks.outcomes).where(chunks.job_id == job.id, chunks.state.not_in(OPEN), refused, chunks.outcomes.is_not(None))
    found: list[RowOutcome] = []
    for packed in connection.scalars(query.order_by(chunks.number).limit(SHOWN_REFUSALS)):
        found += [row for row in outcomes_unpacked(packed) if row.outcome not in WELL]
    return found[:SHOWN_REFUSALS]


def requests_to_retry(connection: Connection, job_id: str) -> list[tuple[int, dict[str, str]]]:
    """Position and parameters of the requests of a job that failed, may be tried again, and are kept."""
    query = select(chunks.outcomes).where(chunks.job_id == job_id, chunks.retryable > 0, chunks.outcomes.is_not(None))
    outcomes = connection.scalars(query.order_by(chunks.number))
    return [found for packed in outcomes for found in kept_requests(outcomes_unpacked(packed))]


def outcomes_after(connection: Connection, job_id: str, number: int) -> tuple[int, bytes] | None:
    """Number and outcomes of the next chunk that has run."""
    query = select(chunks.number, chunks.outcomes).where(chunks.job_id == job_id, chunks.number > number, chunks.outcomes.is_not(None))
    found = connection.execute(query.order_by(chunks.number).limit(1)).first()
    return (found[0], found[1]) if found else None


def claim_key(connection: Connection, user: str, key: str, job_id: str) -> None:
    """Tie an idempotency key to a new job. Raises IntegrityError if it is taken."""
    row = {"user": folded(user), "key": key, "payload_hash": "", "job_id": job_id, "created": utc_text()}
    connection.execute(insert(leadmill_idempotency_keys), row)


def seal_key(connection: Connection, user: str, key: str, payload_hash: str) -> None:
    """Note what was sent under a key."""
    connection.execute(update(leadmill_idempotency_keys).where(keys.user == folded(user), keys.key == key), {"payload_hash": payload_hash})


def find_key(connection: Connection, user: str, key: str) -> tuple[str, str] | None:
    """Job and payload hash of a key; "" while its upload has not come to its end."""
    found = connection.execute(select(keys.job_id, keys.payload_hash).where(keys.user == folded(user), keys.key == key)).first()
    return (found[0], found[1]) if found else None


def _visible(caller: Caller, kinds: Sequence[Kind]) -> Any:
    query = select(leadmill_jobs).where(jobs.kind.in_(kinds))
    return query if caller.level >= SEES_ALL else query.where(jobs.user == folded(caller.user))


def _with_counters(connection: Connection, rows: Sequence[RowMapping]) -> list[Job]:
    ids = [row["id"] for row in rows]
    sums = [func.sum(chunks[name]) for name in (*COUNTERS, "retryable")]
    waiting = func.sum(case((chunks.state.in_(OPEN), chunks.rows), else_=0))
    query = select(chunks.job_id, func.sum(chunks.rows), *sums, waiting).where(chunks.job_id.in_(ids))
    names = ("received", *COUNTERS, "retryable", "waiting")
    counted = {found[0]: dict(zip(names, map(int, found[1:]), strict=True)) for found in connection.execute(query.group_by(chunks.job_id))}
    followers: dict[str, dict[str, str]] = {}
    for source, kind, job_id in connection.execute(select(jobs.source, jobs.kind, jobs.id).where(jobs.source.in_(ids))):
        followers.setdefault(source, {})[kind] = job_id
    hooks = connection.execute(select(leadmill_webhooks).where(leadmill_webhooks.c.job_id.in_(ids))).mappings()
    webhooks = {hook["job_id"]: hook for hook in hooks}
    none = dict.fromkeys(names, 0)
    return [_job(row, counted.get(row["id"], none), followers.get(row["id"], {}), webhooks.get(row["id"])) for row in rows]


def _job(row: RowMapping, counters: Mapping[str, int], followers: Mapping[str, str], webhook: RowMapping | None) -> Job:
    state = JobState(row["state"])
    if row["paused"] and not row["finished"] and state is not JobState.CANCELLED:
        state = JobState.PAUSED
    elif state is JobState.QUEUED and (row["started"] or counters["waiting"] < counters["received"]):
        state = JobState.RUNNING
    return Job(row=row, counters=counters, state=state, followers=followers, webhook=webhook)
