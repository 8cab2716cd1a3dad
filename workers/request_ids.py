"""Requests that their callers send again under the same `request_id`: done once, answered alike.

The row of an id is made before anything is decided, in the transaction of the effects. Whoever comes with the same id
meanwhile waits at its primary key for the end of that transaction, and then finds the reply in the ledger, or the place
free. Where tables know no ROLLBACK the row is committed first, with the `started` row of the ledger.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, and_, select

from db.rows import inserting_missing
from db.tables.own import leadmill_ledger, leadmill_request_ids, leadmill_sweeps
from protocol.messages import QueuedRequest, replies_unpacked
from protocol.replies import QUEUED, REQUEST_ID_REUSED, Reply, reply

NOT_COMPARED = ("user", "request_id", "async")
"""Parameters that may differ when a request is sent again."""

Row = Mapping[str, Any]

_ids, _ledger, _sweeps = leadmill_request_ids.c, leadmill_ledger.c, leadmill_sweeps.c
_WITH_REPLIES = (
    select(_ids.key, _ids.payload_hash, _ids.batch_id, _ids.position, _ledger.first, _ledger.replies)
    .add_columns(_sweeps.state.label("sweep"), _sweeps.reply.label("swept"))
    .outerjoin_from(leadmill_request_ids, leadmill_ledger, and_(_ledger.batch_id == _ids.batch_id, _ledger.first <= _ids.position))
    .outerjoin(leadmill_sweeps, and_(_sweeps.batch_id == _ids.batch_id, _sweeps.position == _ids.position))
)


@dataclass(frozen=True, slots=True)
class Repeats:
    """Which requests of a part are not to be done: their replies, or the place of the one in the same part that they repeat."""

    batch_id: str
    first: int
    requests: Sequence[QueuedRequest]
    known: Mapping[int, Reply | int]

    @property
    def others(self) -> list[QueuedRequest]:
        """The requests that are to be done."""
        return [r for n, r in enumerate(self.requests) if n not in self.known] if self.known else list(self.requests)

    def woven(self, replies: Sequence[Reply]) -> list[Reply]:
        """A reply for every request, out of those to the others."""
        if not self.known:
            return list(replies)
        rest, whole = iter(replies), list[Reply]()
        for n in range(len(self.requests)):
            known = self.known.get(n)
            whole.append(next(rest) if known is None else self._again(whole[known], known) if isinstance(known, int) else known)
        return whole

    def _again(self, said: Reply, place: int) -> Reply:
        if said.sweep is not None:
            return under_way(self.requests[place], f"{self.batch_id}-{self.first + place}")
        return Reply(said.text, lead_id=said.lead_id)


def take_ids(connection: Connection, batch_id: str, first: int, requests: Sequence[QueuedRequest]) -> Repeats:
    """Take the request ids of a part for this batch; those taken before are repeats. Two statements, none where no id was sent."""
    wanted = {n: _key(r) for n, r in enumerate(requests) if r.request_id}
    if not wanted:
        return Repeats(batch_id, first, requests, {})
    hashes = {n: payload_hash(requests[n]) for n in wanted}
    firsts = {key: n for n, key in sorted(wanted.items(), reverse=True)}
    created = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    rows = [
        {"key": key, "payload_hash": hashes[n], "batch_id": batch_id, "position": first + n, "created": created}
        for key, n in sorted(firsts.items())  # in one order, so that two batches do not wait for each other
    ]
    connection.execute(inserting_missing(leadmill_request_ids), rows)
    taken = _taken(connection, list(firsts))
    known: dict[int, Reply | int] = {}
    for n, key in wanted.items():
        holder = taken[key][0]
        place = holder["position"] - first if holder["batch_id"] == batch_id else -1
        if holder["payload_hash"] != hashes[n]:
            known[n] = _reused(requests[n])
        elif 0 <= place < n:
            known[n] = place
        elif place != n:
            known[n] = _reply_of(taken[key]) or under_way(requests[n], f"{holder['batch_id']}-{holder['position']}")
    return Repeats(batch_id, first, requests, known)


def under_way(request: QueuedRequest, job_id: str) -> Reply:
    """What is said while the first request of an id is not done."""
    return reply(QUEUED(function=request.function, job_id=job_id, user=request.caller.user))


def payload_hash(request: QueuedRequest) -> str:
    """The same for the same request."""
    sent = [request.function, {n: v for n, v in request.parameters.items() if n not in NOT_COMPARED}, request.raw]
    return hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _key(request: QueuedRequest) -> str:
    return f"{request.caller.user.lower()} {request.request_id}"


def _taken(connection: Connection, keys: Sequence[str]) -> Mapping[str, list[Row]]:
    """Each id with the ledger's rows that may hold its reply: a batch that was halved has several."""
    taken: dict[str, list[Row]] = {}
    for found in connection.execute(_WITH_REPLIES.where(_ids.key.in_(keys))).mappings():
        taken.setdefault(found["key"], []).append(dict(found))
    return taken


def _reply_of(rows: Sequence[Row]) -> Reply | None:
    """The whole reply, once it is there."""
    sweep, swept = rows[0]["sweep"], rows[0]["swept"]
    if sweep is not None:
        return _plain(replies_unpacked(swept)[0]) if swept else None
    for row in rows:
        if row["replies"] and row["position"] - row["first"] < len(replies := replies_unpacked(row["replies"])):
            return _plain(replies[row["position"] - row["first"]])
    return None


def _plain(said: Reply) -> Reply:
    return Reply(said.text, lead_id=said.lead_id)  # the API log has it already


def _reused(request: QueuedRequest) -> Reply:
    said = REQUEST_ID_REUSED(function=request.function, request_id=request.request_id, user=request.caller.user)
    return reply(said)
