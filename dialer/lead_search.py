"""Finding the leads that update_lead means, for a whole batch at once.

Source: spec update_lead, sections 1 and 2.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Column, ColumnElement, Connection, func, select

from db.compared import Unpadded
from db.tables.leads import vicidial_list
from dialer.collation import folded, whole_number
from dialer.lists import LeadLists, list_number

PHONE_SHORTEST, PHONE_LONGEST = 6, 18
NO_LIST = 99
"""A list id below this limits no search."""
AT_ONCE = 2000
MOST = 2**31

LeadRow = dict[str, Any]
"""A row of vicidial_list, by column."""


class SearchRequest(Protocol):
    """The parameters that say which leads are meant."""

    @property
    def search_method(self) -> str: ...
    @property
    def search_location(self) -> str: ...
    @property
    def lead_id(self) -> str: ...
    @property
    def vendor_lead_code(self) -> str: ...
    @property
    def phone_number(self) -> str: ...
    @property
    def list_id(self) -> str: ...
    @property
    def records(self) -> str: ...


class Search(NamedTuple):
    """One search: by lead id, and only if that finds nothing by vendor lead code, then by phone; "" leaves one out.

    `lists` limits it to leads of these lists, None does not; at most `records` leads, the newest first.
    """

    lead_id: str
    vendor_lead_code: str
    phone_number: str
    lists: tuple[int, ...] | None
    records: int

    @property
    def valid(self) -> bool:
        """Whether there is anything to search by."""
        return bool(self.lead_id or self.vendor_lead_code or self.phone_number)


def method(request: SearchRequest) -> str:
    """The search method used; a text that is too short means by lead id."""
    return request.search_method if len(request.search_method) >= 6 else "LEAD_ID"


def location(request: SearchRequest) -> str:
    """LIST, CAMPAIGN or SYSTEM."""
    said = request.search_location
    if len(said) < 4 or len(request.list_id) < 3 or list_number(request.list_id) < NO_LIST:
        return "SYSTEM"
    return next((place for place in ("LIST", "CAMPAIGN") if place in said), "SYSTEM")


def search(request: SearchRequest, lists: LeadLists) -> Search:
    """The search that a request asks for."""
    by, place = method(request), location(request)
    within: tuple[int, ...] | None = None
    if place == "LIST":
        within = (list_number(request.list_id),)
    elif place == "CAMPAIGN":  # of an unknown list there are none: the reference searches the whole system (spec faults)
        within = lists.siblings(request.list_id) if lists.get(request.list_id) else ()
    phone = request.phone_number if PHONE_SHORTEST <= len(request.phone_number) <= PHONE_LONGEST else ""
    return Search(
        request.lead_id if "LEAD_ID" in by else "",
        request.vendor_lead_code if "VENDOR_LEAD_CODE" in by else "",
        phone if "PHONE_NUMBER" in by else "",
        within,
        min(whole_number(request.records), MOST) if request.records else 1,
    )


def id_shown(request: SearchRequest, lead: LeadRow) -> Any:
    """The id of a lead as a line about the search shows it: as it was sent, leading zeros and all, if it is this lead's."""
    sent = request.lead_id
    return sent if sent and whole_number(sent) == lead["lead_id"] else lead["lead_id"]


def lock_names(searches: Iterable[Search]) -> Iterator[str]:
    """Names to lock for searches whose failure makes a new lead; a phone has the same name as in duplicate checks."""
    for asked in searches:
        if asked.phone_number:
            yield f"PHONE|{folded(asked.phone_number)}"
        if asked.vendor_lead_code:
            yield f"VENDOR|{folded(asked.vendor_lead_code)}"


class _Match(NamedTuple):
    lead_id: int
    list_id: int
    entry_date: str


@dataclass(slots=True)
class FoundLeads:
    """The leads that the searches of a batch find: their ids by search, their rows by id."""

    ids: Mapping[Search, Sequence[int]] = field(default_factory=dict)
    rows: dict[int, LeadRow] = field(default_factory=dict)

    def of(self, asked: Search) -> list[LeadRow]:
        """The leads of a search, newest first."""
        return [self.rows[lead_id] for lead_id in self.ids.get(asked, ()) if lead_id in self.rows]


def load_found(searches: Iterable[Search], connection: Connection) -> FoundLeads:
    """Run the searches of a batch together: a query for each way to search that is still needed, and one for the rows.

    The rows are locked to the end of the transaction, so that counts of changed rows are true.
    """
    ids: dict[Search, Sequence[int]] = {}
    for way in ("lead_id", "vendor_lead_code", "phone_number"):
        open_searches = {s for s in searches if s.valid and s.records and s.lists != () and not ids.get(s) and getattr(s, way)}
        if open_searches:
            matches = _matches(vicidial_list.c[way], way, open_searches, connection)
            ids.update({s: _chosen(matches.get(_value(s, way), ()), s) for s in open_searches})
    return FoundLeads(ids, _rows(sorted({lead_id for some in ids.values() for lead_id in some}), connection))


def _value(asked: Search, way: str) -> str:
    value: str = getattr(asked, way)
    return str(whole_number(value)) if way == "lead_id" else folded(value)


def _chosen(matches: Iterable[_Match], asked: Search) -> list[int]:
    within = [m for m in matches if asked.lists is None or m.list_id in asked.lists]
    within.sort(key=lambda m: m.lead_id)
    within.sort(key=lambda m: m.entry_date, reverse=True)
    return [m.lead_id for m in within[: asked.records]]


def _matches(column: Column[Any], way: str, searches: Iterable[Search], connection: Connection) -> dict[str, list[_Match]]:
    """The newest leads of each value and list, as many as any search may take."""
    table = vicidial_list.c
    most = max(s.records for s in searches)
    values = sorted({whole_number(s.lead_id) if way == "lead_id" else getattr(s, way).rstrip(" ") for s in searches})
    sought: ColumnElement[Any] = Unpadded(column) if way == "vendor_lead_code" else column
    place = func.row_number().over(partition_by=(column, table.list_id), order_by=(table.entry_date.desc(), table.lead_id))
    ranked = select(column.label("value"), table.lead_id.label("id"), table.list_id, table.entry_date, place.label("place"))
    limits = [s.lists for s in searches if s.lists is not None]
    if len(limits) == sum(1 for _ in searches):  # no search of the whole system: only the lists meant
        ranked = ranked.where(table.list_id.in_(sorted({list_id for some in limits for list_id in some})))
    found: dict[str, list[_Match]] = {}
    for start in range(0, len(values), AT_ONCE):
        newest = ranked.where(sought.in_(values[start : start + AT_ONCE])).subquery()
        wanted = select(newest.c.value, newest.c.id, newest.c.list_id, newest.c.entry_date).where(newest.c.place <= most)
        for value, lead_id, list_id, entry_date in connection.execute(wanted):
            found.setdefault(folded(str(value)), []).append(_Match(lead_id, list_id, entry_date or ""))
    return found


def _rows(ids: Sequence[int], connection: Connection) -> dict[int, LeadRow]:
    if not ids:
        return {}
    query = select(vicidial_list).order_by(vicidial_list.c.lead_id).with_for_update()
    slices = (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
    rows = (row for some in slices for row in connection.execute(query.where(vicidial_list.c.lead_id.in_(some))).mappings())
    return {row["lead_id"]: dict(row) for row in rows}
