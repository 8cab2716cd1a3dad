"""What the database says of a batch that adds and updates users. Both functions share it, and so share batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from dialer.admin_log import AdminEvent, write_admin_log
from dialer.collation import folded
from dialer.locks import lock
from dialer.restrictions import sees_group
from dialer.system_settings import system_settings
from dialer.users import (
    User,
    UserChanges,
    free_number,
    load_campaign_ids,
    load_logins,
    load_user_groups,
    load_users,
    store_users,
)
from protocol.functions import Caller, Decision, Moment
from protocol.replies import Reply, reply

LOCK = "users"
"""One batch at a time changes users: names are given once, whatever the dialer's table would let through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFacts:
    """What the database says of a batch; `touched` are the folded names of users that it changes, as they are decided."""

    moment: Moment
    settings: Mapping[str, str]
    users: Mapping[str, User]
    groups: frozenset[str]
    logins: frozenset[str]
    campaigns: Sequence[str]
    next_number: int
    touched: set[str] = field(default_factory=set)

    def user(self, name: str) -> User | None:
        """The user of this name; names are compared as the database does."""
        return self.users.get(folded(name))

    def group_usable(self, caller: Caller, user_group: str) -> bool:
        """Whether the user group exists and the caller may view it."""
        return folded(user_group) in self.groups and sees_group(caller, user_group)


@dataclass(slots=True, kw_only=True)
class UserWork:
    """What is to be stored for a request, and what the logs say of it; `named` is the name that the dialer chose."""

    changes: UserChanges
    events: list[AdminEvent]
    named: str = ""


def load(requests: Sequence[Any], _callers: Sequence[Caller], moment: Moment, connection: Connection) -> UserFacts:
    """The facts for a batch, in a fixed number of queries."""
    lock([LOCK], connection)
    ranked = any(r.campaign_rank or r.campaign_grade for r in requests)
    return UserFacts(
        moment=moment,
        settings=system_settings(connection),
        users=load_users((r.agent_user for r in requests), connection),
        groups=load_user_groups((r.agent_user_group for r in requests), connection),
        logins=load_logins((r.phone_login for r in requests), connection),
        campaigns=load_campaign_ids(connection) if ranked else (),
        next_number=free_number(connection) if any(r.numbered for r in requests) else 0,
    )


def store(decisions: Sequence[Decision], facts: UserFacts, connection: Connection) -> list[Reply]:
    """Store what a batch decided, with a row of the admin log for each change."""
    work = [d.work for d in decisions if d.work]
    store_users([w.changes for w in work], connection)
    write_admin_log([event for w in work for event in w.events], facts.moment, connection)
    return [_reply(d) for d in decisions]


def _reply(decision: Decision) -> Reply:
    said = reply(*decision.said)
    if decision.work and decision.work.named:
        return replace(said, log=tuple(replace(entry, agent_user=decision.work.named) for entry in said.log))
    return said
