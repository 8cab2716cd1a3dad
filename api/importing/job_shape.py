"""What every job is told by, be it an import, an undo or a job of requests."""

from hashlib import blake2b
from typing import Any

import orjson
from pydantic import BaseModel, Field

from api.importing.pace import estimate_of, held_of, rate_of
from api.importing.records import Job, path_of
from dialer.import_jobs import JobState, WebhookState
from protocol.import_codes import Outcome


class Webhook(BaseModel):
    """The call that tells of the job's end."""

    url: str
    state: WebhookState
    attempts: int
    next_attempt: str | None
    error: str | None = Field(description="Why the last attempt did not succeed")


class NotTaken(BaseModel):
    """Something that was not done."""

    outcome: Outcome
    code: str
    reply: str


class JobShape(BaseModel):
    """A job. Times are in UTC."""

    id: str
    state: JobState
    user: str
    source: str | None = Field(description="The job that it goes back to: whose failed rows it tries again, or which it undoes")
    rate: float | None = Field(description="Rows or requests a second since the first one began, the time left out in which it was held")
    held: int = Field(description="Seconds in which it was paused, or its upload broken off, since the first row began")
    created: str
    started: str | None
    finished: str | None
    estimate: str | None = Field(description="When it will probably be finished")
    results: str = Field(description="Where the outcome of every row is")
    results_until: str | None = Field(description="When the outcomes of single rows will be forgotten")
    retryable: int = Field(description="Rows that failed and that `retry` would try again")
    retried_by: str | None = Field(description="The job that tries them again")
    webhook: Webhook | None


EXAMPLE: dict[str, Any] = {
    "id": "01a209f1487c6f025596055d",
    "state": "running",
    "user": "6666",
    "source": None,
    "rate": 10500.0,
    "held": 0,
    "created": "2026-10-05T10:00:00Z",
    "started": "2026-10-05T10:00:01Z",
    "finished": None,
    "estimate": "2026-10-05T10:00:11Z",
    "results_until": None,
    "retryable": 0,
    "retried_by": None,
    "webhook": None,
}


def shape_of(job: Job) -> dict[str, Any]:
    """The fields that all jobs have."""
    row = job.row
    return {
        "id": job.id,
        "state": job.state,
        "user": row["user"],
        "source": row["source"],
        "rate": rate_of(job),
        "held": held_of(job),
        "created": _iso(row["created"]) or "",
        "started": _iso(row["started"]),
        "finished": _iso(row["finished"]),
        "estimate": estimate_of(job),
        "results": f"{path_of(job)}/results",
        "results_until": _iso(row["results_expire"]),
        "retryable": job.counters["retryable"],
        "retried_by": job.followers.get(job.kind),
        "webhook": _webhook(job),
    }


def etag(job: Job) -> str:
    """Changes whenever something about the job does, save what the clock alone changes."""
    row = job.row
    seen = [job.id, job.state, job.counters, row["started"], row["finished"], row["problem"], row["warning"], job.followers]
    seen += [hook.model_dump()] if (hook := _webhook(job)) else []
    return f'W/"{blake2b(orjson.dumps(seen), digest_size=12).hexdigest()}"'


def _webhook(job: Job) -> Webhook | None:
    hook = job.webhook
    if hook is None:
        return None
    due = hook["due"] if hook["state"] == WebhookState.WAITING else None
    return Webhook(url=hook["url"], state=hook["state"], attempts=hook["attempts"], next_attempt=_iso(due), error=hook["error"])


def _iso(text: str | None) -> str | None:
    return f"{text.replace(' ', 'T')}Z" if text else None
