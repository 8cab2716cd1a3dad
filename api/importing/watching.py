"""Watching a job until it ends: by long polls, or as server-sent events."""

import re
import time
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

import anyio
import orjson
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from api.database import DatabaseUnavailable
from api.importing import records
from api.importing.answers import answered, found_job, headers_of, told
from api.importing.job_shape import etag
from api.importing.results import results
from api.problems import Problem
from dialer.import_jobs import Kind
from protocol.functions import Caller
from protocol.import_codes import Outcome

LOOK = 0.3
HEARTBEAT = 15.0
RECONNECT = 2000
"""Milliseconds after which a client whose stream broke comes again."""
NO_CACHE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the second: nginx shall not hold events back


async def as_it_stands(request: Request, caller: Caller, job_id: str, wait: float, kinds: Sequence[Kind] = records.IMPORTS) -> Response:
    """The job, at its end or after `wait` seconds; 304 while it is the one that the client has."""
    seen = request.headers.get("if-none-match", "")
    job = await found_job(request, job_id, caller, kinds)
    with anyio.move_on_after(wait):
        while wait and not job.row["finished"] and seen in ("", etag(job)) and not request.app.state.stopping.is_set():
            await anyio.sleep(LOOK)
            job = await found_job(request, job_id, caller, kinds)
    if seen == etag(job):
        return Response(status_code=304, headers=headers_of(job))
    return await answered(request, job)


async def event_stream(request: Request, caller: Caller, job_id: str, kinds: Sequence[Kind] = records.IMPORTS) -> Response:
    """The job as an event whenever it changes; 204, which ends a client's tries, if its last event was the job's end."""
    job = await found_job(request, job_id, caller, kinds)
    seen = request.headers.get("last-event-id", "")
    if job.row["finished"] and seen == event_id(job):
        return Response(status_code=204)
    return StreamingResponse(_events(request, caller, job, seen, kinds), media_type="text/event-stream", headers=NO_CACHE)


async def _events(request: Request, caller: Caller, job: records.Job, seen: str, kinds: Sequence[Kind]) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % RECONNECT
    told = time.monotonic()
    while True:
        if seen != event_id(job):
            seen, told = event_id(job), time.monotonic()
            yield _event(job)
        if job.row["finished"] or request.app.state.stopping.is_set():
            return
        if time.monotonic() - told > HEARTBEAT:
            told = time.monotonic()
            yield b": still there\n\n"
        await anyio.sleep(LOOK)
        try:
            job = await found_job(request, job.id, caller, kinds)
        except DatabaseUnavailable:  # for a moment, or until the client gives up
            continue


def event_id(job: records.Job) -> str:
    """What an event is known by: changes with the job."""
    return etag(job).split('"')[1]


def _event(job: records.Job) -> bytes:
    name = b"end" if job.row["finished"] else b"progress"
    return b"event: %s\nid: %s\ndata: %s\n\n" % (name, event_id(job).encode(), orjson.dumps(told(job).model_dump(mode="json")))


async def results_of(
    request: Request, caller: Caller, job_id: str, outcome: str, form: str, kinds: Sequence[Kind] = records.IMPORTS
) -> Response:
    """The outcomes of a job as a file. Raises Problem."""
    job = await found_job(request, job_id, caller, kinds)
    if job.expired:
        raise records.results_expired()
    rows = results(request.app.state.database, job, _outcomes(outcome), as_csv=form == "csv")
    media = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}[form]
    headers = {"Content-Disposition": _attachment(job, "refused" if outcome else "outcomes", form), "Cache-Control": "no-store"}
    return StreamingResponse(rows, media_type=media, headers=headers)


def _attachment(job: records.Job, what: str, form: str) -> str:
    """The name that a browser saves it under: after the file that was loaded (RFC 6266)."""
    name = re.sub(r"\.\w{1,5}(\.gz)?$", "", job.row["filename"] or "") or f"{job.kind}-{job.id}"
    return f"attachment; filename*=UTF-8''{quote(f'{name}.{what}.{form}', safe='')}"


def _outcomes(text: str) -> frozenset[Outcome]:
    asked = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in Outcome.__members__.values()]
    if unknown:
        raise Problem(422, "bad-option", f"There is no outcome {unknown[0][:64]}; there are {', '.join(Outcome)}")
    return frozenset(map(Outcome, asked)) or frozenset(Outcome)
