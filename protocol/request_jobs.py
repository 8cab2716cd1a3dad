"""Some requests of a job of requests, as the database keeps them until they are run: those to be done, and those refused at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocol.messages import QueuedRequest, packed, reply_packed, reply_unpacked, unpacked
from protocol.replies import Reply

COLUMNS = (("function", "", ""),)
"""What a job of requests has where an import has the columns of its file: the cells of an outcome are the function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsChunk:
    """Consecutive requests of a job. `first` counts from 1; `functions` has the name that each request gave.

    `requests` are those to be done, `refused` the replies of the others, by their place among `functions`.
    """

    first: int
    functions: Sequence[str]
    requests: Sequence[QueuedRequest]
    refused: Mapping[int, Reply]

    def woven(self, replies: Sequence[Reply]) -> list[Reply]:
        """One reply for each request, in their order; `replies` are those of the requests that were done."""
        done = iter(replies)
        return [self.refused.get(place) or next(done) for place in range(len(self.functions))]


def requests_packed(chunk: RequestsChunk) -> dict[str, Any]:
    """The chunk as JSON."""
    refused = [[place, reply_packed(said)] for place, said in chunk.refused.items()]
    return {"first": chunk.first, "functions": chunk.functions, "batch": packed(chunk.requests), "refused": refused}


def requests_unpacked(value: Mapping[str, Any]) -> RequestsChunk:
    """The chunk of such JSON."""
    refused = {place: reply_unpacked(said) for place, said in value["refused"]}
    requests = unpacked(value["batch"])
    return RequestsChunk(first=value["first"], functions=value["functions"], requests=requests, refused=refused)
