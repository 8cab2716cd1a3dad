"""callid_info: how long the customer of one call was talked to, and the call's details.

Three statements: the call, its log row, the agent's row. Source: spec callid_info.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from db.tables.logs import vicidial_agent_log, vicidial_closer_log, vicidial_log, vicidial_log_extended
from dialer.call_ids import CallType, call_type
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Permission, Question, Read
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("callid_info USER DOES NOT HAVE PERMISSION TO GET CALL INFO: |{user}|0|", data="0")
INVALID = error("callid_info INVALID SEARCH PARAMETERS: {user}|{call_id}", data="{user}|{call_id}")
CALL_NOT_FOUND = error("callid_info CALL NOT FOUND: {user}|{agent_user}", data="{user}|{agent_user}")
LOG_NOT_FOUND = error("callid_info CALL LOG NOT FOUND: {user}|{agent_user}", data="{user}|{agent_user}")
FOUND = listing("callid_info {rows}", data="{user}|{call_id}|{stage}")

BRIEF = ("call_id", "custtime")
DETAIL = (*BRIEF, "call_date", "phone", "call_type", "campaign_id", "list_id", "status", "user")

Found = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of callid_info."""

    call_id: str = ""
    detail: str = ""
    header: str = ""
    stage: str = ""
    agent_user: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Reply:
    """One line, below the names of its columns where asked for."""
    kind = call_type(request.call_id)
    if kind is None:
        return reply(INVALID(user=caller.user, call_id=request.call_id))
    call = _call(request.call_id, connection)
    if call is None:
        return reply(CALL_NOT_FOUND(user=caller.user, agent_user=request.agent_user))
    logged = _logged(call, kind, connection)
    if logged is None:
        return reply(LOG_NOT_FOUND(user=caller.user, agent_user=request.agent_user))
    seconds = _talk_seconds(call, logged, connection)
    details = (call.call_date, logged.phone_number, kind, logged.campaign_id, logged.list_id, logged.status, logged.user)
    columns = DETAIL if request.detail == "YES" else BRIEF
    shape = delimited(request.stage)
    found = FoundRows(columns, [(request.call_id, seconds, *details)[: len(columns)]])
    rows = shape.rows(found.rows, columns if request.header == HEADER else ())
    return reply(FOUND(rows=rows, user=caller.user, call_id=request.call_id, stage=shape.stage), found=found)


def _call(call_id: str, connection: Connection) -> Found | None:
    calls = vicidial_log_extended.c
    wanted = select(calls.uniqueid, calls.call_date, calls.lead_id).where(calls.caller_code == call_id)
    return connection.execute(wanted.limit(1)).first()


def _logged(call: Found, kind: CallType, connection: Connection) -> Found | None:
    if call.lead_id is None:
        return None
    log = (vicidial_closer_log if kind is CallType.INBOUND else vicidial_log).c
    wanted = select(log.phone_number, log.user, log.status, log.list_id, log.campaign_id)
    wanted = wanted.where(log.uniqueid == call.uniqueid, log.lead_id == call.lead_id)
    if kind is CallType.INBOUND:  # one call may have come to several in-groups, each with a row
        wanted = wanted.where(log.call_date == call.call_date)
    return connection.execute(wanted.limit(1)).first()


def _talk_seconds(call: Found, logged: Found, connection: Connection) -> int:
    """Seconds talked without those after the customer had gone; less than 0 where the dialer counted so."""
    agents = vicidial_agent_log.c
    wanted = select(agents.talk_sec, agents.dead_sec).where(
        agents.uniqueid == call.uniqueid, agents.lead_id == call.lead_id, agents.user == (logged.user or "")
    )
    found = connection.execute(wanted.order_by(agents.agent_log_id).limit(1)).first()
    return (found.talk_sec or 0) - (found.dead_sec or 0) if found else 0


FUNCTION = Read(
    name="callid_info",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=DETAIL,
    single=True,
    statuses={INVALID: 422, CALL_NOT_FOUND: 404, LOG_NOT_FOUND: 404},
    text_only=("agent_user",),
)
