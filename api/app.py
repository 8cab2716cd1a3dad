"""The API process: the legacy endpoint in front, and behind it health, the /v1 API and the pages."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api import health, import_previews, import_templates, imports, jobs, lists, metrics, queues, reads, requests, signing_in, steering
from api.authentication import Authentication
from api.database import Database
from api.description import describe
from api.dispatch import Dispatch
from api.ending import end
from api.legacy import SCRIPT, LegacyEndpoint
from api.metrics import Sums
from api.observed import Noted, observed, traced
from api.pages import page
from api.problems import answer_problems
from api.queue import WriteQueue
from api.sessions import Sessions
from api.waking import Waker
from protocol.figures import Figures
from settings import Settings

if TYPE_CHECKING:
    from db.tracing import Tracing

# The order is that of the API's description.
ROUTERS = (
    health.router,
    metrics.router,
    jobs.router,
    import_previews.router,
    import_templates.router,
    imports.router,
    steering.router,
    requests.router,
    lists.router,
    queues.router,
    signing_in.router,
    page.router,
)


class Api:
    """Everything that one process answers, as one ASGI application."""

    def __init__(self, legacy: ASGIApp, app: FastAPI, others: ASGIApp) -> None:
        self._legacy = legacy
        self._others = others
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        legacy = scope["type"] == "http" and scope["path"].endswith(SCRIPT)
        await (self._legacy if legacy else self._others)(scope, receive, send)


def create_app(settings: Settings, queue: WriteQueue | None = None, tracing: "Tracing | None" = None) -> Api:
    """The application of one process. What it holds (`app.state`): settings, database, authentication, queue, dispatch, sums, and
    `stopping`, which is set once the server takes no more requests."""
    figures = Figures()
    queue = queue or WriteQueue(settings, figures, tracing)
    database = Database(settings, figures, tracing)
    authentication = Authentication(settings, database)
    sums = Sums(settings, figures)
    sessions = Sessions(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await queue.start()
        beside = [asyncio.create_task(work) for work in (Waker(settings, database, queue).run(), sums.run())]
        yield
        await end(beside)
        await queue.stop()
        await sums.close()
        await sessions.close()
        await authentication.close()
        database.close()

    app = FastAPI(title="Leadmill", summary="The VICIdial Non-Agent API with a queue, jobs and imports behind it", lifespan=lifespan)
    app.state.settings, app.state.database, app.state.authentication, app.state.queue = settings, database, authentication, queue
    app.state.stopping = threading.Event()
    app.state.dispatch, app.state.sums = Dispatch(settings, database, authentication, queue), sums
    app.state.sessions = sessions
    answer_problems(app)
    describe(app, ROUTERS)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(reads.routes())
    app.mount("/page", page.files)
    legacy = LegacyEndpoint(app.state.dispatch, settings.body_limit, Noted(figures, log_requests=settings.log_requests))
    if tracing is None:
        return Api(legacy, app, observed(app, figures))
    return Api(traced(legacy, tracing), app, traced(observed(app, figures), tracing))
