"""How many calls campaigns, in-groups and DIDs had. Source: spec call_status_stats and call_dispo_report.

A filter of None lets everything through, an empty one nothing. Campaigns, in-groups and statuses come under the names
that the logs give them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Table, false, func, select, true, union

from db.compared import alike
from db.tables.in_groups import vicidial_inbound_dids
from db.tables.logs import vicidial_closer_log, vicidial_did_log
from db.tables.statuses import vicidial_campaign_statuses, vicidial_statuses
from db.tables.users import vicidial_users
from dialer.periods import Period

Names = Collection[str] | None


class CallCount(NamedTuple):
    """How many calls came through a campaign, in-group or DID with one status; `hour` is `00` to `23`, "" for all day."""

    name: str
    status: str
    hour: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls count: a period, and the statuses and users that are asked for."""

    period: Period
    statuses: Names = None
    users: Names = None


def count_calls(log: Table, names: Names, wanted: CallFilter, connection: Connection, *, by_hour: bool = False) -> Iterator[CallCount]:
    """Calls of vicidial_log by campaign, or of vicidial_closer_log by in-group. One statement."""
    columns = [log.c.campaign_id, log.c.status, *([func.substr(log.c.call_date, 12, 2)] if by_hour else [])]
    counted = select(*columns, func.count()).where(_during(log.c.call_date, wanted.period), _among(log.c.campaign_id, names))
    counted = counted.where(_among(log.c.status, wanted.statuses), _among(log.c.user, wanted.users))
    return map(_call_count, connection.execute(counted.group_by(*columns).order_by(*columns)))


def count_did_calls(did_ids: Names, wanted: CallFilter, connection: Connection) -> Iterator[CallCount]:
    """Calls that came in, by the number dialed: the time is that of the DID's log, status and user are the call's. One statement."""
    dids, calls = vicidial_did_log.c, vicidial_closer_log.c
    columns = dids.extension, calls.status
    both = vicidial_did_log.join(vicidial_closer_log, calls.uniqueid == dids.uniqueid)
    counted = select(*columns, func.count()).select_from(both).where(_during(dids.call_date, wanted.period), _among(dids.did_id, did_ids))
    counted = counted.where(_among(calls.status, wanted.statuses), _among(calls.user, wanted.users))
    return map(_call_count, connection.execute(counted.group_by(*columns).order_by(*columns)))


def load_statuses_of(categories: Collection[str], connection: Connection) -> set[str]:
    """Statuses that are in one of the categories, be they for all campaigns or for one."""
    tables = (vicidial_statuses.c, vicidial_campaign_statuses.c)
    return set(connection.scalars(union(*(select(table.status).where(table.category.in_(categories)) for table in tables))))


def load_users_of(user_groups: Collection[str], connection: Connection) -> set[str]:
    """Users of the groups."""
    users = vicidial_users.c
    return {user or "" for user in connection.scalars(select(users.user).where(users.user_group.in_(user_groups)))}


def load_did_ids(patterns: Collection[str], connection: Connection) -> set[str]:
    """Ids of the DIDs with these numbers."""
    dids = vicidial_inbound_dids.c
    return {str(did_id) for did_id in connection.scalars(select(dids.did_id).where(dids.did_pattern.in_(patterns)))}


def _during(time: ColumnElement[str], period: Period) -> ColumnElement[bool]:
    return time.between(period.first, period.last)


def _among(column: ColumnElement[str], names: Names) -> ColumnElement[bool]:
    if names is None:
        return true()
    return column.in_(sorted({form for name in names for form in alike(name)})) if names else false()


def _call_count(row: Row[*tuple[Any, ...]]) -> CallCount:
    name, status, *hour, calls = row
    return CallCount(name or "", status or "", hour[0] if hour else "", calls)
