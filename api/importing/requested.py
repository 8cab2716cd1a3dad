"""A job of requests as clients see it, and what the API description says of it."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.importing import job_shape
from api.importing.described import ACCEPTED, answer
from api.importing.job_shape import JobShape, NotTaken, shape_of
from api.importing.records import Job
from protocol.chunks import RowOutcome


class RequestCounters(BaseModel):
    """Requests by what has become of them: all but `received` add up to it."""

    received: int
    done: int
    refused: int = Field(description="Those whose reply is an ERROR")
    failed: int
    waiting: int


class RefusedRequest(NotTaken):
    """A request that was not done."""

    position: int = Field(description="Its place in the array, from 1")


EXAMPLE: dict[str, Any] = {
    **job_shape.EXAMPLE,
    "state": "done_with_refusals",
    "results": "/v1/requests/01a209f1487c6f025596055d/results",
    "results_until": "2026-10-12T10:00:01Z",
    "functions": {"add_list": 1, "update_lead": 2},
    "counters": {"received": 3, "done": 2, "refused": 1, "failed": 0, "waiting": 0},
    "rate": 3.0,
    "finished": "2026-10-05T10:00:02Z",
    "estimate": None,
    "refusals": [{"position": 3, "outcome": "refused", "code": "refused", "reply": "ERROR: update_lead NO MATCHES FOUND IN THE SYSTEM"}],
}


class RequestJob(JobShape):
    """A job that does many requests. Times are in UTC."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    functions: dict[str, int] = Field(description="Requests by function")
    counters: RequestCounters
    refusals: list[RefusedRequest] = Field(description="The first few that were not done; all are in `results`")


class RequestJobs(BaseModel):
    """A page of jobs, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"requests": [EXAMPLE], "next": None}]})

    requests: list[RequestJob]
    next: str | None = Field(description="Where the next page is")


def shown_requests(job: Job, refusals: Sequence[RowOutcome] = ()) -> RequestJob:
    """The job as JSON tells it."""
    return RequestJob(
        **shape_of(job),
        functions=job.row["options"],
        counters=RequestCounters(**job.counters),
        refusals=[RefusedRequest(position=r.line, outcome=r.outcome, code=r.code, reply=r.reply) for r in refusals],
    )


_REQUEST = {
    "type": "object",
    "properties": {"function": {"type": "string"}},
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    "description": "A writing function and its parameters; true and false stand for Y and N. Without a function: the legacy reply",
}
_REQUESTS = [
    {"function": "add_list", "list_id": 4711, "list_name": "Autumn", "campaign_id": "TESTCAMP", "source": "crm"},
    {"function": "update_lead", "lead_id": 7, "status": "NI", "source": "crm"},
]
_ARRAY = {"type": "array", "minItems": 1, "maxItems": 10_000, "items": _REQUEST}
BODY: dict[str, Any] = {"required": True, "content": {"application/json": {"schema": _ARRAY, "example": _REQUESTS}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: answer("Not signed in: login-incorrect"),
    403: answer("ip-not-allowed"),
    404: answer("no-such-requests"),
    503: answer("database-unavailable"),
}
CREATED: dict[int | str, dict[str, Any]] = {
    202: ACCEPTED,
    413: answer("too-large"),
    422: answer("unreadable-requests, too-many-requests, not-a-write, signed-in-already, idempotency-key-reused, invalid-request"),
}
