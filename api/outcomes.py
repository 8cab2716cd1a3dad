"""What Redis knows of queued requests: a note of each that may be asked for, and the stored result of its batch."""

from typing import Any

import orjson

from api.gathering import Ticket
from protocol.replies import OUTCOME_UNKNOWN, reply

RESULT_KEY = "celery-task-meta-"
"""Redis keys of this and a batch's id: its result, as Celery stores it."""
JOB_KEY = "leadmill:job:"
"""Redis keys of this and a job's id: whose it is, and which function."""


def note_of(ticket: Ticket) -> tuple[str, bytes]:
    """Key and value of the note of a request."""
    note = {"user": ticket.request.caller.user, "function": ticket.request.function, "submitted": ticket.request.log.began}
    return JOB_KEY + ticket.job_id, orjson.dumps(note)


def unknown(ticket: Ticket) -> str:
    """The reply to a request whose batch failed as a whole."""
    return reply(OUTCOME_UNKNOWN(function=ticket.request.function, job_id=ticket.job_id, user=ticket.request.caller.user)).text


def outcome(stored: bytes | str | None, position: int) -> dict[str, Any]:
    """State of the request at a position of a batch by the batch's result, and when it is done reply and finished."""
    if stored is None:
        return {"state": "queued"}
    meta = orjson.loads(stored)
    if meta["status"] == "SUCCESS" and position < len(meta["result"]):
        return {"state": "done", "reply": meta["result"][position], "finished": meta["date_done"]}
    if meta["status"] in ("SUCCESS", "FAILURE"):
        return {"state": "failed", "finished": meta["date_done"]}
    return {"state": "running"}
