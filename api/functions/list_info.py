"""list_info: what a list is, and how many leads it has.

One statement, and a second one for the leads if they are to be counted. Source: spec list_info.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from db.tables.leads import vicidial_list
from db.tables.lists import vicidial_lists
from dialer.collation import folded
from dialer.lists import list_number
from dialer.restrictions import sees_campaign
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Permission, Question, Read
from protocol.parameters import size
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("list_info USER DOES NOT HAVE PERMISSION TO MODIFY LISTS: |{user}|0", data="0")
FIELDS_MISSING = error(
    "list_info YOU MUST USE ALL REQUIRED FIELDS: |{user}|{list_id}|{list_name}|{campaign_id}", data="{list_id}|{list_name}|{campaign_id}"
)
NOT_ALLOWED = error("list_info NOT AN ALLOWED LIST ID - {list_id}", data="{list_id}")
NO_LIST = error("list_info LIST DOES NOT EXIST: |{user}|{list_id}", data="{list_id}")
FOUND = listing("list_info LIST INFORMATION SENT", data="{list_id}")

SHORTEST_ID, LONGEST_ID = 2, 14
COLUMNS = ("list_id", "list_name", "campaign_id", "active", "list_changedate", "list_lastcalldate", "expiration_date", "resets_today")
COUNTS = ("all_leads_count", "new_leads_count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of list_info; list_name and campaign_id are only shown in an error."""

    list_id: str = ""
    list_name: str = ""
    campaign_id: str = ""
    leads_counts: str = ""
    header: str = ""
    stage: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Reply:
    """One line, below the names of its columns where asked for."""
    list_id = request.list_id
    if not SHORTEST_ID <= size(list_id) <= LONGEST_ID:
        return reply(FIELDS_MISSING(user=caller.user, list_id=list_id, list_name=request.list_name, campaign_id=request.campaign_id))
    lists = vicidial_lists.c
    found = connection.execute(select(*(lists[name] for name in COLUMNS)).where(lists.list_id == list_number(list_id))).first()
    campaign_id = found.campaign_id if found else None
    if caller.restricted and not _is_allowed(caller, campaign_id, exists=found is not None):
        return reply(NOT_ALLOWED(list_id=list_id))
    if found is None or not sees_campaign(caller, campaign_id):
        return reply(NO_LIST(user=caller.user, list_id=list_id))
    counted = request.leads_counts == "Y"
    columns = [*COLUMNS, *(COUNTS if counted else ())]
    table = FoundRows(columns, [[list_id, *found[1:], *(_counts(list_id, connection) if counted else ())]])
    rows = delimited(request.stage).rows(table.rows, columns if request.header == HEADER else ())
    return reply(FOUND(rows=rows, list_id=list_id), found=table)


def _is_allowed(caller: Caller, campaign_id: str | None, *, exists: bool) -> bool:
    """Whether the list restriction leaves the list to the caller: a list without a campaign is nobody's, as for writes."""
    return exists and (caller.campaigns is None or (folded(campaign_id or "") != "" and sees_campaign(caller, campaign_id)))


def _counts(list_id: str, connection: Connection) -> tuple[int, int]:
    leads = vicidial_list.c
    new = func.coalesce(func.sum(case((leads.status == "NEW", 1), else_=0)), 0)
    row = connection.execute(select(func.count(), new).where(leads.list_id == list_number(list_id))).one()
    return row[0], row[1]


FUNCTION = Read(
    name="list_info",
    request=Request,
    permission=Permission(level=8, flags=("vdc_agent_api_access", "modify_lists"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=(*COLUMNS, *COUNTS),
    single=True,
    statuses={FIELDS_MISSING: 422, NOT_ALLOWED: 403, NO_LIST: 404},
    text_only=("list_name", "campaign_id"),
)
