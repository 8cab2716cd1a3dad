"""Whether the process lives, and whether it can do its work: for load balancers, orchestrators and ./leadmill doctor."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text

from api.database import Database, DatabaseUnavailable
from api.queue import WriteQueue

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Database, broker and workers can be reached; 503 names those that cannot."""
    queue: WriteQueue = request.app.state.queue
    database, broker, workers = await asyncio.gather(answers(request.app.state.database), queue.ping(), queue.workers_alive())
    parts = {"database": database, "broker": broker, "workers": workers > 0}
    ready = all(parts.values())
    return JSONResponse({"ready": ready, **parts}, 200 if ready else 503)


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
