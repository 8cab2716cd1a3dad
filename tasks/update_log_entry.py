"""update_log_entry: sets the status of one call in the call log of a campaign, or of an in-group.

Source: spec update_log_entry. The call is the one with the uniqueid that was sent, or, for a call id, the last call of its
lead in the group: its other parts are not looked at, as in the reference. The user is shown twice, as there.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Table, or_, select, update

from db.tables.campaigns import vicidial_campaigns
from db.tables.in_groups import vicidial_inbound_groups
from db.tables.logs import vicidial_closer_log, vicidial_log
from db.types import held
from dialer.collation import folded, whole_number
from dialer.known_ids import load_ids
from protocol.functions import LATER, Caller, Decision, Moment, Permission, Write
from protocol.replies import Reply, Said, error, reply, success
from tasks.recovery import Own, Recovery

NO_PERMISSION = error("update_log_entry USER DOES NOT HAVE PERMISSION TO UPDATE LOGS: |{user}|0|", "0")
INVALID = error("update_log_entry INVALID SEARCH PARAMETERS: {user}|{group}|{call_id}|{status}", "{user}|{group}|{call_id}|{status}")
NO_SUCH_GROUP = error("update_log_entry GROUP NOT FOUND: {user}|{group}", "{user}|{group}")
NO_SUCH_CALL = error("update_log_entry NO RECORDS FOUND: {user}|{group}|{call_id}|{status}", "{user}|{group}|{call_id}|{status}")
NOTHING_CHANGED = error(
    "update_log_entry NO RECORDS UPDATED: {user}|{group}|{call_id}|{status}|{old_status}|{row_id}",
    "{user}|{group}|{call_id}|{status}|{old_status}|{row_id}",
)
UPDATED = success(
    "update_log_entry RECORD HAS BEEN UPDATED - {user}|{user}|{group}|{call_id}|{status}|{old_status}|{row_id}|",
    "{user}|{group}|{call_id}|{status}|{old_status}|{row_id}|",
)

LEAD_DIGITS = 10
"""A call id ends with the id of its lead in so many digits."""
_NOT_IN_IDS = re.compile(r"[^0-9a-zA-Z.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateLogEntry:
    """The parameters of update_log_entry; `raw` are all of them as they were sent: cleaning takes the dot of a uniqueid."""

    group: str = ""
    call_id: str = ""
    status: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)

    @property
    def call(self) -> str:
        """The call id, or the uniqueid with its dot."""
        sent = self.raw.get("call_id", "")
        return _NOT_IN_IDS.sub("", sent) if "." in sent else self.call_id

    @property
    def uniqueid(self) -> str:
        """The uniqueid that was sent; empty if it was a call id."""
        return self.call if "." in self.call else ""

    @property
    def lead_id(self) -> int:
        """The lead of the call id, 0 if none."""
        return 0 if self.uniqueid else whole_number(self.call[-LEAD_DIGITS:])


class LoggedCall(NamedTuple):
    """A row of a call log; `row_id` is its key."""

    log: str
    row_id: str | int
    status: str


Key = tuple[str, str, str | int]
"""A log, a group (folded), and a uniqueid or the id of a lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """What the database says of a batch; `touched` are the calls that it changes, as they are decided."""

    in_groups: Mapping[str, str]
    campaigns: Mapping[str, str]
    calls: Mapping[Key, LoggedCall]
    touched: set[tuple[str, str | int]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class LogWork:
    """The call that gets a status."""

    call: LoggedCall
    status: str


def load(requests: Sequence[UpdateLogEntry], _callers: Sequence[Caller], _moment: Moment, connection: Connection) -> LogFacts:
    """The facts for a batch."""
    groups = sorted({r.group for r in requests if r.group})
    newest = ((vicidial_closer_log, "closecallid", "closecallid"), (vicidial_log, "uniqueid", "call_date"))
    calls: dict[Key, LoggedCall] = {}
    for table, key, order in newest:
        calls.update(_load_calls(table, table.c[key], table.c[order], requests, groups, connection))
    return LogFacts(
        in_groups=load_ids(vicidial_inbound_groups.c.group_id, groups, connection),
        campaigns=load_ids(vicidial_campaigns.c.campaign_id, groups, connection),
        calls=calls,
    )


def _load_calls(
    table: Table, key: Column[Any], order: Column[Any], requests: Iterable[UpdateLogEntry], groups: Sequence[str], connection: Connection
) -> dict[Key, LoggedCall]:
    """The newest call of each lead in each group, and that of each uniqueid."""
    leads, uniqueids = sorted({r.lead_id for r in requests if r.lead_id}), sorted({r.uniqueid for r in requests if r.uniqueid})
    which = [column.in_(some) for column, some in ((table.c.lead_id, leads), (table.c.uniqueid, uniqueids)) if some]
    found: dict[Key, LoggedCall] = {}
    if which:
        wanted = select(key, table.c.campaign_id, table.c.lead_id, table.c.uniqueid, table.c.status)
        for row in connection.execute(wanted.where(or_(*which), table.c.campaign_id.in_(groups)).order_by(order, key)):
            row_id, group, lead_id, uniqueid, status = row
            call = LoggedCall(table.name, row_id, status or "")
            found[table.name, folded(group), lead_id] = found[table.name, folded(group), folded(uniqueid)] = call
    return found


def decide(request: UpdateLogEntry, caller: Caller, facts: LogFacts) -> Decision:
    """Refuse the request with the first check that fails, or set the status."""
    values: dict[str, Any] = {"user": caller.user, "group": request.group, "call_id": request.call, "status": request.status}
    if len(request.group) < 2 or len(request.call) < 8 or not 1 <= len(request.status) <= 6:
        return Decision([Said(INVALID, values)])
    group = folded(request.group)
    if group not in facts.in_groups and group not in facts.campaigns:
        return Decision([Said(NO_SUCH_GROUP, values)])
    log = vicidial_closer_log if group in facts.in_groups else vicidial_log
    sought = folded(request.uniqueid) or request.lead_id
    call = facts.calls.get((log.name, group, sought))
    if call is None or not sought:
        return Decision([Said(NO_SUCH_CALL, values)])
    if (call.log, call.row_id) in facts.touched:
        return LATER
    values.update(old_status=call.status, row_id=call.row_id)
    status = str(held(log.c.status, request.status))
    if status == call.status:
        return Decision([Said(NOTHING_CHANGED, values)])
    facts.touched.add((call.log, call.row_id))
    return Decision([Said(UPDATED, values)], LogWork(call, status))


def store(decisions: Sequence[Decision], _facts: LogFacts, connection: Connection) -> list[Reply]:
    """Store what a batch decided."""
    for work in (d.work for d in decisions if d.work):
        inbound = work.call.log == vicidial_closer_log.name
        table, key = (vicidial_closer_log, "closecallid") if inbound else (vicidial_log, "uniqueid")
        connection.execute(update(table).where(table.c[key] == work.call.row_id).values(status=work.status))
    return [reply(*d.said) for d in decisions]


def _own(_request: UpdateLogEntry, _facts: LogFacts) -> Own:
    return {NOTHING_CHANGED: None}


def _nothing_logged(_work: LogWork) -> tuple[()]:
    return ()


FUNCTION = Write(
    name="update_log_entry",
    request=UpdateLogEntry,
    permission=Permission(level=8, flags=("modify_leads", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own, events=_nothing_logged),
)
