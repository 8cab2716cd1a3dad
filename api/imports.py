"""/v1/imports: files of leads as jobs."""

import re
from typing import Annotated
from urllib.parse import quote

import anyio
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from api.authentication import Authentication, SignedIn
from api.database import Database
from api.importing import records
from api.importing.answers import answered, found_job, headers_of, intake_of
from api.importing.described import BODY, CREATED, OPTIONS, PROBLEMS
from api.importing.results import results
from api.importing.shown import Import, Imports, etag, shown
from api.importing.upload import Upload
from api.problems import Problem
from protocol.import_codes import Outcome

router = APIRouter(prefix="/v1/imports", tags=["imports"], responses=PROBLEMS)

LONGEST_WAIT = 60
LOOK = 0.3
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


@router.get("/{job_id}", response_model=Import)
async def get_import(
    request: Request,
    caller: SignedIn,
    job_id: str,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the end, or for a change of the ETag given")] = 0,
) -> Response:
    """An import as it stands. With `If-None-Match`, 304 while nothing has changed."""
    seen = request.headers.get("if-none-match", "")
    job = await found_job(request, job_id, caller)
    with anyio.move_on_after(wait):
        while wait and not job.row["finished"] and seen in ("", etag(job)):
            await anyio.sleep(LOOK)
            job = await found_job(request, job_id, caller)
    if seen == etag(job):
        return Response(status_code=304, headers=headers_of(job))
    return await answered(request, job)


@router.get("/{job_id}/results", response_class=StreamingResponse)
async def get_results(
    request: Request,
    caller: SignedIn,
    job_id: str,
    outcome: Annotated[str, Query(description="Only rows with these outcomes, separated by commas")] = "",
    format: Annotated[str, Query(pattern="^(csv|ndjson)$")] = "csv",
) -> Response:
    """The outcome of every row, in the order of the file. Rows that were not added carry their original cells, so that the file can be
    corrected and loaded straight back."""
    job = await found_job(request, job_id, caller)
    if job.expired:
        raise records.results_expired()
    rows = results(request.app.state.database, job, _outcomes(outcome), as_csv=format == "csv")
    media = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}[format]
    headers = {"Content-Disposition": _attachment(job, "refused" if outcome else "outcomes", format), "Cache-Control": "no-store"}
    return StreamingResponse(rows, media_type=media, headers=headers)


def _attachment(job: records.Job, what: str, form: str) -> str:
    """The name that a browser saves it under: after the file that was loaded (RFC 6266)."""
    name = re.sub(r"\.\w{1,5}(\.gz)?$", "", job.row["filename"] or "") or f"import-{job.id}"
    return f"attachment; filename*=UTF-8''{quote(f'{name}.{what}.{form}', safe='')}"


def _outcomes(text: str) -> frozenset[Outcome]:
    asked = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in Outcome.__members__.values()]
    if unknown:
        raise Problem(422, "bad-option", f"There is no outcome {unknown[0][:64]}; there are {', '.join(Outcome)}")
    return frozenset(map(Outcome, asked)) or frozenset(Outcome)
