"""Storing a job of requests: all of it in one transaction, so that it is there whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from api.importing import records
from api.importing.load import reused
from api.importing.webhooks import NewWebhook, store_webhook
from api.request_lists import Prepared, chunks_of, functions_of, sweeps
from db.rows import insert_rows
from db.tables.own import leadmill_chunks
from dialer.api_log import write_api_log
from dialer.clock import moment
from dialer.import_jobs import ChunkState, JobState, Kind, wake
from protocol.functions import Caller
from protocol.messages import compressed
from protocol.request_jobs import COLUMNS, requests_packed
from settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequests:
    """Requests that were sent, and what their sender knows them by; or those of the job `source` that are tried again."""

    caller: Caller
    prepared: Sequence[Prepared]
    positions: Sequence[int]
    webhook: NewWebhook | None
    key: str = ""
    payload_hash: str = ""
    source: str | None = None


def store_requests(connection: Connection, new: NewRequests, settings: Settings) -> tuple[str, int]:
    """Id of the job, and the turn to begin with; 0 if it was there before. Raises Problem, IntegrityError."""
    known = records.find_key(connection, new.caller.user, new.key) if new.key else None
    if known is not None:
        if known[1] != new.payload_hash:
            raise reused()
        return known[0], 0
    job_id = records.new_id()
    if new.key:
        records.claim_key(connection, new.caller.user, new.key, job_id)
        records.seal_key(connection, new.caller.user, new.key, new.payload_hash)
    queue = {"queue": "maintenance"} if sweeps(new.prepared) else {}
    more = {"kind": Kind.REQUESTS, "state": JobState.QUEUED, "sealed": 1, "recipe": queue, "source": new.source}
    options, count = functions_of(new.prepared), len(new.prepared)
    records.store_job(connection, job_id, new.caller, options=options, columns=COLUMNS, rows_received=count, **more)
    chunks = [
        {
            "job_id": job_id,
            "number": number,
            "first_line": chunk.positions[0],
            "rows": len(chunk.functions),
            "state": ChunkState.PARKED,
            "payload": compressed(requests_packed(chunk)),
        }
        for number, chunk in enumerate(chunks_of(new.prepared, new.positions, settings.batch_limit))
    ]
    store_webhook(connection, job_id, new.webhook)
    insert_rows(connection, leadmill_chunks, chunks)
    refused = [(p.context, p.refusal.log) for p in new.prepared if p.refusal is not None and p.refusal.log]
    if refused:
        write_api_log(connection, refused, moment(settings.zone))
    return job_id, wake(connection, job_id)
