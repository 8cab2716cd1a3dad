"""Users of the dialer as add_user and update_user see and change them. Source: spec add_user and update_user."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select, update

from db.compared import Unpadded
from db.rows import insert_rows, inserting_missing
from db.tables.campaigns import vicidial_campaigns
from db.tables.phones import phones, phones_alias
from db.tables.system import system_settings as settings_table
from db.tables.users import vicidial_campaign_agents, vicidial_user_groups, vicidial_users
from db.updates import update_rows
from dialer.collation import folded
from dialer.password_hash import digest
from protocol.functions import Caller

NAME_WIDTH = 20
HIGHEST_LEVEL = 9
NUMBER_STEP = 7
"""Distance of the numbers that users are named with where the dialer names them itself."""
NUMBERS_AT_ONCE = 200

Columns = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class User:
    """A user that is there."""

    user_id: int
    level: int
    user_group: str


@dataclass(frozen=True, slots=True)
class Ranks:
    """Columns of vicidial_campaign_agents that the user gets in each of the campaigns."""

    user: str
    campaigns: Sequence[str]
    columns: Columns


@dataclass(slots=True, kw_only=True)
class UserChanges:
    """What one request changes: a new row, columns of a row that is there, ranks; or it deletes the row.

    `number` is the number that a new user is named with, where the dialer chose it.
    """

    new: Columns = field(default_factory=dict)
    number: int = 0
    user_id: int = 0
    columns: Columns = field(default_factory=dict)
    ranks: Ranks | None = None
    deleted: bool = False


def may_give(caller: Caller, level: int) -> bool:
    """Whether a user may get this level: 1 to 9, below the caller's; level 9 gives its own with modify_same_user_level."""
    if not 1 <= level <= HIGHEST_LEVEL:
        return False
    return level < caller.level or (level == caller.level == HIGHEST_LEVEL and same_level(caller))


def same_level(caller: Caller) -> bool:
    """Whether the caller may change users of its own level."""
    return "modify_same_user_level" in caller.rights


def password_columns(password: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Where a password is kept: as its hash alone if the system hashes. Raises ValueError where no hash can be computed."""
    if settings["pass_hash_enabled"] in ("", "0"):
        return {"pass": password}
    return {"pass": "", "pass_hash": digest(password, settings["pass_key"], int(settings["pass_cost"] or 0))}


def load_users(names: Iterable[str], connection: Connection) -> dict[str, User]:
    """The users that are there, by folded name."""
    table = vicidial_users.c
    wanted = sorted({name.rstrip(" ") for name in names})
    rows = connection.execute(select(table.user, table.user_id, table.user_level, table.user_group).where(Unpadded(table.user).in_(wanted)))
    return {folded(name): User(user_id, level or 0, group or "") for name, user_id, level, group in rows}


def load_user_groups(names: Iterable[str], connection: Connection) -> frozenset[str]:
    """Which of the user groups exist, folded."""
    wanted, column = sorted({name for name in names if name}), vicidial_user_groups.c.user_group
    return frozenset(map(folded, connection.scalars(select(column).where(column.in_(wanted))))) if wanted else frozenset()


def load_logins(names: Iterable[str], connection: Connection) -> frozenset[str]:
    """Which of the names are logins of phones or ids of phone aliases, folded."""
    wanted = sorted({name for name in names if name})
    if not wanted:
        return frozenset()
    found = [*connection.scalars(select(phones.c.login).where(phones.c.login.in_(wanted)))]
    found += connection.scalars(select(phones_alias.c.alias_id).where(phones_alias.c.alias_id.in_(wanted)))
    return frozenset(map(folded, found))


def load_campaign_ids(connection: Connection) -> list[str]:
    """Every campaign, active or not."""
    return [*connection.scalars(select(vicidial_campaigns.c.campaign_id).order_by(vicidial_campaigns.c.campaign_id))]


def free_number(connection: Connection) -> int:
    """The number that the next user is named with: system_settings has the last one, those that are taken are stepped over."""
    first = connection.scalar(select(settings_table.c.auto_user_add_value).limit(1)) or 0
    while True:
        numbers = range(first, first + NUMBER_STEP * NUMBERS_AT_ONCE, NUMBER_STEP)
        names = select(vicidial_users.c.user).where(vicidial_users.c.user.in_([str(n) for n in numbers]))
        taken = set(connection.scalars(names))
        for number in numbers:
            if str(number) not in taken:
                return number
        first = numbers[-1] + NUMBER_STEP


def store_users(changes: Sequence[UserChanges], connection: Connection) -> None:
    """Store what the requests of a batch change; no user stands in it twice."""
    insert_rows(connection, vicidial_users, [c.new for c in changes if c.new])
    update_rows(connection, vicidial_users, [(c.user_id, c.columns) for c in changes if c.columns])
    for ranks in (c.ranks for c in changes if c.ranks):
        _store_ranks(ranks, connection)
    deleted = [c.user_id for c in changes if c.deleted]
    if deleted:
        connection.execute(delete(vicidial_users).where(vicidial_users.c.user_id.in_(deleted)))
    for number in (c.number for c in changes if c.number):
        connection.execute(update(settings_table).values(auto_user_add_value=number))


def _store_ranks(ranks: Ranks, connection: Connection) -> None:
    """Make the rows that are missing, then set the columns: an agent who logs in meanwhile may make them too."""
    table = vicidial_campaign_agents
    rows = [{"user": ranks.user, "campaign_id": campaign_id} for campaign_id in ranks.campaigns]
    connection.execute(inserting_missing(table), rows)
    chosen = table.c.user == ranks.user, table.c.campaign_id.in_(ranks.campaigns)
    connection.execute(update(table).where(*chosen).values(**ranks.columns))
