"""Requests that could not be done: kept as dead letters until the operator has them done again or drops them.

A retry goes through the queue as a batch of its own, whose id is made of the letter's: however often its message comes,
the ledger lets it have its effect once. If it fails again, that is a new letter; nothing is ever retried by itself.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import DBAPIError

from db.tables.own import leadmill_dead_letters, leadmill_ledger
from protocol.messages import LogContext, QueuedRequest, caller_packed, caller_unpacked, replies_unpacked
from protocol.parameters import PASSWORDS

SOURCE = "dead-letter"
"""What the API log names as the source of a retried request that came from an import."""
LONGEST_ERROR = 4000
MOST = 1000

_letters = leadmill_dead_letters.c


class LetterState(StrEnum):
    """What became of a dead letter."""

    WAITING = "waiting"
    RETRIED = "retried"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One request that could not be done. `failed` is in universal time; `kept` is the request without its passwords."""

    id: int
    job_id: str
    function: str
    user: str
    failed: str
    state: LetterState
    error: str
    kept: Mapping[str, Any]

    @property
    def batch_id(self) -> str:
        """The batch in which a retry is done."""
        return f"dead-letter-{self.id}"

    @property
    def left_out(self) -> Sequence[str]:
        """Passwords that the request had; without them it cannot be done again."""
        return [str(name) for name in self.kept["left_out"]]

    @property
    def request(self) -> QueuedRequest:
        """The request, to be done again now."""
        kept = self.kept
        caller = caller_unpacked(kept["caller"])
        log = replace(LogContext(**kept["log"]), began=time.time())
        if not log.function:
            log = replace(log, user=caller.user, function=self.function, source=SOURCE)
        return QueuedRequest(function=self.function, caller=caller, parameters=kept["parameters"], raw=kept["raw"], log=log)


def bury(connection: Connection, batch_id: str, position: int, request: QueuedRequest, error: Exception) -> None:
    """Write a dead letter; passwords are left out of it."""
    kept = {
        "caller": caller_packed(request.caller),
        "parameters": {n: v for n, v in request.parameters.items() if n not in PASSWORDS},
        "raw": {n: v for n, v in request.raw.items() if n not in PASSWORDS},
        "left_out": sorted(n for n in PASSWORDS if request.parameters.get(n)),
        "log": asdict(request.log),
    }
    # What SQLAlchemy adds to an error is the statement: long, and of no use to whoever reads a letter.
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    connection.execute(
        insert(leadmill_dead_letters),
        {
            "batch_id": batch_id,
            "position": position,
            "function": request.function,
            "user": request.caller.user,
            "request": orjson.dumps(kept).decode(),
            "error": f"{type(cause).__name__}: {cause}"[:LONGEST_ERROR],
            "failed": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "state": LetterState.WAITING,
        },
    )


def find_letters(connection: Connection, *, state: LetterState | None = None, ids: Sequence[int] = ()) -> list[DeadLetter]:
    """Letters of a state, or those of the ids, newest first; MOST at most."""
    query = select(leadmill_dead_letters).order_by(_letters.id.desc()).limit(MOST)
    if state is not None:
        query = query.where(_letters.state == state)
    if ids:
        query = query.where(_letters.id.in_(ids))
    return [_letter(row) for row in connection.execute(query).mappings()]


def mark(connection: Connection, letter: DeadLetter, state: LetterState) -> bool:
    """Note what becomes of a letter that waits; False where somebody else was first."""
    waiting = (_letters.id == letter.id, _letters.state == LetterState.WAITING)
    return connection.execute(update(leadmill_dead_letters).where(*waiting), {"state": state}).rowcount == 1


def reply_of(connection: Connection, letter: DeadLetter) -> str:
    """What its retry was answered; "" while it is not done."""
    mine = (leadmill_ledger.c.batch_id == letter.batch_id, leadmill_ledger.c.state == "done")
    replies = connection.scalar(select(leadmill_ledger.c.replies).where(*mine))
    return "" if replies is None else "".join(reply.text for reply in replies_unpacked(replies))


def _letter(row: RowMapping) -> DeadLetter:
    return DeadLetter(
        id=row["id"],
        job_id=f"{row['batch_id']}-{row['position']}",
        function=row["function"],
        user=row["user"],
        failed=str(row["failed"]),
        state=LetterState(row["state"]),
        error=row["error"],
        kept=orjson.loads(row["request"]),
    )
