"""/v1/requests: many legacy requests at once, as one job."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.authentication import Authentication, SignedIn
from api.database import Database
from api.importing import records, steering
from api.importing.answers import answered, found_job
from api.importing.asked import Form, JobId, Outcomes, Wait, WebhookSecret, WebhookUrl
from api.importing.described import EVENTS, FOLLOWED, RESULTS, STEERED, WATCHED, answer
from api.importing.requested import BODY, CREATED, PROBLEMS, RequestJob, RequestJobs, shown_requests
from api.importing.watching import as_it_stands, event_stream, results_of
from api.importing.webhooks import webhook_asked
from api.imports import LONGEST_KEY
from api.problems import Problem
from api.request_lists import body_of, parameters_of, prepare
from api.request_records import NewRequests, store_requests
from api.steering import steered
from api.waking import queue_of, send_turn
from dialer.import_jobs import Kind
from protocol.functions import Caller
from settings import Settings

KINDS = (Kind.REQUESTS,)

router = APIRouter(prefix="/v1/requests", tags=["requests"], responses=PROBLEMS)


@router.post("", status_code=202, response_model=RequestJob, responses=CREATED, openapi_extra={"requestBody": BODY})
async def create_requests(
    request: Request,
    caller: SignedIn,
    webhook: WebhookUrl = "",
    idempotency_key: Annotated[str, Header(max_length=LONGEST_KEY)] = "",
    webhook_secret: WebhookSecret = "",
) -> Response:
    """Do up to 10,000 requests of any writing functions, in their order, as the user who is signed in.

    Each is an object of the function's parameters and gets the reply that the legacy endpoint would give. Each is done, whatever
    becomes of those before it.
    """
    settings: Settings = request.app.state.settings
    body = await body_of(request)
    items = parameters_of(body)
    new = NewRequests(
        caller=caller,
        prepared=prepare(items, request, caller, non_latin=await _non_latin(request)),
        positions=range(1, len(items) + 1),
        webhook=webhook_asked(webhook, webhook_secret, settings),
        key=idempotency_key,
        payload_hash=blake2b(b"requests " + body, digest_size=32).hexdigest(),
    )
    try:
        return await _accepted(request, caller, lambda connection: store_requests(connection, new, settings))
    except IntegrityError:  # the same key at the same moment; now the other's job is there
        return await _accepted(request, caller, lambda connection: store_requests(connection, new, settings))


@router.post("/{job_id}/retry", status_code=202, response_model=RequestJob, responses=FOLLOWED)
async def retry_requests(
    request: Request, caller: SignedIn, job_id: JobId, webhook: WebhookUrl = "", webhook_secret: WebhookSecret = ""
) -> Response:
    """Try the failed requests again that may be done this time: a new job of them, as the user who is signed in, at their positions.

    Those that carry a password are left out: it is not kept.
    """
    settings: Settings = request.app.state.settings
    job = await found_job(request, job_id, caller, KINDS)
    hook = webhook_asked(webhook, webhook_secret, settings)
    non_latin = await _non_latin(request)

    def store(connection: Connection) -> tuple[str, int]:
        steering.lock_to_retry(connection, job.id)
        failed = dict(records.requests_to_retry(connection, job.id))
        if not failed:
            raise Problem(409, "nothing-to-retry", "The requests that failed carry passwords, which are not kept: send them again")
        prepared = prepare(list(failed.values()), request, caller, non_latin=non_latin)
        return store_requests(
            connection, NewRequests(caller=caller, prepared=prepared, positions=list(failed), webhook=hook, source=job.id), settings
        )

    return await _accepted(request, caller, store)


@router.post("/{job_id}/undo", status_code=409, response_class=Response, responses={409: answer("requests-stay")})
async def undo_requests(request: Request, caller: SignedIn, job_id: JobId) -> None:
    """Always refused: what requests have changed is not noted, so that it cannot be changed back. An import can be undone."""
    await found_job(request, job_id, caller, KINDS)
    raise Problem(409, "requests-stay", "Requests cannot be undone: what was there before them is not kept. Imports can")


@router.get("", response_model=RequestJobs)
async def list_requests(
    request: Request,
    caller: SignedIn,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[str, Query(max_length=40, description="The id that the page before ended with")] = "",
) -> RequestJobs:
    """Your jobs of requests, newest first; a user of level 9 sees those of all users."""
    database: Database = request.app.state.database

    def find() -> list[records.Job]:
        with database.reading() as connection:
            return records.find_jobs(connection, caller, before=before, limit=limit, kinds=KINDS)

    jobs = await database.run(find)
    more = f"/v1/requests?limit={limit}&before={jobs[-1].id}" if len(jobs) == limit else None
    return RequestJobs(requests=[shown_requests(job) for job in jobs], next=more)


@router.get("/{job_id}", response_model=RequestJob, responses=WATCHED)
async def get_requests(request: Request, caller: SignedIn, job_id: JobId, wait: Wait = 0) -> Response:
    """A job of requests as it stands. With `If-None-Match`, 304 while nothing has changed."""
    return await as_it_stands(request, caller, job_id, wait, KINDS)


@router.get("/{job_id}/events", response_class=Response, responses=EVENTS)
async def get_requests_events(request: Request, caller: SignedIn, job_id: JobId) -> Response:
    """The job as server-sent events, as for an import."""
    return await event_stream(request, caller, job_id, KINDS)


@router.get("/{job_id}/results", response_class=Response, responses=RESULTS)
async def get_replies(request: Request, caller: SignedIn, job_id: JobId, outcome: Outcomes = "", format: Form = "ndjson") -> Response:
    """The reply to every request, in the order of the array."""
    return await results_of(request, caller, job_id, outcome, format, KINDS)


@router.post("/{job_id}/cancel", response_model=RequestJob, responses=STEERED)
async def cancel_requests(request: Request, caller: SignedIn, job_id: JobId) -> Response:
    """Stop a job. What was done stays; requests that had no turn yet are reported as failed, `not_run`."""
    return await steered(request, caller, job_id, steering.cancel, KINDS)


@router.post("/{job_id}/pause", response_model=RequestJob, responses=STEERED)
async def pause_requests(request: Request, caller: SignedIn, job_id: JobId) -> Response:
    """Hold a job until it is resumed; what is under way comes to its end."""
    return await steered(request, caller, job_id, steering.pause, KINDS)


@router.post("/{job_id}/resume", response_model=RequestJob, responses=STEERED)
async def resume_requests(request: Request, caller: SignedIn, job_id: JobId) -> Response:
    """Go on with a paused job."""
    return await steered(request, caller, job_id, steering.resume, KINDS)


async def _accepted(request: Request, caller: Caller, store: Callable[[Connection], tuple[str, int]]) -> Response:
    """The new job, or the earlier one that was sent under the same key. Raises IntegrityError."""
    database: Database = request.app.state.database

    def write() -> tuple[str, int]:
        with database.writing() as connection:
            return store(connection)

    job_id, turn = await database.run(write)
    job = await found_job(request, job_id, caller, KINDS)
    if turn:
        await send_turn(request.app.state.queue, job.id, turn, queue_of(job.row["recipe"]))
    return await answered(request, job, status=202)


async def _non_latin(request: Request) -> bool:
    authentication: Authentication = request.app.state.authentication
    return (await authentication.system())["use_non_latin"] == "1"
