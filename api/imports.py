"""/v1/imports: files of leads as jobs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.requests import ClientDisconnect

from api.authentication import Authentication, SignedIn
from api.database import Database
from api.importing import records
from api.importing.answers import answered, found_job, intake_of
from api.importing.asked import Form, JobId, Outcomes, Wait
from api.importing.described import BODY, CREATED, EVENTS, OPTIONS, PROBLEMS, RESULTS, WATCHED
from api.importing.shown import Import, Imports, shown
from api.importing.upload import Upload
from api.importing.watching import as_it_stands, event_stream, results_of
from api.problems import Problem

router = APIRouter(prefix="/v1/imports", tags=["imports"], responses=PROBLEMS)

LONGEST_KEY = 255


@router.post("", status_code=202, response_model=Import, responses=CREATED, openapi_extra={"requestBody": BODY, "parameters": OPTIONS})
async def create_import(request: Request, caller: SignedIn) -> Response:
    """Load a file of leads: the body is the file, or a form that holds it. Options are query or form fields.

    The answer comes when the whole file was received; its first rows are being loaded by then.
    """
    key = request.headers.get("idempotency-key", "")
    if len(key) > LONGEST_KEY:
        raise Problem(422, "bad-option", f"The Idempotency-Key is longer than {LONGEST_KEY} characters")
    authentication: Authentication = request.app.state.authentication
    system = await authentication.system()
    intake = intake_of(request)
    try:
        upload = Upload(request)
        job_id = await intake.receive(upload, caller, dict(request.query_params), key=key, non_latin=system["use_non_latin"] == "1")
    except ClientDisconnect:
        return Response(status_code=499)
    job = await found_job(request, job_id, caller)
    return await answered(request, job, status=202)


@router.get("", response_model=Imports)
async def list_imports(
    request: Request,
    caller: SignedIn,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[str, Query(max_length=40, description="The id that the page before ended with")] = "",
    idempotency_key: Annotated[str, Query(max_length=LONGEST_KEY, description="Only the import that was made under this key")] = "",
) -> Imports:
    """Your imports, newest first; a user of level 9 sees those of all users."""
    database: Database = request.app.state.database

    def find() -> list[records.Job]:
        with database.reading() as connection:
            if not idempotency_key:
                return records.find_jobs(connection, caller, before=before, limit=limit)
            known = records.find_key(connection, caller.user, idempotency_key)
            job = records.find_job(connection, known[0], caller) if known else None
            return [job] if job else []

    jobs = await database.run(find)
    more = f"/v1/imports?limit={limit}&before={jobs[-1].id}" if len(jobs) == limit else None
    return Imports(imports=[shown(job) for job in jobs], next=more)


@router.get("/{job_id}", response_model=Import, responses=WATCHED)
async def get_import(request: Request, caller: SignedIn, job_id: JobId, wait: Wait = 0) -> Response:
    """An import as it stands. With `If-None-Match`, 304 while nothing has changed."""
    return await as_it_stands(request, caller, job_id, wait)


@router.get("/{job_id}/events", response_class=Response, responses=EVENTS)
async def get_import_events(request: Request, caller: SignedIn, job_id: JobId) -> Response:
    """The import as server-sent events: `progress` whenever something about it changes, `end` at its end, each with the import as JSON.

    A stream that broke goes on after `Last-Event-ID`; once that was the end, the answer is 204.
    """
    return await event_stream(request, caller, job_id)


@router.get("/{job_id}/results", response_class=Response, responses=RESULTS)
async def get_results(request: Request, caller: SignedIn, job_id: JobId, outcome: Outcomes = "", format: Form = "csv") -> Response:
    """The outcome of every row, in the order of the file. Rows that were not added carry their original cells, so that the file can be
    corrected and loaded straight back."""
    return await results_of(request, caller, job_id, outcome, format)
