"""Who is asking: login with lockout and IP lists, and the rights of the caller. Source: spec 00, sections 6 and 7."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import Any

import structlog
from sqlalchemy import Connection, Update, bindparam, select, update
from sqlalchemy.engine import RowMapping

from db.compared import COMPARED
from db.tables.campaigns import vicidial_campaigns
from db.tables.users import vicidial_ip_list_entries, vicidial_user_groups, vicidial_users
from db.types import Enum
from dialer.collation import folded
from dialer.password_hash import digest
from protocol.functions import Caller, Moment
from protocol.replies import Said, error

LOGIN_INCORRECT = error("Login incorrect, please try again: |{user}||BAD|", logged=False)
LOCKED = error("Too many login attempts, try again in 15 minutes: |{user}|LOCK|", logged=False)
IP_NOT_ALLOWED = error("Your IP Address is not allowed: {ip}: ||IPBLOCK|", logged=False)

ALL_CAMPAIGNS = "-ALL-CAMPAIGNS-"
ALL_GROUPS = "---ALL---"
LEAST_LEVEL = 7
FAILURES_ALLOWED = 10
NOBODY: Mapping[str, Any] = {"pass": "", "pass_hash": ""}
LOCK_TIME = timedelta(minutes=15)
FLAGS = tuple(c.name for c in vicidial_users.c if isinstance(c.type, Enum) and set(c.type.choices.split(",")) == {"0", "1"})

# Names lose these before the login, on top of the parameter's own cleaning; it matters with use_non_latin only.
_NOT_IN_NAMES = str.maketrans("", "", "'\"\\;#|`& ")
_LAST_NUMBER = re.compile(r"(?<=\.)\d+$")

_users, _groups = vicidial_users.c, vicidial_user_groups.c
_USER = (
    select(
        _users.user_id,
        _users["pass"],
        *(_users[name] for name in ("pass_hash", "user_level", "user_group", "active", "failed_login_count", "last_login_date")),
        *(_users[name] for name in ("api_allowed_functions", "selected_language", *FLAGS)),
        *(_groups[name] for name in ("allowed_campaigns", "admin_viewable_groups", "api_ip_list")),
        _groups.user_group.label("group_found"),
    )
    .select_from(vicidial_users.outerjoin(vicidial_user_groups, _groups.user_group == _users.user_group))
    .where(_users.user == bindparam("user", type_=COMPARED))
    .limit(1)
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a request says of its sender."""

    user: str
    password: str = field(repr=False)
    client_ip: str


def login_name(user: str) -> str:
    """The name that a login looks for, as the database compares it: all that find one user have one."""
    return folded(user.translate(_NOT_IN_NAMES))


def authenticate(login: Login, settings: Mapping[str, str], moment: Moment, connection: Connection) -> Caller | Said:
    """The caller with its rights, or the line that refuses it. Writes the login's outcome to the user's row."""
    name, password = login.user.translate(_NOT_IN_NAMES), login.password.translate(_NOT_IN_NAMES)
    row = connection.execute(_USER, {"user": name}).mappings().first() if name else None
    # Always found out, so that the time of an answer does not tell whether there is such a user.
    right = _is_password(password, row or NOBODY, settings)
    if row is None:
        return LOGIN_INCORRECT(user=login.user)
    locked = _locked(row, moment)
    if locked or not _may_log_in(row) or not right:
        return _failed(login, row, locked, moment, connection)
    if not _ip_allowed(login.client_ip, row, settings, connection):
        return IP_NOT_ALLOWED(ip=login.client_ip)
    connection.execute(_noted(row, login.client_ip, last_login_date=moment.text, failed_login_count=0))
    # Rights go by the name exactly as sent: a name that the login had to clean has none.
    return _caller(login.user, row, connection) if name == login.user else Caller(user=login.user)


def password_seal(user: str, key: bytes, settings: Mapping[str, str], connection: Connection) -> str:
    """A keyed hash of the user's password as it is stored: it changes with the password and tells nothing of it."""
    row = connection.execute(_USER, {"user": user}).mappings().first()
    return _seal(row, key, settings) if row else ""


def caller_again(
    user: str, client_ip: str, key: bytes, seal: str, settings: Mapping[str, str], connection: Connection
) -> Caller | Said | None:
    """The caller whose login an earlier password_seal stands for, with the rights of now; the line that refuses its address.

    None if the password was changed since, or the user may log in no more. Nothing is written: the lockout guards
    passwords, and none was tried.
    """
    row = connection.execute(_USER, {"user": user}).mappings().first()
    if row is None or not _may_log_in(row) or not hmac.compare_digest(_seal(row, key, settings), seal):
        return None
    if not _ip_allowed(client_ip, row, settings, connection):
        return IP_NOT_ALLOWED(ip=client_ip)
    return _caller(user, row, connection)


