"""ccc_lead_info: the lead of a call of the last ten hours, asked for by another cluster of the call centre.

Two statements: the call, its lead. Source: spec ccc_lead_info.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, case, select

from db.tables.leads import vicidial_list
from db.tables.logs import vicidial_dial_log, vicidial_log_extended
from dialer.call_ids import call_type
from dialer.restrictions import of_lists
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Moment, Permission, Question, Read
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("ccc_lead_info USER DOES NOT HAVE PERMISSION TO GET LEAD INFO: |{user}|0|", data="0")
INVALID = error("ccc_lead_info INVALID SEARCH PARAMETERS: {user}|{call_id}", data="{user}|{call_id}")
CALL_NOT_FOUND = error("ccc_lead_info CALL NOT FOUND: {user}|{agent_user}", data="{user}|{agent_user}")
LEAD_NOT_FOUND = error("ccc_lead_info LEAD NOT FOUND: {user}|{agent_user}", data="{user}|{agent_user}")
LIST_NOT_ALLOWED = error("ccc_lead_info LEAD NOT FOUND: |{user}|1|", data="1")
FOUND = listing("ccc_lead_info {rows}", data="{user}|{call_id}|{stage}")

RECENT = timedelta(hours=10)
_COLUMNS = (
    "status user vendor_lead_code source_id list_id gmt_offset_now phone_code phone_number title first_name middle_initial last_name "
    "address1 address2 address3 city state province postal_code country_code gender date_of_birth alt_phone email security_phrase "
    "comments called_count last_local_call_time rank owner"
)
COLUMNS = tuple(_COLUMNS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of ccc_lead_info."""

    call_id: str = ""
    header: str = ""
    stage: str = ""
    agent_user: str = ""


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """One line, below the names of its columns where asked for; with the stage newline one value a line."""
    if call_type(request.call_id) is None:
        return reply(INVALID(user=caller.user, call_id=request.call_id))
    calls = _calls(request.call_id, question.moment, connection)
    if not calls:
        return reply(CALL_NOT_FOUND(user=caller.user, agent_user=request.agent_user))
    leads = vicidial_list.c
    allowed = case((of_lists(caller, leads.list_id), 1), else_=0).label("allowed")
    wanted = select(allowed, *(leads[name] for name in COLUMNS)).where(leads.lead_id == calls[0])
    lead = connection.execute(wanted).first()
    if lead is None:
        return reply(LEAD_NOT_FOUND(user=caller.user, agent_user=request.agent_user))
    if not lead.allowed:
        return reply(LIST_NOT_ALLOWED(user=caller.user))
    shape = delimited(request.stage, newline=True)
    found = FoundRows(COLUMNS, [lead[1:]])
    rows = shape.rows(found.rows, COLUMNS if request.header == HEADER else ())
    return reply(FOUND(rows=rows, user=caller.user, call_id=request.call_id, stage=shape.stage), found=found)


def _calls(call_id: str, moment: Moment, connection: Connection) -> list[int | None]:
    """Lead ids of the recent calls with this id: one or none."""
    log = (vicidial_dial_log if call_id.startswith("DC") else vicidial_log_extended).c
    since = (moment.now - RECENT).strftime("%Y-%m-%d %H:%M:%S")
    wanted = select(log.lead_id).where(log.caller_code == call_id, log.call_date > since)
    return list(connection.scalars(wanted.limit(1)))


FUNCTION = Read(
    name="ccc_lead_info",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    single=True,
    statuses={INVALID: 422, CALL_NOT_FOUND: 404, LEAD_NOT_FOUND: 404, LIST_NOT_ALLOWED: 404},
    text_only=("agent_user",),
)
