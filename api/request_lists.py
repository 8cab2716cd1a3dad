"""A JSON array of legacy requests, as it is sent to /v1/requests: each is prepared or refused as the legacy endpoint would."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import orjson
from fastapi import Request

from api.dispatch import LIST_RESTRICTED, Incoming, log_context, no_function, queued, refused, unusable_id
from api.functions import OPEN, READS
from api.legacy import incoming
from api.problems import Problem
from api.read_descriptions import SOURCE
from protocol.functions import Caller
from protocol.messages import LogContext, QueuedRequest
from protocol.parameters import cleaned
from protocol.replies import NO_USER_GROUP, Reply, reply
from protocol.request_jobs import RequestsChunk
from tasks import WRITES

MOST = 10_000
BODY_LIMIT = 32 * 1024 * 1024
READING = frozenset({*OPEN, *READS, "job_status"})
FLAGS = {True: "Y", False: "N"}
SHOWN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One request of an array: either to be done, or refused with a reply; `context` is what the API log says of it."""

    function: str
    context: LogContext
    request: QueuedRequest | None = None
    refusal: Reply | None = None


async def body_of(request: Request) -> bytes:
    """The body. Raises Problem for one that is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_LIMIT:
            raise Problem(413, "too-large", f"The body has more than {BODY_LIMIT // 2**20} MB; send fewer requests at a time")
    return bytes(body)


def parameters_of(body: bytes) -> list[dict[str, str]]:
    """The parameters of each request of an array. Raises Problem."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(422, "unreadable-requests", f"The body is no JSON: {error}") from error
    if not isinstance(sent, list) or not sent:
        raise Problem(422, "unreadable-requests", 'The body must be an array of objects such as {"function": "update_lead", "lead_id": 7}')
    if len(sent) > MOST:
        raise Problem(422, "too-many-requests", f"There are {len(sent):,} requests; {MOST:,} are allowed at a time")
    return [_texts(item, position) for position, item in enumerate(sent, 1)]


def prepare(items: Sequence[Mapping[str, str]], request: Request, caller: Caller, *, non_latin: bool) -> list[Prepared]:
    """Each request with the caller's rights, refused where the legacy endpoint would refuse it at once."""
    sent = incoming(request.scope, dict(request.scope["headers"]), {}, time.time())
    return [_prepared({"source": SOURCE, **item, "user": caller.user}, sent, caller, non_latin=non_latin) for item in items]


def chunks_of(prepared: Sequence[Prepared], positions: Sequence[int], size: int) -> list[RequestsChunk]:
    """The requests, which have these positions, in chunks of this size."""
    starts = range(0, len(prepared), size)
    return [_chunk(positions[first : first + size], prepared[first : first + size]) for first in starts]


def sweeps(prepared: Sequence[Prepared]) -> bool:
    """Whether any of the requests may concern all leads of a list, and so belongs to the maintenance queue."""
    found = (p.request for p in prepared)
    return any(WRITES[r.function].queue_for(r.parameters) != "requests" for r in found if r is not None)


def functions_of(prepared: Sequence[Prepared]) -> dict[str, int]:
    """How many requests there are of each function."""
    return dict(Counter(p.function[:SHOWN] for p in prepared))


def _texts(item: object, position: int) -> dict[str, str]:
    if not isinstance(item, dict):
        raise _bad("unreadable-requests", position, "is no object")
    for name in ("user", "pass"):
        if name in item:
            raise _bad("signed-in-already", position, f"gives {name}, but all are done as the user who is signed in")
    texts = {name: _text(value, name, position) for name, value in item.items() if value is not None}
    function = texts.get("function", "")
    if function in READING:
        raise _bad("not-a-write", position, f"asks {function}, which only reads: ask it by itself")
    return texts


def _text(value: object, name: str, position: int) -> str:
    if isinstance(value, bool):
        return FLAGS[value]
    if isinstance(value, str | int | float):
        return str(value)
    raise _bad("unreadable-requests", position, f"gives {name[:SHOWN]} an object or array for its value")


def _bad(code: str, position: int, says: str) -> Problem:
    return Problem(422, code, f"Request {position} {says}", position=position)


def _prepared(raw: Mapping[str, str], sent: Incoming, caller: Caller, *, non_latin: bool) -> Prepared:
    parameters = cleaned(raw, non_latin=non_latin)
    sent = replace(sent, raw=raw, form=raw)
    context = replace(log_context(sent, parameters), user=caller.user)
    name = context.function
    function = WRITES.get(name)
    if function is None:
        return Prepared(function=raw.get("function", ""), context=context, refusal=no_function(parameters, sent))
    refusal = refused(function, None, caller, context) or unusable_id(function, caller, parameters, raw)
    if name in LIST_RESTRICTED and caller.restricted and not caller.group_exists:
        refusal = reply(NO_USER_GROUP(user=caller.user, user_group=caller.user_group))
    if refusal is not None:
        return Prepared(function=name, context=context, refusal=refusal)
    return Prepared(function=name, context=context, request=queued(function, caller, parameters, raw, context))


def _chunk(positions: Sequence[int], prepared: Sequence[Prepared]) -> RequestsChunk:
    return RequestsChunk(
        positions=positions,
        functions=[p.function[:SHOWN] for p in prepared],
        requests=[p.request for p in prepared if p.request is not None],
        refused={place: p.refusal for place, p in enumerate(prepared) if p.refusal is not None},
    )
