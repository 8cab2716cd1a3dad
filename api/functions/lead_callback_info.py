"""lead_callback_info: the scheduled callbacks of a lead, current and archived.

One statement for each table searched. Source: spec lead_callback_info.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, case, select

from db.tables.leads import vicidial_callbacks, vicidial_callbacks_archive
from dialer.collation import whole_number
from dialer.restrictions import of_lists
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Permission, Question, Read
from protocol.parameters import size
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("lead_callback_info USER DOES NOT HAVE PERMISSION TO GET LEAD INFO: |{user}|0|", data="0")
INVALID = error("lead_callback_info INVALID SEARCH PARAMETERS: {user}|{lead_id}", data="{user}|{lead_id}")
LIST_NOT_ALLOWED = error("lead_callback_info LEAD NOT FOUND: |{user}|1|", data="1")
NOT_FOUND = error(
    "lead_callback_info CALLBACK NOT FOUND: {user}|{lead_id}|{stage}|{search_location}", data="{user}|{lead_id}|{stage}|{search_location}"
)
FOUND = listing("lead_callback_info {rows}", data="{user}|{lead_id}|{stage}|{search_location}")

LONGEST_ID = 11
HEADERS = (HEADER, "NO", "")
COLUMNS = (
    *("lead_id", "callback_type", "recipient", "callback_status", "lead_status", "callback_date", "entry_date", "user", "list_id"),
    *("campaign_id", "user_group", "customer_timezone", "customer_time", "comments"),
)
_STORED = (
    *("recipient", "status", "lead_status", "callback_time", "entry_time", "user", "list_id"),
    *("campaign_id", "user_group", "customer_timezone", "customer_time", "comments"),
)
_SEARCHED: dict[str, tuple[tuple[str, Table], ...]] = {
    "": (("CURRENT", vicidial_callbacks),),
    "CURRENT": (("CURRENT", vicidial_callbacks),),
    "ARCHIVE": (("ARCHIVE", vicidial_callbacks_archive),),
    "ALL": (("ARCHIVE", vicidial_callbacks_archive), ("CURRENT", vicidial_callbacks)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of lead_callback_info."""

    lead_id: str = ""
    search_location: str = ""
    header: str = ""
    stage: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Reply:
    """One line a callback, those of the archive first, each by callback_id."""
    user, lead_id = caller.user, request.lead_id
    if not 1 <= size(lead_id) <= LONGEST_ID:
        return reply(INVALID(user=user, lead_id=lead_id))
    shape = delimited(request.stage, newline=True)
    named = {"user": user, "lead_id": lead_id, "stage": shape.stage, "search_location": request.search_location}
    found = [
        (place, callback)
        for place, table in _SEARCHED.get(request.search_location, ())
        for callback in _callbacks(table, lead_id, caller, connection)
    ]
    if not all(callback.allowed for _, callback in found):
        return reply(LIST_NOT_ALLOWED(user=user))
    # any other value of header loses the answer (spec lead_callback_info)
    if not found or request.header not in HEADERS:
        return reply(NOT_FOUND(**named))
    table = FoundRows(COLUMNS, [_row(lead_id, place, callback) for place, callback in found])
    return reply(FOUND(rows=shape.rows(map(_in_text, table.rows), COLUMNS if request.header == HEADER else ()), **named), found=table)


def _callbacks(table: Table, lead_id: str, caller: Caller, connection: Connection) -> list[Row[Any]]:
    allowed = case((of_lists(caller, table.c.list_id), 1), else_=0).label("allowed")
    wanted = select(*(table.c[name] for name in _STORED), allowed).where(table.c.lead_id == whole_number(lead_id))
    return list(connection.execute(wanted.order_by(table.c.callback_id)))


def _row(lead_id: str, place: str, callback: Row[Any]) -> list[object]:
    return [lead_id, place, *(callback._mapping[name] for name in _STORED)]


def _in_text(row: Sequence[object]) -> list[object]:
    """The values as the text shows them: no comma in a time zone."""
    values = dict(zip(COLUMNS, row, strict=True))
    return list((values | {"customer_timezone": str(values["customer_timezone"] or "").replace(",", "-")}).values())


FUNCTION = Read(
    name="lead_callback_info",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    statuses={INVALID: 422, LIST_NOT_ALLOWED: 404, NOT_FOUND: 200},
)
