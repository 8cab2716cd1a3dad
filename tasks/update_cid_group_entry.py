"""update_cid_group_entry: shows, adds, deletes or changes the caller id numbers of a CID group, or of a campaign.

Source: spec update_cid_group_entry. What the reference leaves without an answer, or stores cut or as a number that is none,
is refused with the required-fields line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from db.tables.campaigns import vicidial_campaigns
from db.tables.phones import vicidial_campaign_cid_areacodes, vicidial_cid_groups
from db.types import held
from dialer.admin_log import AdminEvent, write_admin_log
from dialer.collation import folded
from dialer.known_ids import load_ids
from dialer.locks import lock
from dialer.restrictions import StrictViews, load_strict_views, sees_campaign
from protocol.functions import LATER, Caller, Decision, Moment, Permission, Write
from protocol.replies import Reply, Said, error, plain, reply, success
from tasks.recovery import Effect, Own, Recovery

NO_PERMISSION = error("update_cid_group_entry USER DOES NOT HAVE PERMISSION TO UPDATE CID GROUPS: |{user}|0", "0")
MISSING = error(
    "update_cid_group_entry YOU MUST USE ALL REQUIRED FIELDS: |{user}|{cid_group_id}|{areacode}|{stage}",
    "{cid_group_id}|{areacode}|{stage}",
)
NO_SUCH_GROUP = error("update_cid_group_entry CID GROUP DOES NOT EXIST: |{user}|{cid_group_id}", "{cid_group_id}")
NO_ENTRIES = error("update_cid_group_entry THIS CID GROUP HAS NO ENTRIES: |{user}|{cid_group_id}", "{cid_group_id}")
INFO = success(
    "update_cid_group_entry CID GROUP INFO AS FOLLOWS {cid_group_id}|{areacode}|{outbound_cid}|{rows}",
    "{cid_group_id}|{areacode}|{outbound_cid}|{rows}",
    reason="update_cid_group_entry CID GROUP INFO AS FOLLOWS",
)
ENTRY = plain("{number}|{areacode}|{outbound_cid}|{active}|{cid_description}|{call_count_today}")
NO_AREACODE = error(
    "update_cid_group_entry YOU MUST DEFINE AN AREACODE WHEN ADDING AND ENTRY: |{user}|{cid_group_id}|{areacode}",
    "{cid_group_id}|{areacode}",
)
NO_NUMBER = error(
    "update_cid_group_entry YOU MUST DEFINE A CID NUMBER WHEN ADDING AND ENTRY: |{user}|{cid_group_id}|{outbound_cid}",
    "{cid_group_id}|{outbound_cid}",
)
EXISTS = error(
    "update_cid_group_entry THIS CID GROUP ENTRY ALREADY EXISTS: |{user}|{cid_group_id}|{areacode}|{outbound_cid}",
    "{cid_group_id}|{areacode}|{outbound_cid}",
)
ADDED = success(
    "update_cid_group_entry CID GROUP ENTRY HAS BEEN ADDED - {user}|{cid_group_id}|{areacode}|{outbound_cid}|1",
    "{cid_group_id}|{areacode}|{outbound_cid}|1",
)
DELETED = success(
    "update_cid_group_entry CID GROUP ENTRIES HAVE BEEN DELETED - {user}|{cid_group_id}|{areacode}|{outbound_cid}|{rows}",
    "{cid_group_id}|{areacode}|{outbound_cid}|{rows}",
)
NOTHING_SENT = error(
    "update_cid_group_entry NO UPDATES WERE DEFINED: |{user}|{cid_group_id}|{areacode}|{outbound_cid}|{active}|{cid_description}",
    "{cid_group_id}|{areacode}|{outbound_cid}|{active}|{cid_description}",
)
UPDATED = success(
    "update_cid_group_entry CID GROUP ENTRIES HAVE BEEN UPDATED - {user}|{cid_group_id}|{areacode}|{outbound_cid}|{rows}",
    "{cid_group_id}|{areacode}|{outbound_cid}|{rows}",
)

ALL = "---ALL---"
STAGES = ("INFO", "ADD", "DELETE", "UPDATE")
AREACODE_WIDTH = 5
_table = vicidial_campaign_cid_areacodes.c


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCidGroupEntry:
    """The parameters of update_cid_group_entry."""

    cid_group_id: str = ""
    areacode: str = ""
    stage: str = ""
    outbound_cid: str = ""
    active: str = ""
    cid_description: str = ""
    client_ip: str = ""


class Entry(NamedTuple):
    """A caller id number of a group; `active` is Y or empty."""

    areacode: str
    outbound_cid: str
    active: str
    cid_description: str
    call_count_today: int

    def shown(self, number: int) -> Said:
        """The row of the answer; one that is not active shows N."""
        return ENTRY(**{**self._asdict(), "number": number, "active": self.active or "N"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CidGroupFacts:
    """What the database says of a batch; `touched` are the folded ids of groups that it changes, as they are decided.

    `groups` are the user groups of CID groups, `entries` the numbers of groups and campaigns in the order they are shown in.
    """

    moment: Moment
    groups: Mapping[str, str | None]
    campaigns: Mapping[str, str]
    views: StrictViews
    entries: Mapping[str, Sequence[Entry]]
    touched: set[str] = field(default_factory=set)

    def open_to(self, caller: Caller, cid_group_id: str) -> bool:
        """Whether there is such a group that the caller may view, or such a campaign that it may use."""
        name = folded(cid_group_id)
        if name in self.groups and self.views.sees(caller, self.groups[name]):
            return True
        return name in self.campaigns and sees_campaign(caller, cid_group_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CidGroupWork:
    """What is to be stored: a row to be added, or columns of the selected rows, or neither: they are deleted."""

    request: UpdateCidGroupEntry
    new: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    event: AdminEvent


def load(requests: Sequence[UpdateCidGroupEntry], callers: Sequence[Caller], moment: Moment, connection: Connection) -> CidGroupFacts:
    """The facts for a batch."""
    ids = sorted({r.cid_group_id for r in requests})
    lock({f"cid group {folded(one)}" for one in ids}, connection)
    groups = vicidial_cid_groups.c
    found = connection.execute(select(groups.cid_group_id, groups.user_group).where(groups.cid_group_id.in_(ids)))
    return CidGroupFacts(
        moment=moment,
        groups={folded(name): group for name, group in found},
        campaigns=load_ids(vicidial_campaigns.c.campaign_id, ids, connection),
        views=load_strict_views(callers, connection),
        entries=_load_entries(ids, connection),
    )


def _load_entries(ids: Sequence[str], connection: Connection) -> dict[str, list[Entry]]:
    entries: dict[str, list[Entry]] = {}
    wanted = select(_table.campaign_id, *(_table[name] for name in Entry._fields)).where(_table.campaign_id.in_(ids))
    for name, *row in connection.execute(wanted.order_by(_table.areacode, _table.outbound_cid)):
        areacode, number, active, description, count = row
        entry = Entry(areacode, number or "", "Y" if active == "Y" else "", description or "", count or 0)
        entries.setdefault(folded(name), []).append(entry)
    return entries


def decide(request: UpdateCidGroupEntry, caller: Caller, facts: CidGroupFacts) -> Decision:
    """Refuse the request with the first check that fails, or do what its stage says."""
    shown = ("cid_group_id", "areacode", "stage", "outbound_cid", "active", "cid_description")
    values: dict[str, Any] = {"user": caller.user, **{name: getattr(request, name) for name in shown}}
    if not _complete(request):
        return Decision([Said(MISSING, values)])
    if not facts.open_to(caller, request.cid_group_id):
        return Decision([Said(NO_SUCH_GROUP, values)])
    if folded(request.cid_group_id) in facts.touched:
        return LATER
    entries = facts.entries.get(folded(request.cid_group_id), ())
    if request.stage == "ADD":
        return _added(request, caller, facts, entries, values)
    selected = [entry for entry in entries if _is_selected(entry, request)]
    values["rows"] = len(selected)
    if not selected:
        return Decision([Said(NO_ENTRIES, values)])
    if request.stage == "INFO":
        return Decision([Said(INFO, values), *(entry.shown(n) for n, entry in enumerate(selected, 1))])
    if request.stage == "UPDATE":
        return _updated(request, caller, facts, selected, values)
    facts.touched.add(folded(request.cid_group_id))
    event = _event(request, caller, "DELETE", "ADMIN API DELETE CID", f"deleted: {len(selected)}", selected)
    return Decision([Said(DELETED, values)], CidGroupWork(request=request, event=event))


def _complete(request: UpdateCidGroupEntry) -> bool:
    """Whether the required fields are there, and the area code of a new entry is one that its column holds."""
    if not (1 <= len(request.cid_group_id) <= 20 and request.stage in STAGES and 1 <= len(request.areacode) <= len(ALL)):
        return False
    return request.stage != "ADD" or request.areacode == ALL or len(request.areacode) <= AREACODE_WIDTH


def _is_selected(entry: Entry, request: UpdateCidGroupEntry) -> bool:
    if request.areacode != ALL and folded(entry.areacode) != folded(request.areacode):
        return False
    return request.outbound_cid in ("", ALL) or folded(entry.outbound_cid) == folded(request.outbound_cid)


def _added(
    request: UpdateCidGroupEntry, caller: Caller, facts: CidGroupFacts, entries: Sequence[Entry], values: dict[str, Any]
) -> Decision:
    if request.areacode == ALL:
        return Decision([Said(NO_AREACODE, values)])
    if request.outbound_cid == ALL:
        return Decision([Said(MISSING, values)])
    if len(request.outbound_cid) < 4:
        return Decision([Said(NO_NUMBER, values)])
    new = {
        "campaign_id": request.cid_group_id,
        "areacode": request.areacode,
        "outbound_cid": held(_table.outbound_cid, request.outbound_cid),
        "active": "Y" if request.active == "Y" else "",
        "cid_description": request.cid_description,
        "call_count_today": 0,
    }
    if (folded(request.areacode), new["outbound_cid"]) in {(folded(e.areacode), e.outbound_cid) for e in entries}:
        return Decision([Said(EXISTS, values)])
    facts.touched.add(folded(request.cid_group_id))
    event = _event(request, caller, "ADD", "ADMIN API ADD CID", f"active: {new['active']} inserted: 1")
    return Decision([Said(ADDED, values)], CidGroupWork(request=request, new=new, event=event))


def _updated(
    request: UpdateCidGroupEntry, caller: Caller, facts: CidGroupFacts, selected: Sequence[Entry], values: dict[str, Any]
) -> Decision:
    columns = {}
    if request.active in ("Y", "N"):
        columns["active"] = "Y" if request.active == "Y" else ""
    if request.cid_description:
        columns["cid_description"] = str(held(_table.cid_description, request.cid_description))
    if not columns:
        return Decision([Said(NOTHING_SENT, values)])
    facts.touched.add(folded(request.cid_group_id))
    # Rows that have these values already do not count.
    changed = [entry for entry in selected if any(getattr(entry, name) != value for name, value in columns.items())]
    event = _event(request, caller, "MODIFY", "ADMIN API MODIFY CID", f"modified: {len(changed)}", selected)
    return Decision([Said(UPDATED, {**values, "rows": len(changed)})], CidGroupWork(request=request, columns=columns, event=event))


def _event(request: UpdateCidGroupEntry, caller: Caller, kind: str, code: str, note: str, entries: Sequence[Entry] = ()) -> AdminEvent:
    """A row of the admin log, with the entries as they were before."""
    before = "".join(entry.shown(n).text for n, entry in enumerate(entries, 1))
    return AdminEvent(
        user=caller.user,
        client_ip=request.client_ip,
        section="CIDGROUPS",
        kind=kind,
        record_id=request.cid_group_id,
        code=code,
        note=f"areacode: {request.areacode} outbound_cid: {request.outbound_cid} {note}\n{before}".rstrip("\n"),
    )


def store(decisions: Sequence[Decision], facts: CidGroupFacts, connection: Connection) -> list[Reply]:
    """Store what a batch decided, with a row of the admin log for each change."""
    work = [d.work for d in decisions if d.work]
    for one in work:
        if one.new:
            connection.execute(insert(vicidial_campaign_cid_areacodes), one.new)
        elif one.columns:
            connection.execute(update(vicidial_campaign_cid_areacodes).where(*_selection(one.request)).values(**one.columns))
        else:
            connection.execute(delete(vicidial_campaign_cid_areacodes).where(*_selection(one.request)))
    write_admin_log([w.event for w in work], facts.moment, connection)
    return [reply(*d.said) for d in decisions]


def _selection(request: UpdateCidGroupEntry) -> list[Any]:
    conditions = [_table.campaign_id == request.cid_group_id]
    if request.areacode != ALL:
        conditions.append(_table.areacode == request.areacode)
    if request.outbound_cid not in ("", ALL):
        conditions.append(_table.outbound_cid == request.outbound_cid)
    return conditions


def _own(request: UpdateCidGroupEntry, _facts: CidGroupFacts) -> Own:
    if request.stage == "ADD":
        note = f"areacode: {request.areacode} outbound_cid: {request.outbound_cid} "
        return {EXISTS: Effect(ADDED, "CIDGROUPS", request.cid_group_id, "ADMIN API ADD CID", note)}
    return {NO_ENTRIES: None} if request.stage == "DELETE" else {}


FUNCTION = Write(
    name="update_cid_group_entry",
    request=UpdateCidGroupEntry,
    permission=Permission(level=8, flags=("modify_campaigns", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own),
)
