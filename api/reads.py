"""/v1/functions: the reads of the legacy API as CSV, JSON or NDJSON, one path each."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from os import SEEK_END
from typing import BinaryIO

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from api.authentication import Authentication, SignedIn
from api.dispatch import Dispatch, log_context
from api.functions import READS
from api.legacy import PIECE, incoming
from api.problems import Problem
from api.read_answers import Written, problem
from api.read_descriptions import SOURCE, described, offered
from protocol.formats import NAMES, format_of
from protocol.functions import Caller, Read, filled
from protocol.parameters import cleaned, decoded
from protocol.replies import Reply

PREFIX = "/v1/functions"
OWN = ("format", "source")


def routes() -> APIRouter:
    """A path for every read."""
    router = APIRouter(prefix=PREFIX, tags=["functions"])
    for function in READS.values():
        router.add_api_route(
            f"/{function.name}", _endpoint(function), methods=["GET"], response_class=Response, name=function.name, **described(function)
        )
    return router


def _endpoint(function: Read) -> Callable[..., object]:
    async def endpoint(request: Request, caller: SignedIn) -> Response:
        asked = decoded(request.scope["query_string"])
        form = asked.pop("format", NAMES[0])
        check(function, asked, form)
        said = await _answer(function, request, caller, asked, form)
        refused = problem(function, said)
        if refused is not None:
            raise refused
        return _response(said)

    return endpoint


def check(function: Read, asked: Mapping[str, str], form: str) -> None:
    """Raises Problem for a parameter that the function does not have: misspelled, it would ask for something else."""
    if form not in NAMES:
        raise Problem(422, "unknown-format", f"The format is one of {', '.join(NAMES)}")
    unknown = sorted(asked.keys() - {*offered(function), *OWN})
    if unknown:
        raise Problem(422, "unknown-parameter", "The function has no such parameter", parameters=unknown)


async def _answer(function: Read, request: Request, caller: Caller, asked: Mapping[str, str], form: str) -> Reply:
    """What the legacy endpoint would answer, in the format asked for."""
    authentication: Authentication = request.app.state.authentication
    dispatch: Dispatch = request.app.state.dispatch
    sent = incoming(request.scope, dict(request.scope["headers"]), {}, time.time())
    system = await authentication.system()
    parameters = cleaned({"source": SOURCE, **asked}, non_latin=system["use_non_latin"] == "1")
    # The log names the user in full: what Basic sends is not cleaned.
    context = replace(log_context(sent, parameters), user=caller.user, function=function.name)
    wanted = filled(function.request, {**parameters, **function.fixed}, asked)
    return await dispatch.read(
        function, wanted, caller, dispatch.question(sent, system), context, Written(format_of(form, single=function.single))
    )


def _response(said: Reply) -> Response:
    if said.body is None:
        return Response(said.text, headers=dict(said.headers))
    length = said.body.seek(0, SEEK_END)
    return StreamingResponse(_pieces(said.body), headers={**said.headers, "Content-Length": str(length)})


async def _pieces(body: BinaryIO) -> AsyncIterator[bytes]:
    with body:
        body.seek(0)
        while piece := await asyncio.to_thread(body.read, PIECE):
            yield piece
