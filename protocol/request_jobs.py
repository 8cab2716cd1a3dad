"""Some requests of a job of requests, as the database keeps them: until they are run, and those that failed for another try."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from protocol.chunks import RowOutcome
from protocol.import_codes import CODES, REQUEST_FAILED
from protocol.messages import QueuedRequest, packed, reply_packed, reply_unpacked, unpacked
from protocol.parameters import PASSWORDS
from protocol.replies import Reply

COLUMNS = (("function", "", ""),)
"""What a job of requests has where an import has the columns of its file: the first cell of an outcome is the function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsChunk:
    """Some requests of a job, in its order. `positions` are their places in the array, from 1; `functions` the names they gave.

    `requests` are those to be done, `refused` the replies of the others, by their place among `functions`.
    """

    positions: Sequence[int]
    functions: Sequence[str]
    requests: Sequence[QueuedRequest]
    refused: Mapping[int, Reply]

    def woven(self, replies: Sequence[Reply]) -> list[Reply]:
        """One reply for each request, in their order; `replies` are those of the requests that were done."""
        done = iter(replies)
        return [self.refused.get(place) or next(done) for place in range(len(self.functions))]

    def asked(self) -> list[QueuedRequest | None]:
        """The requests in their order; None for one that was refused."""
        asked = iter(self.requests)
        return [None if place in self.refused else next(asked) for place in range(len(self.functions))]


def requests_packed(chunk: RequestsChunk) -> dict[str, Any]:
    """The chunk as JSON."""
    refused = [[place, reply_packed(said)] for place, said in chunk.refused.items()]
    return {"positions": list(chunk.positions), "functions": chunk.functions, "batch": packed(chunk.requests), "refused": refused}


def requests_unpacked(value: Mapping[str, Any]) -> RequestsChunk:
    """The chunk of such JSON."""
    refused = {place: reply_unpacked(said) for place, said in value["refused"]}
    requests = unpacked(value["batch"])
    return RequestsChunk(positions=value["positions"], functions=value["functions"], requests=requests, refused=refused)


def cells_of(function: str, code: str, request: QueuedRequest | None) -> list[str]:
    """What the outcome of a request keeps of it: its function, and all of it where it may be tried again.

    Of one with a password nothing more is kept. The id of one that failed is left out: it would be answered as before.
    """
    if request is None or not CODES[code].retryable or any(request.parameters.get(name) for name in PASSWORDS):
        return [function]
    dropped = {*PASSWORDS, "user", *(("request_id",) if code == REQUEST_FAILED else ())}
    kept = {name: value for name, value in {**request.parameters, **request.raw}.items() if name not in dropped}
    return [function, orjson.dumps(kept).decode()]


def kept_requests(outcomes: Iterable[RowOutcome]) -> Iterator[tuple[int, dict[str, str]]]:
    """Position and parameters of the requests that may be tried again."""
    for row in outcomes:
        if CODES[row.code].retryable and row.cells and len(row.cells) > 1:
            yield row.line, orjson.loads(row.cells[1])
