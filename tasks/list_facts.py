"""What the database says of a batch that adds and updates lists. Both functions share it, and so share batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from db.rows import insert_rows
from db.tables.campaigns import vicidial_campaigns
from db.tables.in_groups import vicidial_inbound_groups
from db.tables.leads import vicidial_hopper, vicidial_list
from db.tables.lists import vicidial_lists, vicidial_scripts
from dialer.admin_log import AdminEvent, write_admin_log
from dialer.custom_field_copy import Definition, FieldCopy, load_definitions, store_copy
from dialer.known_ids import load_ids
from dialer.list_settings import ListState, load_list_states
from dialer.lists import LeadLists, list_number, load_lists
from dialer.locks import lock
from dialer.system_settings import system_settings
from protocol.functions import Caller, Decision, Moment
from protocol.replies import Reply, reply
from protocol.sweeps import Sweep

ADD_LIST = "add_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """What the database says of a batch; `touched` are the lists that it changes, as they are decided.

    `campaigns`, `scripts` and `in_groups` are those that exist, from the folded id to their own spelling; `definitions`
    the custom fields of lists; `highest_lead` the lead that was added last.
    """

    moment: Moment
    settings: Mapping[str, str]
    lists: Mapping[int, ListState]
    restrictions: LeadLists
    campaigns: Mapping[str, str]
    scripts: Mapping[str, str]
    in_groups: Mapping[str, str]
    definitions: Mapping[int, Sequence[Definition]]
    highest_lead: int
    touched: set[int] = field(default_factory=set)

    def list(self, list_id: str) -> ListState | None:
        """The list with this id, compared as a number."""
        return self.lists.get(list_number(list_id))


@dataclass(slots=True, kw_only=True)
class ListWork:
    """What is to be stored for a request: a new list, or columns of one that is there, and what goes with it.

    `left_campaign` is the campaign that the list leaves: its hopper rows go. `added_after` counts the lines said before
    those of add_list, where update_list has handed the request on.
    """

    list_id: int
    new: Mapping[str, Any] = field(default_factory=dict)
    copy: FieldCopy | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    left_campaign: str | None = None
    reset: bool = False
    deleted: bool = False
    sweep: Sweep | None = None
    events: Sequence[AdminEvent] = ()
    added_after: int | None = None


def load(requests: Sequence[Any], callers: Sequence[Caller], moment: Moment, connection: Connection) -> ListFacts:
    """The facts for a batch, in a fixed number of queries."""
    ids = [r.list_id for r in requests]
    lock({f"list {list_number(list_id)}" for list_id in ids}, connection)
    sources = [r.custom_fields_copy for r in requests if r.copies]
    restricted = any(c.restricted for c in callers)
    return ListFacts(
        moment=moment,
        settings=system_settings(connection),
        lists=load_list_states([*ids, *sources], connection),
        restrictions=load_lists(ids, connection) if restricted else LeadLists(),
        campaigns=load_ids(vicidial_campaigns.c.campaign_id, (r.campaign_id for r in requests), connection),
        scripts=load_ids(vicidial_scripts.c.script_id, (r.script for r in requests), connection),
        in_groups=load_ids(vicidial_inbound_groups.c.group_id, (r.drop_inbound_group for r in requests), connection),
        definitions=load_definitions([*ids, *sources], connection) if sources else {},
        highest_lead=connection.scalar(select(func.max(vicidial_list.c.lead_id))) or 0,
    )


def store(decisions: Sequence[Decision], facts: ListFacts, connection: Connection) -> list[Reply]:
    """Store what a batch decided, with a row of the admin log for each change. The leads of a list are left to its sweep."""
    work = [d.work for d in decisions if d.work]
    _insert_lists([w.new for w in work if w.new], connection)
    for one in work:
        _store_columns(one, facts, connection)
        if one.copy is not None:
            store_copy(one.copy, connection)
    if deleted := [w.list_id for w in work if w.deleted]:
        connection.execute(delete(vicidial_lists).where(vicidial_lists.c.list_id.in_(deleted)))
    write_admin_log([event for w in work for event in w.events], facts.moment, connection)
    return [worded(d) for d in decisions]


def _insert_lists(rows: Sequence[Mapping[str, Any]], connection: Connection) -> None:
    # those that set the same columns go together
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    for group in groups.values():
        insert_rows(connection, vicidial_lists, group)


def _store_columns(work: ListWork, facts: ListFacts, connection: Connection) -> None:
    table, hopper = vicidial_lists.c, vicidial_hopper.c
    if work.left_campaign is not None:
        connection.execute(delete(vicidial_hopper).where(hopper.list_id == work.list_id, hopper.campaign_id == work.left_campaign))
    columns = dict(work.columns)
    if work.reset:
        columns["resets_today"] = table.resets_today + 1
    if columns:
        changed = update(vicidial_lists).where(table.list_id == work.list_id)
        connection.execute(changed.values(list_changedate=facts.moment.text, **columns))


def worded(decision: Decision) -> Reply:
    """The reply, with what is left to do; lines of add_list are logged as its own."""
    said = reply(*decision.said)
    if decision.work is None:
        return said
    own = decision.work.added_after
    log = said.log if own is None else (*said.log[:own], *(replace(entry, function=ADD_LIST) for entry in said.log[own:]))
    return replace(said, log=log, sweep=decision.work.sweep)
