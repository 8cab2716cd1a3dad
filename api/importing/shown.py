"""An import as clients see it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from api.importing.records import Job, path_of
from dialer.import_jobs import COUNTERS, JobState, Kind, WebhookState
from protocol.chunks import RowOutcome
from protocol.import_codes import CODES, Outcome
from tasks.add_lead import AddLead

LONGEST_PAUSE = 10


class Counters(BaseModel):
    """Rows by what has become of them: all but `received` add up to it."""

    received: int = Field(description="Rows of the file that were received")
    added: int
    updated: int
    duplicates: int
    dnc: int
    refused: int
    failed: int
    waiting: int = Field(description="Rows that have not been loaded yet")


class UndoCounters(Counters):
    """Leads by what has become of them. `received` are those that the import added, `refused` those kept."""

    deleted: int


class ColumnUse(BaseModel):
    """What a column of the file is used for."""

    column: str = Field(description="Header of the column")
    field: str | None = Field(description="The parameter of add_lead that it gives, null if it is not used")
    custom_field: str | None = Field(
        None, description="The custom field that it gives, if custom_fields=Y and the list has one of that name"
    )


class Refusal(BaseModel):
    """A row that was not added."""

    line: int = Field(description="Line of the file on which the row begins")
    outcome: Outcome
    code: str = Field(description="Stable reason: " + ", ".join(CODES))
    reply: str = Field(description="What add_lead answered")


class Reason(BaseModel):
    """Why a job did not go on."""

    model_config = ConfigDict(extra="allow")
    code: str
    title: str


class Webhook(BaseModel):
    """The call that tells of the job's end."""

    url: str
    state: WebhookState
    attempts: int
    next_attempt: str | None
    error: str | None = Field(description="Why the last attempt did not succeed")


EXAMPLE: dict[str, Any] = {
    "id": "01a209f1487c6f025596055d",
    "kind": "import",
    "source": None,
    "state": "running",
    "user": "6666",
    "list_id": "101",
    "filename": "leads.csv",
    "size": 9461022,
    "options": {"list_id": "101", "duplicate_check": "DUPSYS"},
    "columns": [{"column": "Mobile", "field": "phone_number"}, {"column": "Shoe size", "field": None}],
    "counters": {
        **{"received": 100000, "added": 41210, "updated": 0, "duplicates": 780, "dnc": 0},
        **{"refused": 10, "failed": 0, "waiting": 58000},
    },
    "rate": 10500.0,
    "created": "2026-10-05T10:00:00Z",
    "started": "2026-10-05T10:00:01Z",
    "finished": None,
    "estimate": "2026-10-05T10:00:11Z",
    "results_until": None,
    "reason": None,
    "problem": None,
    "warnings": [],
    "refusals": [
        {
            "line": 17,
            "outcome": "duplicate",
            "code": "duplicate_in_system",
            "reply": "ERROR: add_lead DUPLICATE PHONE NUMBER IN SYSTEM - 7275551212|101|1234|101",
        }
    ],
    "results": "/v1/imports/01a209f1487c6f025596055d/results",
    "retryable": 0,
    "retried_by": None,
    "undone_by": None,
    "webhook": None,
}


class Import(BaseModel):
    """A job that loads a file of leads. Times are in UTC."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    kind: Kind = Field(description="`undo`: it deletes the leads that an import added")
    source: str | None = Field(description="The job whose failed rows it tries again, or that it undoes")
    state: JobState
    user: str
    list_id: str = Field(description="The list, where no column of the file says otherwise")
    filename: str
    size: int = Field(description="Bytes of the file; 0 until all of it was received")
    options: dict[str, Any]
    columns: list[ColumnUse]
    counters: Counters | UndoCounters
    rate: float | None = Field(description="Rows a second, since the first one began")
    created: str
    started: str | None
    finished: str | None
    estimate: str | None = Field(description="When the job will probably be finished")
    results_until: str | None = Field(description="When the outcomes of single rows will be forgotten")
    reason: str | None = Field(description="Why it failed or was interrupted")
    problem: Reason | None
    warnings: list[str]
    refusals: list[Refusal] = Field(description="The first few rows that were not added; all of them are in `results`")
    results: str = Field(description="Where every row's outcome is")
    retryable: int = Field(description="Rows that failed and that `retry` would try again")
    retried_by: str | None = Field(description="The job that tries them again")
    undone_by: str | None = Field(description="The job that deletes the leads which this one added")
    webhook: Webhook | None


class Imports(BaseModel):
    """A page of jobs, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"imports": [EXAMPLE], "next": None}]})

    imports: list[Import]
    next: str | None = Field(description="Where the next page is")


