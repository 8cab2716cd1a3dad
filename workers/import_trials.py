"""A chunk of a dry run: every check, nothing stored but the report, and what later rows may be duplicates of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, select

from db.engine import writing
from db.tables.leads import vicidial_list
from db.tables.own import leadmill_tried_leads
from db.types import held
from dialer.clock import moment
from dialer.duplicates import AT_ONCE, Duplicates
from dialer.import_jobs import ChunkState, utc_text
from dialer.import_rows import import_rows
from dialer.leads import NewLead
from dialer.lists import list_number
from protocol.chunks import UPDATE, Chunk
from protocol.functions import LATER, Caller, Decision, filled
from protocol.import_codes import ADDED, CODES, UPDATED
from protocol.replies import LogEntry, Reply, Result, reply
from tasks import add_lead, import_lead, update_lead
from tasks.import_lead import updated_lead
from tasks.lead_facts import LeadFacts, Meanwhile
from workers.import_ledger import finish_chunk
from workers.import_outcomes import outcomes_of

tried = leadmill_tried_leads.c
KEYS = ("phone_number", "title", "alt_phone", "first_name", "last_name")
"""What duplicate checks compare."""


def try_chunk(engine: Engine, chunk: Chunk, zone: ZoneInfo | None) -> None:
    """Decide what would become of the rows of a chunk, and report that. Raises AlreadyDone if another delivery did."""
    rows = import_rows(chunk)
    function = import_lead.FUNCTION if chunk.handling.on_duplicate == UPDATE else add_lead.FUNCTION
    requests = [filled(function.request, parameters, raw) for parameters, raw in zip(rows.parameters, rows.raw, strict=True)]
    with writing(engine) as connection:
        at = moment(zone)
        facts = function.load(requests, [chunk.caller] * len(requests), at, connection)
        _accept_earlier(facts.duplicates, requests, chunk.job_id, connection)
        decisions = [_decided(request, chunk.caller, facts, function.decide) for request in requests]
        if facts.duplicates.stored:
            _note(chunk, [(n, d.work) for n, d in enumerate(decisions) if isinstance(d.work, NewLead)], connection)
        finish_chunk(connection, chunk, outcomes_of(chunk, rows, list(map(_told, decisions))), ChunkState.DONE)


def _decided(request: Any, caller: Caller, facts: LeadFacts, decide: Any) -> Decision:
    # What would have to wait for an earlier row to be stored waits for ever here; so each row comes first.
    decision: Decision = decide(request, caller, replace(facts, meanwhile=Meanwhile()))
    return decision


def _told(decision: Decision) -> Reply:
    """The reply; one that tells of something done says that it would be."""
    if decision is LATER or updated_lead(decision):  # of a duplicate in the file itself there is no lead yet
        return _would(UPDATED, updated_lead(decision), update_lead.UPDATED.reason)
    if isinstance(decision.work, NewLead):
        return _would(ADDED, 0, add_lead.ADDED.reason)
    return reply(*decision.said)


def _would(code: str, lead_id: int, reason: str) -> Reply:
    return Reply(CODES[code].says, (LogEntry(Result.SUCCESS, reason, ""),), lead_id)


def _accept_earlier(duplicates: Duplicates, requests: Sequence[Any], job_id: str, connection: Connection) -> None:
    """Let the checks see what earlier chunks of the same dry run would have added."""
    if not duplicates.stored:
        return
    seen: set[tuple[int, int]] = set()
    query = select(tried.number, tried.position, tried.list_id, *(tried[name] for name in KEYS)).where(tried.job_id == job_id)
    for column in (tried.phone_number, tried.alt_phone):
        values = sorted({value for request in requests if (value := getattr(request, column.name))})
        for start in range(0, len(values), AT_ONCE):
            for row in connection.execute(query.where(column.in_(values[start : start + AT_ONCE]))).mappings():
                if (place := (row["number"], row["position"])) not in seen:
                    seen.add(place)
                    lead: Any = dict(row)
                    duplicates.accept(lead, NewLead(lead, {}), row["list_id"])


def _note(chunk: Chunk, leads: Sequence[tuple[int, NewLead]], connection: Connection) -> None:
    mine = {"job_id": chunk.job_id, "number": chunk.number, "created": utc_text()}
    rows = [
        {
            **mine,
            "position": position,
            "list_id": list_number(lead.row["list_id"]),
            **{name: held(vicidial_list.c[name], lead.row[name]) for name in KEYS},
        }
        for position, lead in leads
    ]
    if rows:
        connection.execute(insert(leadmill_tried_leads), rows)
