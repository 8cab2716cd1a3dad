"""What the database says of a batch of lead writes. add_lead and update_lead share it, and so share batches.

Requests act in the order of arrival. Those that depend on what an earlier one of the batch stores are decided anew after
it is stored (`LATER`); `Meanwhile` knows what has been decided so far.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, select

from db.tables.leads import vicidial_hopper, vicidial_list
from db.types import holder
from dialer.call_times import CallTimes, dialable, load_call_times
from dialer.callbacks import CallbackFacts, load_callbacks
from dialer.collation import folded, whole_number
from dialer.custom_fields import CustomFields, load_custom_fields, load_rows_present
from dialer.dnc import Dnc, ask_dnc
from dialer.duplicates import Check, Duplicates, Known, LeadKeys, Within, load_duplicates, wanted
from dialer.duplicates import lock_names as duplicate_names
from dialer.lead_changes import CallbackRow, load_archived_ids, load_callback_rows, store_changes
from dialer.lead_search import FoundLeads, LeadRow, Search, load_found, location, search
from dialer.lead_search import lock_names as search_names
from dialer.leads import NewLead, NewRow, hopper_row
from dialer.lists import LeadLists, list_number, load_lists
from dialer.locks import lock
from dialer.phones import Nanpa, PhoneCodes, load_nanpa, load_phone_codes
from dialer.time_zones import Zones, load_zones
from protocol.functions import Caller, Decision, Moment
from protocol.replies import Reply, worded

KEYS = ("phone_number", "vendor_lead_code")
"""Columns that a lead can be searched by, beside its id."""
CHECKED = ("title", "alt_phone")
"""Further columns that duplicate checks compare."""


@dataclass(slots=True)
class Meanwhile:
    """What the requests decided so far touch, before any of it is stored.

    `added` and `changed` are column and value, as the column will hold it: of new leads, and of leads updated or deleted,
    before and after. `grows`: there is a new lead, whose id nobody knows yet. `new` are the rows of new leads that are
    not in `added` yet: only searches ask for them.
    """

    grows: bool = False
    new: list[NewRow] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    added: set[tuple[str, str]] = field(default_factory=set)
    changed: set[tuple[str, str]] = field(default_factory=set)

    def concerns_search(self, asked: Search, found: Sequence[LeadRow]) -> bool:
        """Whether a search that finds these leads might find something else once the batch is stored."""
        if asked.lead_id:
            lead_id = whole_number(asked.lead_id)
            if lead_id in self.touched or (self.grows and all(lead["lead_id"] != lead_id for lead in found)):
                return True
        if any(lead["lead_id"] in self.touched for lead in found):
            return True
        self.added.update(*(_keys({name: row[name] for name in KEYS}, KEYS) for row in self.new))
        self.new.clear()
        keys = {(name, folded(value)) for name in KEYS if (value := getattr(asked, name))}
        return bool(keys & self.added or keys & self.changed)

    def concerns_check(self, request: LeadKeys) -> bool:
        """Whether a duplicate check might find something else; what the batch adds it sees without."""
        if not self.changed:
            return False
        title = ("alt_phone", folded(request.alt_phone)) if request.alt_phone else ("title", folded(request.title))
        return ("phone_number", folded(request.phone_number)) in self.changed or (title[1] != "" and title in self.changed)

    def add(self, row: NewRow) -> None:
        """Note a new lead."""
        self.grows = True
        self.new.append(row)

    def change(self, row: LeadRow, values: LeadRow) -> None:
        """Note a lead that is changed, and the values it gets."""
        self.touched.add(row["lead_id"])
        self.changed |= _keys(row, KEYS + CHECKED) | _keys(values, KEYS + CHECKED)


def _keys(row: LeadRow, names: Iterable[str]) -> set[tuple[str, str]]:
    return {(name, folded(_HELD[name](row[name]))) for name in names if row.get(name)}


_HELD = {name: holder(vicidial_list.c[name]) for name in KEYS + CHECKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """What the database says of a batch; `duplicates` and `meanwhile` grow as requests are decided."""

    moment: Moment
    lists: LeadLists
    codes: PhoneCodes
    nanpa: Nanpa
    zones: Zones
    dnc: Dnc
    duplicates: Duplicates
    custom_fields: CustomFields
    call_times: CallTimes
    callbacks: CallbackFacts
    found: FoundLeads
    callback_rows: dict[int, list[CallbackRow]]
    archived: set[int]
    in_hopper: set[int]
    custom_rows: set[tuple[str, int]]
    """List id of the custom table and lead id, of leads to be deleted whose custom values exist."""
    meanwhile: Meanwhile = field(default_factory=Meanwhile)

    def duplicate_of(self, request: Any) -> tuple[Check, Known] | None:
        """The first of the checks that a request asks for that finds a lead, and the lead."""
        checks, recent = wanted(request.duplicate_check)
        for check in checks:
            known = self.duplicates.find(request, check, recent=recent, lists=self._searched(request, check))
            if known is not None:
                return check, known
        return None

    def hopper_row(self, request: Any, list_id: str, offset: str, state: str, vendor_lead_code: str) -> dict[str, Any] | None:
        """The hopper row of a lead; None if it may not be dialed at this hour and the request wants that looked at."""
        found = self.lists.get(list_id)
        call_time = found.call_time if found else ""
        if request.hopper_local_call_time_check == "Y" and not dialable(call_time, offset, state, self.moment.utc, self.call_times):
            return None
        return hopper_row(
            campaign_id=found.campaign if found else "",
            list_id=list_id,
            offset=offset,
            state=state,
            priority=request.hopper_priority or "0",
            vendor_lead_code=vendor_lead_code,
        )

    def _searched(self, request: Any, check: Check) -> Sequence[int] | None:
        if check.within is Within.SYSTEM:
            return None
        return self.lists.siblings(request.list_used) if check.within is Within.CAMPAIGN else (list_number(request.list_used),)


def load(requests: Sequence[Any], callers: Sequence[Caller], moment: Moment, connection: Connection) -> LeadFacts:
    """The facts for a batch, in a fixed number of queries; what no request asks for costs none."""
    adds = [r for r in requests if not r.searches]
    updates = [r for r in requests if r.searches]
    lists = _sent_lists(requests, callers, connection)
    searches = {id(r): search(r, lists) for r in updates}
    codes = load_phone_codes(connection)
    nanpa = load_nanpa(requests, connection)
    zones = load_zones(requests, codes, nanpa, moment, connection)
    asked_dnc = ask_dnc(adds, connection)
    callbacks = load_callbacks(requests, connection)
    # As late as can be, for others may wait from here on.
    lock((*duplicate_names(adds), *search_names(searches[id(r)] for r in updates if r.insert_if_not_found == "Y")), connection)
    duplicates = load_duplicates(adds, moment, connection)
    found = load_found(searches.values(), connection)
    if updates:
        lists = _with_found_lists(lists, updates, found, connection)
    callback_rows = load_callback_rows(_leads_of((r for r in updates if r.callback or r.delete_lead), searches, found), connection)
    custom_fields = load_custom_fields(_custom_lists(requests, found), connection)
    emptied = _leads_of((r for r in updates if r.delete_lead == "Y" and r.custom_fields == "Y"), searches, found)
    return LeadFacts(
        moment=moment,
        lists=lists,
        codes=codes,
        nanpa=nanpa,
        zones=zones,
        dnc=asked_dnc.read(),
        duplicates=duplicates,
        custom_fields=custom_fields,
        custom_rows=load_rows_present(custom_fields, emptied, connection),
        call_times=load_call_times(_call_time_ids(requests, lists), connection),
        callbacks=callbacks,
        found=found,
        callback_rows=callback_rows,
        archived=load_archived_ids([row["callback_id"] for rows in callback_rows.values() for row in rows], connection),
        in_hopper=_in_hopper(_leads_of((r for r in updates if r.add_to_hopper == "Y"), searches, found), connection),
    )


def store(decisions: Sequence[Decision], facts: LeadFacts, connection: Connection) -> list[Reply]:
    """Store what a batch decided, then word every reply: lines may name leads of the same batch."""
    store_changes([d.work for d in decisions if d.work], facts.moment.text, connection)
    return [worded(d.said, d.work.lead_id if isinstance(d.work, NewLead) else 0) for d in decisions]


def _sent_lists(requests: Sequence[Any], callers: Sequence[Caller], connection: Connection) -> LeadLists:
    needed: set[str] = set()
    siblings = False
    for request, caller in zip(requests, callers, strict=True):
        if request.searches:
            in_campaign = location(request) == "CAMPAIGN"
        else:
            in_campaign = "CAMP" in request.duplicate_check.upper() if request.duplicate_check else False
        if caller.restricted or in_campaign or request.add_to_hopper == "Y":
            needed.update((request.list_id, request.list_used))
        siblings = siblings or in_campaign
    return load_lists(needed, connection, siblings=siblings)


def _with_found_lists(lists: LeadLists, updates: Sequence[Any], found: FoundLeads, connection: Connection) -> LeadLists:
    needed = {str(row["list_id"]) for row in found.rows.values()}
    needed.update(r.list_id_field for r in updates if r.list_id_field)
    needed.update(r.list_used for r in updates if r.insert_if_not_found == "Y")
    more = load_lists(needed, connection)
    return replace(lists, by_id={**lists.by_id, **more.by_id})


def _leads_of(updates: Iterable[Any], searches: dict[int, Search], found: FoundLeads) -> set[int]:
    return {row["lead_id"] for r in updates for row in found.of(searches[id(r)])}


def _custom_lists(requests: Sequence[Any], found: FoundLeads) -> set[str]:
    asking = [r for r in requests if r.custom_fields == "Y"]
    if not asking:
        return set()
    lists = {r.list_used for r in asking}
    if any(r.searches for r in asking):
        lists.update(r.force_entry_list_id for r in asking if r.searches and r.force_entry_list_id)
        lists.update(str(row[name]) for row in found.rows.values() for name in ("list_id", "entry_list_id") if row[name])
    return lists


def _call_time_ids(requests: Sequence[Any], lists: LeadLists) -> set[str]:
    timed = any(r.add_to_hopper == "Y" and r.hopper_local_call_time_check == "Y" for r in requests)
    return {some.call_time for some in lists.by_id.values()} if timed else set()


def _in_hopper(lead_ids: Iterable[int], connection: Connection) -> set[int]:
    wanted, column = sorted(lead_ids), vicidial_hopper.c.lead_id
    return set(connection.scalars(select(column).where(column.in_(wanted)))) if wanted else set()
