"""Whether the process lives, and whether it can do its work: for load balancers, orchestrators and ./leadmill doctor."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text

from api.database import Database, DatabaseUnavailable
from api.queue import QueueUnavailable, WriteQueue
from api.standing import Standing

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Database, queue and workers can be reached, and no request waits for long; 503 names what is wrong."""
    state = request.app.state
    database, queue = await asyncio.gather(answers(state.database), standing(state.queue))
    bound = state.settings.ready_age
    parts = {
        "database": database,
        "broker": queue is not None,
        "workers": queue is not None and queue.workers > 0,
        "queue": queue is not None and (not bound or queue.age <= bound),
    }
    ready = all(parts.values())
    age = None if queue is None else round(queue.age, 1)
    return JSONResponse({"ready": ready, **parts, "queue_age": age}, 200 if ready else 503)


async def standing(queue: WriteQueue) -> Standing | None:
    """How the queue of requests stands; None while it cannot be reached."""
    try:
        return await queue.standing("requests")
    except QueueUnavailable:
        return None


async def answers(database: Database) -> bool:
    """Whether the dialer's database answers a query."""
    try:
        await database.run(lambda: ask(database))
    except DatabaseUnavailable:
        return False
    return True


def ask(database: Database) -> None:
    """The smallest query there is. Raises DatabaseUnavailable."""
    with database.reading() as connection:
        connection.execute(text("SELECT 1"))
