"""What travels through the queue: a batch of requests in one message, and its replies.

Everything is JSON-able; a caller that sent several requests of a batch stands in it once.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from protocol.functions import Caller
from protocol.records import record
from protocol.replies import LogEntry, Reply

QUEUES = ("requests", "imports", "maintenance")
QUORUM = {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}
"""Arguments of the queues of an AMQP broker, the same for all who declare them. RabbitMQ 4 would drop a message after 20
deliveries, which an outage of the database can reach; what ends workers is found elsewhere (workers/deliveries.py)."""
JSON = "leadmill-json"
"""Name of the serializer of messages and results: JSON, by orjson."""
JSON_TYPE = "application/x-leadmill-json"
REQUESTS_TASK = "leadmill.requests"
CHUNK_TASK = "leadmill.chunk"
TURN_TASK = "leadmill.turn"
SENT_KEY = "leadmill:sent:"
"""Redis hashes of this and a queue's name: every message that is not done yet, by its id, as it stands in the queue."""
SENT_AT_KEY = "leadmill:sent-at:"
"""Redis sorted sets beside them: the same ids by the epoch second at which they were sent."""
COPIED = "copied"
"""Header of a message that has such a copy."""
WORKERS_KEY = "leadmill:workers:"
"""Redis keys of this and a queue's name: sorted sets of its worker processes by the epoch second of their last sign of life."""
WORKER_LIVES = 7
"""Seconds that a sign of life is good for: a worker that missed three is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogContext:
    """What the API log keeps of a request beside its answer: columns of vicidial_api_log and vicidial_api_urls.

    `site` is the server name, `address` the URL up to its `?`, `query` what follows it without passwords;
    `began` is the epoch second at which the request came in.
    """

    user: str = ""
    agent_user: str = ""
    function: str = ""
    source: str = ""
    client_ip: str = ""
    site: str = ""
    address: str = ""
    query: str = ""
    began: float = 0.0


@record(kw_only=True)
class QueuedRequest:
    """One write on its way to a worker: cleaned parameters, and the raw ones where custom fields need them."""

    function: str
    caller: Caller
    parameters: Mapping[str, str]
    raw: Mapping[str, str] = field(default_factory=dict)
    log: LogContext = LogContext()
    request_id: str = ""


def packed(requests: Sequence[QueuedRequest]) -> dict[str, Any]:
    """The batch as the message carries it."""
    callers: dict[Caller, int] = {}
    rows = []
    for request in requests:
        number = callers.setdefault(request.caller, len(callers))
        log = request.log
        rows.append(
            [
                request.function,
                number,
                request.parameters,
                request.raw,
                [log.user, log.agent_user, log.function, log.source, log.client_ip, log.site, log.address, log.query, log.began],
                request.request_id,
            ]
        )
    return {"callers": [caller_packed(c) for c in callers], "requests": rows}


def unpacked(batch: Mapping[str, Any]) -> list[QueuedRequest]:
    """The requests of a message, in the order of their arrival."""
    callers = [caller_unpacked(c) for c in batch["callers"]]
    names = LogContext.__slots__
    return [
        QueuedRequest(
            function=function,
            caller=callers[caller],
            parameters=parameters,
            raw=raw,
            log=LogContext(**dict(zip(names, log, strict=True))),
            request_id=request_id,
        )
        for function, caller, parameters, raw, log, request_id in batch["requests"]
    ]


def reply_packed(reply: Reply) -> list[Any]:
    """A reply as the ledger and the result carry it."""
    return [reply.text, [[e.result, e.reason, e.data] for e in reply.log], reply.lead_id]


def reply_unpacked(row: Sequence[Any]) -> Reply:
    """The reply that `reply_packed` made the row of."""
    return Reply(row[0], tuple(LogEntry(*entry) for entry in row[1]), row[2])


def turn_message(job_id: str, turn: int) -> tuple[str, dict[str, Any]]:
    """Id and argument of the message that has the next parked chunk of a job run."""
    return f"{job_id}-turn-{turn}", {"job": job_id, "turn": turn}


def compressed(value: Any) -> bytes:
    """JSON as one compressed value."""
    return zlib.compress(orjson.dumps(value), 1)


def uncompressed(value: bytes) -> Any:
    """What `compressed` made the value of."""
    return orjson.loads(zlib.decompress(value))


def replies_packed(replies: Sequence[Reply]) -> bytes:
    """Replies as one compressed value."""
    return compressed([reply_packed(r) for r in replies])


def replies_unpacked(value: bytes) -> list[Reply]:
    """The replies of such a value."""
    return [reply_unpacked(row) for row in uncompressed(value)]


@lru_cache(maxsize=1024)
def caller_packed(caller: Caller) -> dict[str, Any]:
    """A caller as a message carries it. The few of a dialer send all its requests, so each is packed once; do not change it."""
    return {**asdict(caller), "rights": sorted(caller.rights)}


def caller_unpacked(row: Mapping[str, Any]) -> Caller:
    """The caller of such a row."""
    lists = {name: None if row[name] is None else tuple(row[name]) for name in ("campaigns", "viewable_groups")}
    return Caller(**{**row, **lists, "rights": frozenset(row["rights"])})
