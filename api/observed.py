"""Around every request: what is counted of it, and the id that its log lines name. A few microseconds each."""

import re
import time
import uuid
from itertools import count
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from api.functions import OPEN, READS
from protocol.figures import HTTP_REQUESTS, HTTP_SECONDS, REQUEST_SECONDS, REQUESTS, Figures
from protocol.replies import Reply
from tasks import WRITES

if TYPE_CHECKING:
    from db.tracing import Tracing

NAMES = frozenset({*OPEN, *READS, *WRITES, "job_status"})
"""What may stand as a function in a figure: a caller must not make new ones."""
METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
OTHER = "other"
QUEUED = " QUEUED - "
_REQUEST_ID = re.compile(rb"[\w.:-]{1,64}", re.ASCII)
_process, _numbers = uuid.uuid4().hex[:8], count(1)

log = structlog.get_logger(__name__)


def name_request(sent: bytes | None) -> str:
    """The id under which log lines speak of the request under way: that of a sound X-Request-ID header, else one of ours."""
    known = sent is not None and _REQUEST_ID.fullmatch(sent)
    request_id = sent.decode() if sent and known else f"{_process}-{next(_numbers):x}"
    bind_contextvars(request_id=request_id)
    return request_id


class Noted:
    """Counts legacy requests, and logs each if that is wanted."""

    def __init__(self, figures: Figures, *, log_requests: bool = False) -> None:
        self._figures = figures
        self._log_requests = log_requests

    def __call__(self, function: str, answer: Reply, began: float) -> str:
        """Note a request that is answered; the name of its function, or "other"."""
        name = function if function in NAMES else OTHER
        result, seconds = kind(answer), max(0.0, time.time() - began)
        self._figures.add(REQUESTS, name, result)
        self._figures.observe(REQUEST_SECONDS, seconds, name)
        if self._log_requests:
            log.info("request", function=name, result=result, seconds=round(seconds, 6), status=answer.status)
        return name


def kind(answer: Reply) -> str:
    """What kind of reply it is: success, notice, queued, error, data, failed (a fault of ours) or unavailable (503)."""
    if answer.status >= 500:
        return "unavailable" if answer.status == 503 else "failed"
    word, colon, says = answer.text[:200].partition(": ")
    if not colon or word not in ("SUCCESS", "NOTICE", "ERROR"):
        return "data"
    return "queued" if QUEUED in says else word.lower()


def observed(app: ASGIApp, figures: Figures) -> ASGIApp:
    """The application with its requests counted by route, and their ids told in X-Request-ID."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500
        request_id = name_request(dict(scope["headers"]).get(b"x-request-id"))

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (b"x-request-id", request_id.encode())]}
            await send(message)

        try:
            await app(scope, receive, noting)
        finally:
            route, method = getattr(scope.get("route"), "path", OTHER), scope["method"] if scope["method"] in METHODS else OTHER
            figures.add(HTTP_REQUESTS, method, route, str(status))
            figures.observe(HTTP_SECONDS, time.perf_counter() - began, method, route)

    return answer


def traced(app: ASGIApp, tracing: "Tracing") -> ASGIApp:
    """The application with a span for each request."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with tracing.request(scope["method"], scope["path"], headers) as span:
            await app(scope, receive, send)
            function = scope.get("leadmill.function")
            if function is not None:
                span.update_name(function)

    return answer
