"""lead_status_search: all fields of the leads that had a call with some status on some day, or of one lead.

Three statements: outbound calls, inbound calls, the leads. Custom fields cost two more, and one for each list,
on SQLite two.
Source: spec lead_status_search.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, select

from db.compared import alike
from db.custom_tables import custom_columns
from db.tables.leads import vicidial_list
from db.tables.logs import vicidial_closer_log, vicidial_log
from dialer.collation import whole_number
from dialer.custom_values import crossed_out, load_custom_values, load_hidden_fields
from dialer.lists import list_number
from dialer.periods import bound
from dialer.restrictions import of_campaigns, of_lists
from protocol.functions import Caller, Permission, Question, Read
from protocol.parameters import size
from protocol.replies import FoundRows, Reply, error, listing, plain, reply

NOT_PERMITTED = error("lead_status_search USER DOES NOT HAVE PERMISSION TO GET LEAD INFO: |{user}|0|", data="0")
INVALID = error("lead_status_search INVALID SEARCH PARAMETERS: {user}|{status}|{date}|{lead_id}", data="{user}|{status}|{date}|{lead_id}")
NOTHING = error("lead_status_search NO RESULTS FOUND: {user}|{lead_id}|{status}|", data="{user}|{lead_id}|{status}|")
FOUND = listing("lead_status_search {rows}", data="{user}|{lead_id}|{stage}")
RECORD = plain(";---------- START OF RECORD {number} ----------")
VALUE = plain("{name} => {value}")

DATE_LENGTH = 10
SHORTEST_LIST_ID = 2
LOWEST_ENTRY_LIST = 100
MOST_LEADS = 1000
_COLUMNS = (
    "lead_id status user vendor_lead_code source_id list_id gmt_offset_now phone_code phone_number title first_name middle_initial "
    "last_name address1 address2 address3 city state province postal_code country_code gender date_of_birth alt_phone email "
    "security_phrase comments called_count last_local_call_time rank owner entry_list_id"
)
COLUMNS = tuple(_COLUMNS.split())
CUSTOM = "custom_values"

Lead = Row[*tuple[Any, ...]]
Values = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of lead_status_search; `list_id` is the list whose custom fields are meant, if not each lead's own."""

    status: str = ""
    date: str = ""
    lead_id: str = ""
    custom_fields: str = ""
    list_id: str = ""
    stage: str = ""


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """Each lead under a line with its number; one line a field."""
    named = {"user": caller.user, "status": request.status, "lead_id": request.lead_id}
    if not _by_status(request) and not request.lead_id:
        return reply(INVALID(date=request.date, **named))
    leads = _load_leads(_called(request, caller, connection), caller, connection)
    if not leads:
        return reply(NOTHING(**named))
    custom = _load_custom(request, leads, caller, question, connection) if request.custom_fields == "Y" else {}
    found = FoundRows((*COLUMNS, CUSTOM), [(*lead, dict(custom.get(lead.lead_id, []))) for lead in leads])
    text = "".join([_text(number, lead, custom.get(lead.lead_id, [])) for number, lead in enumerate(leads, 1)])
    return reply(FOUND(rows=text, user=caller.user, lead_id=request.lead_id, stage=request.stage), found=found)


def _text(number: int, lead: Lead, custom: Values) -> str:
    standard = [(name, "" if value is None else str(value)) for name, value in zip(COLUMNS, lead, strict=True)]
    shown = standard + [(name, _in_one_line(value)) for name, value in custom]
    return RECORD(number=number).text + "".join([VALUE(name=name, value=value).text for name, value in shown])


def _by_status(request: Request) -> bool:
    return request.status != "" and size(request.date) == DATE_LENGTH


def _called(request: Request, caller: Caller, connection: Connection) -> list[int]:
    """Ids of the leads that had such a call: outbound, then inbound ones, the newest call first."""
    outbound = _newest(request, vicidial_log, of_campaigns(caller, vicidial_log.c.campaign_id), connection)
    return outbound + _newest(request, vicidial_closer_log, vicidial_closer_log.c.lead_id.not_in(outbound), connection)


def _newest(request: Request, log: Table, condition: ColumnElement[bool], connection: Connection) -> list[int]:
    newest = func.max(log.c.call_date)
    wanted = select(log.c.lead_id).where(condition).group_by(log.c.lead_id).order_by(newest.desc(), log.c.lead_id)
    if not _by_status(request):
        return list(connection.scalars(wanted.where(log.c.lead_id == whole_number(request.lead_id))))
    first, last = bound(request.date, "00:00:00"), bound(request.date, "23:59:59")
    wanted = wanted.where(log.c.status.in_(alike(request.status)), log.c.call_date.between(first, last))
    return list(connection.scalars(wanted.limit(MOST_LEADS)))


def _load_leads(lead_ids: Sequence[int], caller: Caller, connection: Connection) -> list[Lead]:
    """The leads that are still there and that the caller may see, in the order of their ids here."""
    if not lead_ids:
        return []
    table = vicidial_list.c
    wanted = select(*(table[name] for name in COLUMNS)).where(table.lead_id.in_(lead_ids), of_lists(caller, table.list_id))
    found = {lead.lead_id: lead for lead in connection.execute(wanted)}
    return [found[lead_id] for lead_id in lead_ids if lead_id in found]


def _load_custom(request: Request, leads: Sequence[Lead], caller: Caller, question: Question, connection: Connection) -> dict[int, Values]:
    """Custom fields by lead id, in the order of the table's columns."""
    lists: dict[str, list[int]] = {}
    for lead in leads:
        lists.setdefault(_list_of(lead, request), []).append(lead.lead_id)
    columns = custom_columns(connection, sorted(lists))
    hidden = load_hidden_fields(sorted(columns), caller, question.settings, connection)
    found: dict[int, Values] = {}
    for list_id, names in columns.items():
        shown = [name for name in names if name.lower() != "lead_id"]
        hides = [(list_number(list_id), name.lower()) in hidden for name in shown]
        for lead_id, values in load_custom_values(list_id, shown, lists[list_id], connection).items():
            found[lead_id] = [(name, crossed_out(value) if hide else value) for name, value, hide in zip(shown, values, hides, strict=True)]
    return found


def _list_of(lead: Lead, request: Request) -> str:
    if size(request.list_id) >= SHORTEST_LIST_ID:
        return request.list_id
    return str(lead.entry_list_id if lead.entry_list_id >= LOWEST_ENTRY_LIST else lead.list_id)


def _in_one_line(value: str) -> str:
    return value.replace("\t", " -- ").replace("\r\n", "!N").replace("\n", "!N")


FUNCTION = Read(
    name="lead_status_search",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "modify_leads"), refusal=NOT_PERMITTED),
    answer=answer,
    slow=True,
    columns=(*COLUMNS, CUSTOM),
    statuses={INVALID: 422, NOTHING: 200},
)
