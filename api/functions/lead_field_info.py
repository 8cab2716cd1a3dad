"""lead_field_info: one field of one lead.

Its value alone. One statement; for a custom field at most three more, on SQLite four. Source: spec lead_field_info.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, case, literal, select

from db.custom_tables import custom_columns
from db.tables.leads import vicidial_list
from db.tables.lists import vicidial_lists
from dialer.collation import whole_number
from dialer.custom_values import crossed_out, load_custom_values, load_hidden_fields
from dialer.lists import list_number
from dialer.restrictions import of_campaigns
from protocol.functions import Caller, Permission, Question, Read
from protocol.parameters import size
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("lead_field_info USER DOES NOT HAVE PERMISSION TO GET LEAD INFO: |{user}|0|", data="0")
INVALID = error("lead_field_info INVALID SEARCH PARAMETERS: {user}|{lead_id}|{field_name}", data="{user}|{lead_id}|{field_name}")
LEAD_NOT_FOUND = error("lead_field_info LEAD NOT FOUND: {user}|{lead_id}", data="{user}|{lead_id}")
LIST_NOT_FOUND = error("lead_field_info LIST NOT FOUND: {user}|{lead_id}", data="{user}|{lead_id}")
FIELD_NOT_FOUND = error("lead_field_info LIST FIELD NOT FOUND: {user}|{lead_id}", data="{user}|{lead_id}")
FOUND = listing("lead_field_info {rows}", data="{user}|{lead_id}|{stage}")

LONGEST_ID = 11
SHORTEST_LIST_ID = 2
COLUMNS = ("lead_id", "field_name", "value")
LEAD_ID = "lead_id"
"""Every custom table has it beside the columns of its fields."""
FIELDS = {column.name.lower(): column for column in vicidial_list.c}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of lead_field_info; `list_id` is the list whose custom fields are meant, if not the lead's own."""

    lead_id: str = ""
    field_name: str = ""
    custom_fields: str = ""
    list_id: str = ""
    stage: str = ""


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """The value without a line end."""
    named = {"user": caller.user, "lead_id": request.lead_id}
    if not 1 <= size(request.lead_id) <= LONGEST_ID or not request.field_name:
        return reply(INVALID(field_name=request.field_name, **named))
    custom = request.custom_fields == "Y"
    column = None if custom else FIELDS.get(request.field_name.lower())
    leads, lists = vicidial_list.c, vicidial_lists.c
    listed = lists.list_id.is_not(None) & of_campaigns(caller, lists.campaign_id)
    wanted = (
        select(leads.entry_list_id, case((listed, 1), else_=0), literal(None) if column is None else column)
        .select_from(vicidial_list.outerjoin(vicidial_lists, lists.list_id == leads.list_id))
        .where(leads.lead_id == whole_number(request.lead_id))
    )
    lead = connection.execute(wanted).first()
    if lead is None:
        return reply(LEAD_NOT_FOUND(**named))
    entry_list_id, is_listed, stored = lead
    if not is_listed:
        return reply(LIST_NOT_FOUND(**named))
    value: str | None = "" if stored is None else str(stored)
    if custom:
        list_id = request.list_id if size(request.list_id) >= SHORTEST_LIST_ID else str(entry_list_id)
        value = _custom_value(list_id, request, caller, question, connection)
    if value is None or (column is None and not custom):
        return reply(FIELD_NOT_FOUND(**named))
    found = FoundRows(COLUMNS, [(request.lead_id, request.field_name, value)])
    return reply(FOUND(rows=value, stage=request.stage, **named), found=found)


def _custom_value(list_id: str, request: Request, caller: Caller, question: Question, connection: Connection) -> str | None:
    """The value in the list's own table; None without such a table, column or row."""
    label, lead_id = request.field_name.lower(), whole_number(request.lead_id)
    columns = custom_columns(connection, [list_id]).get(list_id)
    asked = [name for name in columns or () if name.lower() == label]
    if columns is None or not (asked or label == LEAD_ID):
        return None
    found = load_custom_values(list_id, asked, [lead_id], connection).get(lead_id)
    if found is None:
        return None
    value = found[0] if asked else str(lead_id)
    hidden = load_hidden_fields([list_id], caller, question.settings, connection)
    hides = "admin_hide_lead_data" in caller.rights or (list_number(list_id), label) in hidden
    return crossed_out(value) if hides else value


FUNCTION = Read(
    name="lead_field_info",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "modify_leads"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    single=True,
    statuses={INVALID: 422, LEAD_NOT_FOUND: 404, LIST_NOT_FOUND: 404, FIELD_NOT_FOUND: 404},
)
