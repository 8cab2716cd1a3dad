"""What the database says of a batch that changes phones and phone aliases. The four functions share it, and so share batches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from dialer.admin_log import AdminEvent, write_admin_log
from dialer.collation import folded
from dialer.locks import lock
from dialer.phone_extensions import (
    Key,
    Phone,
    PhoneChanges,
    load_aliases,
    load_phones,
    load_servers,
    login_held,
    phone_key,
    store_phones,
)
from protocol.functions import Caller, Decision, Moment
from protocol.replies import Reply, reply

LOCK = "phones"
"""One batch at a time changes phones: the dialer's table would take a login twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFacts:
    """What the database says of a batch; `touched` are keys, logins and aliases that it changes, as they are decided."""

    moment: Moment
    servers: frozenset[str]
    phones: Mapping[Key, Phone]
    logins: Mapping[str, Sequence[Phone]]
    aliases: frozenset[str]
    touched: set[object] = field(default_factory=set)

    def phone(self, extension: str, server_ip: str) -> Phone | None:
        """The phone with this extension on this server."""
        return self.phones.get(phone_key(extension, server_ip))

    def alias_exists(self, alias_id: str) -> bool:
        """Whether there is such a phone alias."""
        return folded(alias_id) in self.aliases

    def missing_login(self, logins: Iterable[str]) -> str | None:
        """The first of the logins that no phone has."""
        return next((login for login in logins if not self.logins.get(folded(login))), None)


@dataclass(slots=True, kw_only=True)
class PhoneWork:
    """What is to be stored for a request, and what the admin log says of it."""

    changes: PhoneChanges
    event: AdminEvent


def load(requests: Sequence[Any], _callers: Sequence[Caller], moment: Moment, connection: Connection) -> PhoneFacts:
    """The facts for a batch, in a fixed number of queries."""
    lock([LOCK], connection)
    logins = {login for r in requests for login in r.logins}
    found = load_phones((r.key[0] for r in requests), logins | {login_held(login) for login in logins}, connection)
    by_login: dict[str, list[Phone]] = {}
    for phone in found.values():
        by_login.setdefault(folded(phone.login), []).append(phone)
    return PhoneFacts(
        moment=moment,
        servers=load_servers((r.key[1] for r in requests), connection),
        phones=found,
        logins=by_login,
        aliases=load_aliases((r.alias_id for r in requests), connection),
    )


def store(decisions: Sequence[Decision], facts: PhoneFacts, connection: Connection) -> list[Reply]:
    """Store what a batch decided, with a row of the admin log for each change."""
    work = [d.work for d in decisions if d.work]
    store_phones([w.changes for w in work], connection)
    write_admin_log([w.event for w in work], facts.moment, connection)
    return [reply(*d.said) for d in decisions]