def _failed(login: Login, row: RowMapping, locked: bool, moment: Moment, connection: Connection) -> Said:
    if locked:
        return LOCKED(user=login.user)
    if (row["failed_login_count"] or 0) >= FAILURES_ALLOWED:
        connection.execute(_noted(row, login.client_ip, last_login_date=moment.text, failed_login_count=1))
    else:
        connection.execute(_noted(row, login.client_ip, failed_login_count=_users.failed_login_count + 1))
    return LOGIN_INCORRECT(user=login.user)


def _noted(row: RowMapping, client_ip: str, **columns: Any) -> Update:
    return update(vicidial_users).where(_users.user_id == row["user_id"]).values(last_ip=client_ip, **columns)


def _locked(row: RowMapping, moment: Moment) -> bool:
    since = (moment.now - LOCK_TIME).strftime("%Y-%m-%d %H:%M:%S")
    return (row["failed_login_count"] or 0) >= FAILURES_ALLOWED and (row["last_login_date"] or "") >= since


def _may_log_in(row: RowMapping) -> bool:
    return row["active"] == "Y" and (row["user_level"] or 0) >= LEAST_LEVEL


def _is_password(password: str, row: RowMapping | Mapping[str, Any], settings: Mapping[str, str]) -> bool:
    """Exact, in constant time. An empty password is nobody's, and no hash that cannot be computed is anybody's."""
    hashed, stored = _stored_password(row, settings)
    if not password:
        return False
    try:
        given = digest(password, settings["pass_key"], int(settings["pass_cost"] or 0)) if hashed else password
    except ValueError as reason:
        log.error("no password can be checked: the hash settings of system_settings do not work", reason=str(reason))
        return False
    return hmac.compare_digest(given.encode(), stored.encode()) and bool(stored)


def _stored_password(row: RowMapping | Mapping[str, Any], settings: Mapping[str, str]) -> tuple[bool, str]:
    """Whether passwords are hashed, and the one that counts as it is stored."""
    hashed = settings["pass_hash_enabled"] not in ("", "0")
    return hashed, row["pass_hash" if hashed else "pass"] or ""


def _seal(row: RowMapping, key: bytes, settings: Mapping[str, str]) -> str:
    hashed, stored = _stored_password(row, settings)
    return blake2b(f"{hashed}|{stored}".encode(), key=key, digest_size=32).hexdigest()


def _ip_allowed(ip: str, row: RowMapping, settings: Mapping[str, str], connection: Connection) -> bool:
    if settings["allow_ip_lists"] in ("", "0") or row["ignore_ip_list"] == "1":
        return True
    black, white = settings["system_ip_blacklist"], row["api_ip_list"] or ""
    if len(black) > 1 and _on_list(black, ip, connection):
        return False
    return len(white) <= 1 or _on_list(white, ip, connection)


def _on_list(ip_list: str, ip: str, connection: Connection) -> bool:
    """Whether the address, or its class C written as 10.1.2.x, stands in the list."""
    entries = vicidial_ip_list_entries.c
    found = select(entries.ip_list_id).where(entries.ip_list_id == ip_list, entries.ip_address.in_([ip, _LAST_NUMBER.sub("x", ip)]))
    return connection.execute(found.limit(1)).first() is not None


def _caller(user: str, row: RowMapping, connection: Connection) -> Caller:
    return Caller(
        user=user,
        level=row["user_level"],
        user_group=row["user_group"] or "",
        rights=frozenset(name for name in FLAGS if row[name] == "1"),
        functions=row["api_allowed_functions"] or "",
        campaigns=allowed_campaigns(row["allowed_campaigns"] or "", connection),
        viewable_groups=viewable_groups(row["admin_viewable_groups"] or ""),
        restricted=row["api_list_restrict"] == "1",
        language=row["selected_language"] or "",
        group_exists=row["group_found"] is not None,
    )


def allowed_campaigns(text: str, connection: Connection) -> tuple[str, ...] | None:
    """The campaigns of a user group's text such as ` CAMP1 CAMP2 -`; None when it opens all of them.

    `-ALL` anywhere in a word opens all (spec 00, section 7), unless the word is the id of a campaign.
    """
    words = tuple(word for word in text.split() if word != "-")
    if ALL_CAMPAIGNS in words:
        return None
    opening = [word for word in words if "-ALL" in word.upper()]
    if not opening:
        return words
    campaigns = select(vicidial_campaigns.c.campaign_id).where(vicidial_campaigns.c.campaign_id.in_(opening))
    ids = {row.campaign_id.upper() for row in connection.execute(campaigns)}
    return words if all(word.upper() in ids for word in opening) else None


def viewable_groups(text: str) -> tuple[str, ...] | None:
    """The user groups whose things a caller sees, those of no group and of all groups included; None for all."""
    words = tuple(word for word in text.split() if word != "-")
    if len(text) <= 3 or any(word.upper() in (ALL_GROUPS, "--ALL--") for word in words):
        return None
    return (ALL_GROUPS, "", *words)
