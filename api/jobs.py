"""What became of a queued request: `function=job_status` on the legacy endpoint, `GET /v1/jobs/{id}` beside it."""

from datetime import UTC, datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.authentication import SignedIn
from api.problems import Problem
from api.queue import WriteQueue
from protocol.replies import OUTCOME_UNKNOWN, Reply, Result, error, notice, reply

JOB_QUEUED = notice("job_status JOB QUEUED - {job_id}|{user}")
JOB_NOT_FOUND = error("job_status JOB NOT FOUND - {job_id}|{user}")

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

State = Literal["queued", "running", "done", "failed"]


EXAMPLE: dict[str, Any] = {
    "id": "3f6c0e8a91d2-1-0",
    "function": "add_lead",
    "state": "done",
    "reply": ["SUCCESS: add_lead LEAD HAS BEEN ADDED - 7275551111|6666|999|193715|-5"],
    "result": "SUCCESS",
    "submitted": "2026-10-05T10:00:00Z",
    "finished": "2026-10-05T10:00:01Z",
}


class Job(BaseModel):
    """One queued request and what became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str = Field(examples=["3f6c0e8a91d2-1-0"])
    function: str = Field(examples=["add_lead"])
    state: State = Field(description="`failed`: it could not be done, or what was done cannot be known; the reply says which")
    reply: list[str] = Field(
        description="The lines of the legacy reply; empty until it is done",
        examples=[["SUCCESS: add_lead LEAD HAS BEEN ADDED - 7275551111|999|193715|-5|6666"]],
    )
    result: Result | None = Field(description="The word that the reply begins with")
    submitted: datetime
    finished: datetime | None


async def job_status(queue: WriteQueue, job_id: str, user: str) -> Reply:
    """The stored reply word for word once the job is done; not found if unknown, expired or another user's."""
    job = await queue.job(job_id, user)
    if job is None:
        return reply(JOB_NOT_FOUND(job_id=job_id, user=user))
    if job["state"] in ("done", "failed"):
        return Reply(text_of(job))
    return reply(JOB_QUEUED(job_id=job_id, user=user))


@router.get("/{job_id}", responses={404: {"description": "Unknown, expired or another user's"}})
async def job(job_id: str, request: Request, response: Response, caller: SignedIn) -> Job:
    """A request that was accepted with `async=Y` or `Prefer: respond-async`, or that got the QUEUED notice."""
    found = await request.app.state.queue.job(job_id, caller.user)
    if found is None:
        raise Problem(404, "job-not-found", "No such job: unknown, expired or another user's")
    if found["state"] not in ("done", "failed"):
        response.headers["Retry-After"] = "1"
    lines = text_of(found).splitlines() if found["state"] in ("done", "failed") else []
    word = lines[0].partition(":")[0] if lines else ""
    finished = found.get("finished")
    return Job(
        id=job_id,
        function=found["function"],
        state=found["state"],
        reply=lines,
        result=Result(word) if word in list(Result) else None,
        submitted=datetime.fromtimestamp(found["submitted"], UTC),
        finished=datetime.fromisoformat(finished) if finished else None,
    )


def text_of(job: dict[str, Any]) -> str:
    """The reply of a job that has ended."""
    if job["state"] == "done":
        return str(job["reply"])
    return reply(OUTCOME_UNKNOWN(function=job["function"], job_id=job["id"], user=job["user"])).text
