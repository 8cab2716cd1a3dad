"""The API process: the legacy endpoint in front, and behind it health, the /v1 API and the pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api import health, import_previews, imports, jobs, reads, steering
from api.authentication import Authentication
from api.database import Database
from api.dispatch import Dispatch
from api.legacy import SCRIPT, LegacyEndpoint
from api.problems import answer_problems
from api.queue import WriteQueue
from api.waking import Waker
from settings import Settings


class Api:
    """Everything that one process answers, as one ASGI application."""

    def __init__(self, legacy: ASGIApp, app: FastAPI) -> None:
        self._legacy = legacy
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        legacy = scope["type"] == "http" and scope["path"].endswith(SCRIPT)
        await (self._legacy if legacy else self.app)(scope, receive, send)


def create_app(settings: Settings, queue: WriteQueue | None = None) -> Api:
    """The application of one process. What it holds (`app.state`): settings, database, authentication, queue, dispatch."""
    queue = queue or WriteQueue(settings)
    database = Database(settings)
    authentication = Authentication(settings, database)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await queue.start()
        waking = asyncio.create_task(Waker(settings, database, queue).run())
        yield
        waking.cancel()
        await queue.stop()
        database.close()

    app = FastAPI(title="Leadmill", summary="The VICIdial Non-Agent API with a queue, jobs and imports behind it", lifespan=lifespan)
    app.state.settings, app.state.database, app.state.authentication, app.state.queue = settings, database, authentication, queue
    app.state.dispatch = Dispatch(settings, database, authentication, queue)
    answer_problems(app)
    app.include_router(health.router)
    app.include_router(jobs.router)
    app.include_router(import_previews.router)
    app.include_router(imports.router)
    app.include_router(steering.router)
    app.include_router(reads.routes())
    return Api(LegacyEndpoint(app.state.dispatch, settings.body_limit), app)
