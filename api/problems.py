"""Problem documents (RFC 9457): how the /v1 API says what went wrong. `code` is stable; title and detail are for people."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.database import DatabaseUnavailable
from api.publishing import QueueFull, QueueUnavailable

SOON = {"Retry-After": "1"}
UNPARSED = 400
"""What FastAPI answers to a body that is no text; one that is no JSON gets 422, as any that does not fit."""


PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "What is wrong, for people"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "What is wrong, stable"},
    },
}
"""How the API's description tells of a problem document."""


class Problem(Exception):
    """Ends a /v1 request with a problem document."""

    def __init__(self, status: int, code: str, title: str, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(code)
        self.status, self.headers = status, dict(headers or {})
        self.document = {"type": "about:blank", "title": title, "status": status, "code": code, **more}


class ProblemResponse(JSONResponse):
    """JSON with the media type of a problem document."""

    media_type = "application/problem+json"


def answer_problems(app: FastAPI) -> None:
    """Make the app answer every refusal with a problem document."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(QueueFull, _queue_full)
    app.add_exception_handler(QueueUnavailable, _queue_unavailable)
    app.add_exception_handler(DatabaseUnavailable, _database_unavailable)


async def _problem(_: Request, problem: Exception) -> ProblemResponse:
    assert isinstance(problem, Problem)
    return ProblemResponse(problem.document, problem.status, problem.headers)


async def _http(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == UNPARSED:
        return await _problem(request, Problem(422, "invalid-request", "The body is no JSON in UTF-8"))
    code = error.detail.lower().replace(" ", "-")
    return await _problem(request, Problem(error.status_code, code, error.detail, headers=error.headers))


async def _invalid(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    errors = [{"at": ".".join(map(str, e["loc"])), "says": e["msg"]} for e in error.errors()]
    return await _problem(request, Problem(422, "invalid-request", "The request does not fit its description", errors=errors))


async def _queue_unavailable(request: Request, _: Exception) -> ProblemResponse:
    title = "The queue cannot be reached; nothing was done"
    return await _problem(request, Problem(503, "queue-unavailable", title, headers=SOON))


async def _queue_full(request: Request, _: Exception) -> ProblemResponse:
    title = "Too many requests are waiting; nothing was done"
    return await _problem(request, Problem(503, "queue-full", title, headers={"Retry-After": "5"}))


async def _database_unavailable(request: Request, _: Exception) -> ProblemResponse:
    title = "The dialer's database cannot be reached; nothing was done"
    return await _problem(request, Problem(503, "database-unavailable", title, headers=SOON))
