"""Phones, phone aliases and the servers they belong to, as the functions that change them see them.

Source: spec add_phone, update_phone, add_phone_alias, update_phone_alias.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, delete, or_, select, update

from db.rows import insert_rows
from db.tables.phones import phones, phones_alias
from db.tables.system import servers
from db.types import held
from dialer.collation import folded

LOGIN_WIDTH = 15
ALIAS_WIDTH = 20
LOGINS_WIDTH = 255
PROTOCOLS = ("IAX2", "SIP", "Zap", "EXTERNAL")
ZONES = frozenset(
    float(zone)
    for zone in ("12.75 12 11 10 9.5 9 8 7 6.5 6 5.75 5.5 5 4.5 4 3.5 3 2 1 0 -1 -2 -3 -3.5 -4 -5 -6 -7 -8 -9 -10 -11 -12").split()
)
"""Hours from GMT that a phone may have."""
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)", re.ASCII)

Columns = Mapping[str, str]
Key = tuple[str, str]
"""Extension and server address of a phone."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that is there."""

    extension: str
    server_ip: str
    login: str
    user_group: str


@dataclass(slots=True, kw_only=True)
class PhoneChanges:
    """What one request changes: a new phone, columns of the phone `key`, or it deletes that phone; the same of an alias."""

    new: Columns = field(default_factory=dict)
    key: Key = ("", "")
    columns: Columns = field(default_factory=dict)
    deleted: bool = False
    new_alias: Columns = field(default_factory=dict)
    alias_id: str = ""
    alias_columns: Columns = field(default_factory=dict)
    alias_deleted: bool = False
    rebuilt: str = ""
    """Address of the server that must write its configuration anew."""


def zone_valid(value: str) -> bool:
    """Whether a phone may have these hours from GMT. Compared as a number: `-5` and `-5.` are `-5.00`."""
    return _NUMBER.fullmatch(value) is not None and float(value) in ZONES


def login_held(login: str) -> str:
    """The login as its column holds it, folded."""
    return folded(held(phones.c.login, login))


def alias_mark(alias_id: str) -> tuple[str]:
    """What an alias is known by among the phones and logins that a batch touches."""
    return (folded(alias_id),)


def phone_key(extension: str, server_ip: str) -> Key:
    """The key as it is compared."""
    return folded(extension), folded(server_ip)


def load_phones(extensions: Iterable[str], logins: Iterable[str], connection: Connection) -> dict[Key, Phone]:
    """The phones that have one of the extensions, on any server, or one of the logins."""
    table = phones.c
    asked = or_(table.extension.in_(_filled(extensions)), table.login.in_(_filled(logins)))
    rows = connection.execute(select(table.extension, table.server_ip, table.login, table.user_group).where(asked))
    found = [Phone(*("" if value is None else value for value in row)) for row in rows]
    return {phone_key(phone.extension, phone.server_ip): phone for phone in found}


def _filled(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name})


def load_servers(addresses: Iterable[str], connection: Connection) -> frozenset[str]:
    """Which of the server addresses exist, active or not."""
    wanted = _filled(addresses)
    return frozenset(connection.scalars(select(servers.c.server_ip).where(servers.c.server_ip.in_(wanted)))) if wanted else frozenset()


def load_aliases(names: Iterable[str], connection: Connection) -> frozenset[str]:
    """Which of the phone aliases exist, folded."""
    wanted, column = _filled(names), phones_alias.c.alias_id
    return frozenset(map(folded, connection.scalars(select(column).where(column.in_(wanted))))) if wanted else frozenset()


def store_phones(changes: Sequence[PhoneChanges], connection: Connection) -> None:
    """Store what the requests of a batch change; no phone and no alias stands in it twice."""
    insert_rows(connection, phones, [c.new for c in changes if c.new])
    insert_rows(connection, phones_alias, [c.new_alias for c in changes if c.new_alias])
    for change in changes:
        this_phone = and_(phones.c.extension == change.key[0], phones.c.server_ip == change.key[1])
        this_alias = phones_alias.c.alias_id == change.alias_id
        if change.columns:
            connection.execute(update(phones).where(this_phone).values(**change.columns))
        if change.deleted:
            connection.execute(delete(phones).where(this_phone))
        if change.alias_columns:
            connection.execute(update(phones_alias).where(this_alias).values(**change.alias_columns))
        if change.alias_deleted:
            connection.execute(delete(phones_alias).where(this_alias))
    _ask_for_rebuild({c.rebuilt for c in changes if c.rebuilt}, connection)


def _ask_for_rebuild(addresses: Collection[str], connection: Connection) -> None:
    """Set the flag that makes a server write its configuration anew, where it writes one at all."""
    table = servers.c
    writing = and_(table.server_ip.in_(sorted(addresses)), table.generate_vicidial_conf == "Y", table.active_asterisk_server == "Y")
    if addresses:
        connection.execute(update(servers).where(writing).values(rebuild_conf_files="Y"))
