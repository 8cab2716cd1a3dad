"""add_group_alias: a caller id that agents may choose for their calls.

Source: spec add_group_alias. An id or a number that its column would cut is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from db.rows import insert_rows
from db.tables.phones import groups_alias
from dialer.admin_log import AdminEvent, write_admin_log
from dialer.collation import folded
from dialer.locks import lock
from protocol.functions import LATER, Caller, Decision, Moment, Permission, Write
from protocol.replies import FIELDS, Reply, Said, error, reply, success
from tasks.recovery import Effect, Own, Recovery

NO_PERMISSION = error("add_group_alias USER DOES NOT HAVE PERMISSION TO ADD GROUP ALIASES: |{user}|0", "0")
MISSING = error(
    "add_group_alias YOU MUST USE ALL REQUIRED FIELDS: |{user}|{group_alias_id}|{group_alias_name}|{caller_id_number}",
    "{group_alias_id}|{group_alias_name}|{caller_id_number}",
)
EXISTS = error(
    "add_group_alias GROUP ALIAS ALREADY EXISTS: |{user}|{group_alias_id}|{caller_id_number}", "{group_alias_id}|{caller_id_number}"
)
ADDED = success("add_group_alias GROUP ALIAS HAS BEEN ADDED - {user}|{group_alias_id}|{group_alias_name}|{caller_id_number}", FIELDS)

LOCK = "group aliases"
LEAST_DIGITS, MOST_DIGITS = 6, 20
ID_WIDTH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGroupAlias:
    """The parameters of add_group_alias."""

    group_alias_id: str = ""
    group_alias_name: str = ""
    caller_id_number: str = ""
    caller_id_name: str = ""
    active: str = ""
    admin_user_group: str = ""
    client_ip: str = ""

    @property
    def id_used(self) -> str:
        """The id of the alias: one that is too short is replaced by the number."""
        return self.group_alias_id if len(self.group_alias_id) > 1 else self.caller_id_number

    @property
    def name_used(self) -> str:
        """The name of the alias, in the same way; a plus stands for a space."""
        return self.group_alias_name.replace("+", " ") if len(self.group_alias_name) > 1 else self.caller_id_number

    @property
    def complete(self) -> bool:
        """Whether there is a number, and the columns hold number and id."""
        return LEAST_DIGITS <= len(self.caller_id_number) <= MOST_DIGITS and len(self.id_used) <= ID_WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the database says of a batch: folded ids of aliases that are there, and of those that it makes."""

    moment: Moment
    existing: frozenset[str]
    touched: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Work:
    """The new row, and what the admin log says of it."""

    row: dict[str, str]
    event: AdminEvent


def load(requests: Sequence[AddGroupAlias], _callers: Sequence[Caller], moment: Moment, connection: Connection) -> Facts:
    """Which of the ids exist."""
    lock([LOCK], connection)
    column = groups_alias.c.group_alias_id
    found = connection.scalars(select(column).where(column.in_(sorted({r.id_used for r in requests}))))
    return Facts(moment=moment, existing=frozenset(map(folded, found)))


def decide(request: AddGroupAlias, caller: Caller, facts: Facts) -> Decision:
    """Refuse the request with the first check that fails, or make the new alias."""
    values: dict[str, Any] = {"user": caller.user, "caller_id_number": request.caller_id_number}
    if not request.complete:
        sent = {"group_alias_id": request.group_alias_id, "group_alias_name": request.group_alias_name}
        return Decision([Said(MISSING, {**values, **sent})])
    values.update(group_alias_id=request.id_used, group_alias_name=request.name_used)
    if folded(request.id_used) in facts.touched:
        return LATER
    if folded(request.id_used) in facts.existing:
        return Decision([Said(EXISTS, values)])
    facts.touched.add(folded(request.id_used))
    row = {
        "group_alias_id": request.id_used,
        "group_alias_name": request.name_used,
        "caller_id_number": request.caller_id_number,
        "caller_id_name": request.caller_id_name.replace("+", " "),
        "active": request.active or "Y",
        "user_group": request.admin_user_group or "---ALL---",
    }
    event = AdminEvent(
        user=caller.user,
        client_ip=request.client_ip,
        section="GROUPALIASES",
        kind="ADD",
        record_id=request.id_used,
        code="ADMIN API ADD GROUP ALIAS",
        note=f"number: {request.caller_id_number}",
    )
    return Decision([Said(ADDED, values)], Work(row, event))


def store(decisions: Sequence[Decision], facts: Facts, connection: Connection) -> list[Reply]:
    """Store the new aliases, with a row of the admin log for each."""
    work = [d.work for d in decisions if d.work]
    insert_rows(connection, groups_alias, [w.row for w in work])
    write_admin_log([w.event for w in work], facts.moment, connection)
    return [reply(*d.said) for d in decisions]


def _own(request: AddGroupAlias, _facts: Facts) -> Own:
    return {EXISTS: Effect(ADDED, "GROUPALIASES", request.id_used, "ADMIN API ADD GROUP ALIAS")}


FUNCTION = Write(
    name="add_group_alias",
    request=AddGroupAlias,
    permission=Permission(level=8, flags=("ast_admin_access", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own),
)
