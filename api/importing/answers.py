"""Finding a job for a request, and answering with it."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from api.database import Database
from api.importing import records
from api.importing.intake import Intake
from api.importing.job_shape import etag
from api.importing.pace import ask_again
from api.importing.requested import RequestJob, shown_requests
from api.importing.shown import Import, shown
from api.problems import Problem
from dialer.import_jobs import Kind
from protocol.chunks import RowOutcome
from protocol.functions import Caller


def intake_of(request: Request) -> Intake:
    """What receives files in this process."""
    state = request.app.state
    return Intake(state.settings, state.database, state.queue)


async def found_job(request: Request, job_id: str, caller: Caller, kinds: Sequence[Kind] = records.IMPORTS) -> records.Job:
    """A job that the caller may see. Raises Problem."""
    job = await intake_of(request).find(job_id, caller, kinds)
    if job is None:
        if Kind.REQUESTS in kinds:
            raise Problem(404, "no-such-requests", "There are no such requests of yours")
        raise Problem(404, "no-such-import", "There is no such import of yours")
    return job


async def answered(request: Request, job: records.Job, *, status: int = 200) -> JSONResponse:
    """The job as JSON, with the first rows that were not taken."""
    database: Database = request.app.state.database

    def read() -> Any:
        with database.reading() as connection:
            return records.first_refusals(connection, job)

    document = told(job, await database.run(read))
    location = {"Location": records.path_of(job)} if status == 202 else {}
    return JSONResponse(document.model_dump(mode="json"), status, {**location, **headers_of(job)})


def told(job: records.Job, refusals: Sequence[RowOutcome] = ()) -> Import | RequestJob:
    """The job as JSON tells one of its kind."""
    return shown_requests(job, refusals) if job.kind is Kind.REQUESTS else shown(job, refusals)


def headers_of(job: records.Job) -> dict[str, str]:
    """What an answer says of a job beside its body."""
    after = ask_again(job)
    return {"ETag": etag(job), "Cache-Control": "no-cache"} | ({"Retry-After": str(after)} if after else {})