def shown(job: Job, refusals: Sequence[RowOutcome] = ()) -> Import:
    """The job as JSON tells it."""
    row, rate = job.row, rate_of(job)
    return Import(
        id=job.id,
        kind=job.kind,
        source=row["source"],
        state=job.state,
        user=row["user"],
        list_id=AddLead(list_id=row["options"].get("list_id", "")).list_used,
        filename=row["filename"] or "",
        size=row["size"] or 0,
        options=row["options"],
        columns=[ColumnUse(column=name, field=parameter or None, custom_field=label or None) for name, parameter, label in job.columns],
        counters=counted(job),
        rate=rate,
        created=iso(row["created"]) or "",
        started=iso(row["started"]),
        finished=iso(row["finished"]),
        estimate=estimate_of(job, rate),
        results_until=iso(row["results_expire"]),
        reason=(row["problem"] or {}).get("title"),
        problem=row["problem"] or None,
        warnings=(row["warning"] or "").splitlines(),
        refusals=[Refusal(line=r.line, outcome=r.outcome, code=r.code, reply=r.reply) for r in refusals],
        results=f"{path_of(job)}/results",
        retryable=job.counters["retryable"],
        retried_by=job.followers.get(job.kind),
        undone_by=job.followers.get(Kind.UNDO) if job.kind is Kind.IMPORT else None,
        webhook=webhook_of(job),
    )


def counted(job: Job) -> Counters:
    """The counters that a job of its kind has."""
    if job.kind is Kind.UNDO:
        return UndoCounters(**job.counters, deleted=job.counters["done"])
    return Counters(**job.counters)


def webhook_of(job: Job) -> Webhook | None:
    """What has become of the job's webhook; None if it has none."""
    hook = job.webhook
    if hook is None:
        return None
    due = hook["due"] if hook["state"] == WebhookState.WAITING else None
    return Webhook(url=hook["url"], state=hook["state"], attempts=hook["attempts"], next_attempt=iso(due), error=hook["error"])


def etag(job: Job) -> str:
    """Changes whenever something about the job does, save what the clock alone changes."""
    row = job.row
    seen = [job.id, job.state, job.counters, row["started"], row["finished"], row["problem"], row["warning"], job.followers]
    seen += [hook.model_dump()] if (hook := webhook_of(job)) else []
    return f'W/"{blake2b(orjson.dumps(seen), digest_size=12).hexdigest()}"'


def pause(job: Job) -> int | None:
    """Seconds after which it is worth asking again; None once the job is at its end."""
    if job.row["finished"]:
        return None
    rate = rate_of(job) or 1.0
    return max(1, min(LONGEST_PAUSE, round(job.counters["waiting"] / rate / 2)))


def rate_of(job: Job) -> float | None:
    """Rows a second since the first one began; None before that."""
    done = sum(job.counters[name] for name in COUNTERS)
    if not done or not job.row["started"]:
        return None
    end = _moment(job.row["finished"]) if job.row["finished"] else datetime.now(UTC)
    return round(done / max(1.0, (end - _moment(job.row["started"])).total_seconds()), 1)


def estimate_of(job: Job, rate: float | None) -> str | None:
    """When the job will probably be finished; None if nobody can tell."""
    if job.state is not JobState.RUNNING or not rate:
        return None
    return (datetime.now(UTC) + timedelta(seconds=job.counters["waiting"] / rate)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def iso(text: str | None) -> str | None:
    """A moment of our own tables as JSON tells it."""
    return f"{text.replace(' ', 'T')}Z" if text else None
