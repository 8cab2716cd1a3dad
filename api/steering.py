"""Steering imports: cancel, pause and resume one under way; try the failed rows of one again, or undo it, once it has ended."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.authentication import SignedIn
from api.database import Database
from api.importing import steering
from api.importing.allowed import refuse_caller
from api.importing.answers import answered, found_job
from api.importing.asked import JobId, WebhookSecret, WebhookUrl
from api.importing.described import FOLLOWED, PROBLEMS, STEERED
from api.importing.records import IMPORTS
from api.importing.shown import Import
from api.importing.webhooks import NewWebhook, store_webhook, webhook_asked
from api.waking import queue_of, send_turn
from dialer.import_jobs import Kind, close_if_all_ran
from protocol.functions import Caller

router = APIRouter(prefix="/v1/imports", tags=["imports"], responses=PROBLEMS)

Step = Callable[[Connection, str], int]
Follow = Callable[[Connection, str, Caller], tuple[str, int]]


@router.post("/{job_id}/cancel", response_model=Import, responses=STEERED)
async def cancel_import(request: Request, caller: SignedIn, job_id: JobId) -> Response:
    """Stop an import. What was added stays; rows that had no turn yet are reported as failed, `not_run`."""
    return await steered(request, caller, job_id, steering.cancel)


@router.post("/{job_id}/pause", response_model=Import, responses=STEERED)
async def pause_import(request: Request, caller: SignedIn, job_id: JobId) -> Response:
    """Hold an import. Chunks under way come to their end; the rest wait in the database, whatever is restarted, until it is resumed.

    A file that is still coming in is received on, until `LEADMILL_IMPORT_AHEAD` chunks wait.
    """
    return await steered(request, caller, job_id, steering.pause)


@router.post("/{job_id}/resume", response_model=Import, responses=STEERED)
async def resume_import(request: Request, caller: SignedIn, job_id: JobId) -> Response:
    """Go on with a paused import."""
    return await steered(request, caller, job_id, steering.resume)


@router.post("/{job_id}/retry", status_code=202, response_model=Import, responses=FOLLOWED)
async def retry_import(
    request: Request, caller: SignedIn, job_id: JobId, webhook: WebhookUrl = "", webhook_secret: WebhookSecret = ""
) -> Response:
    """Try the failed rows again that may be taken this time (`retryable`): a new import of them, with the same options, in their order.

    Of a cancelled undo: a new one of the leads that it had not come to.
    """
    refuse_caller(caller)
    hook = webhook_asked(webhook, webhook_secret, request.app.state.settings)
    return await _followed(request, caller, job_id, steering.retry, hook)


@router.post("/{job_id}/undo", status_code=202, response_model=Import, responses=FOLLOWED)
async def undo_import(
    request: Request, caller: SignedIn, job_id: JobId, webhook: WebhookUrl = "", webhook_secret: WebhookSecret = ""
) -> Response:
    """Delete the leads that an import added and that nobody has touched since, with their hopper rows, callbacks, alternate phones and
    custom fields: a new job. Its results tell of each lead whether it was deleted, or why it was kept.

    Touched is a lead that has been called, is about to be, or that anybody has changed.
    """
    steering.refuse_undo(caller)
    hook = webhook_asked(webhook, webhook_secret, request.app.state.settings)
    return await _followed(request, caller, job_id, steering.undo, hook)


async def steered(request: Request, caller: Caller, job_id: str, step: Step, kinds: tuple[Kind, ...] = IMPORTS) -> Response:
    """The job after a step."""
    job = await found_job(request, job_id, caller, kinds)
    database: Database = request.app.state.database
    days = request.app.state.settings.results_kept

    def take() -> int:
        with database.writing() as connection:
            turn = step(connection, job.id)
        with database.writing() as connection:
            close_if_all_ran(connection, job.id, keep_days=days)
        return turn

    turn = await database.run(take)
    if turn:
        await send_turn(request.app.state.queue, job.id, turn, queue_of(job.row["recipe"]))
    return await answered(request, await found_job(request, job_id, caller, kinds))


async def _followed(request: Request, caller: Caller, job_id: str, make: Follow, hook: NewWebhook | None) -> Response:
    """A new job that goes back to this one."""
    job = await found_job(request, job_id, caller)
    database: Database = request.app.state.database

    def write() -> tuple[str, int]:
        with database.writing() as connection:
            new, turn = make(connection, job.id, caller)
            store_webhook(connection, new, hook)
            return new, turn

    new, turn = await database.run(write)
    await send_turn(request.app.state.queue, new, turn)
    return await answered(request, await found_job(request, new, caller), status=202)
