"""call_status_stats: calls of campaigns and in-groups, by hour and by status.

Four statements at most: campaigns, human answered statuses, outbound and inbound calls. Source: spec call_status_stats.
"""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, union_all

from db.tables.campaigns import vicidial_campaigns
from db.tables.logs import vicidial_closer_log, vicidial_log
from db.tables.statuses import vicidial_campaign_statuses, vicidial_statuses
from dialer.call_counts import CallCount, CallFilter, Names, count_calls
from dialer.collation import folded
from dialer.in_groups import closer_groups
from dialer.periods import period
from protocol.dashed import dashed
from protocol.functions import Caller, Permission, Question, Read
from protocol.replies import INVALID_SOURCE_AGAIN, Reply, error, listing, plain, reply

NO_CAMPAIGNS = error("call_status_stats INVALID OR MISSING CAMPAIGNS - {source}")
NOT_PERMITTED = error("call_status_stats USER DOES NOT HAVE PERMISSION TO VIEW STATS: |{user}|0|", data="0")
LINE = plain("{name}|{calls}|{human}|{hours}|{statuses}|")
FOUND = listing("call_status_stats", data="{user}|{stage}")

SHORTEST = 2
HOURS = tuple(f"{hour:02}" for hour in range(24))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of call_status_stats; the lists have dashes between the names."""

    source: str = ""
    campaigns: str = ""
    ingroups: str = ""
    statuses: str = ""
    query_date: str = ""
    query_time: str = ""
    end_date: str = ""
    end_time: str = ""
    stage: str = ""


@dataclass(slots=True)
class Calls:
    """How many calls a campaign or in-group had, in each hour and with each status."""

    hours: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)


def without_campaigns(request: Request) -> Reply | None:
    """The refusal that comes before all others; its second line blames the source, whatever that is."""
    if len(request.campaigns) >= SHORTEST:
        return None
    return reply(NO_CAMPAIGNS(source=request.source), INVALID_SOURCE_AGAIN(source=request.source))


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """One line a campaign, then one an in-group; what has calls but was not asked for by that name comes after the others."""
    chosen = dashed(request.campaigns, "ALLCAMPAIGNS")
    campaigns, in_groups = _load_names(request, chosen, connection)
    human = _load_human_statuses(chosen, connection)
    covered = period(request.query_date, request.query_time, request.end_date, request.end_time, question.moment)
    wanted = CallFilter(period=covered, statuses=dashed(request.statuses) if request.statuses else None)
    outbound = _by_name(count_calls(vicidial_log, chosen, wanted, connection, by_hour=True))
    inbound = _by_name(count_calls(vicidial_closer_log, in_groups, wanted, connection, by_hour=True))
    lines = [*_lines(campaigns, outbound, human), *_lines(in_groups, inbound, human)]
    return reply(FOUND(rows="".join(lines), user=caller.user, stage=request.stage))


def _load_names(request: Request, chosen: Names, connection: Connection) -> tuple[Sequence[str], Sequence[str]]:
    """Campaigns and in-groups that get a line, calls or not: without in-groups asked for, those of the campaigns."""
    asked = dashed(request.ingroups) if request.ingroups else None
    if chosen is not None and asked is not None:
        return list(chosen), asked
    table = vicidial_campaigns.c
    wanted = select(table.campaign_id, table.closer_campaigns)
    rows = connection.execute(wanted if chosen is None else wanted.where(table.campaign_id.in_(chosen))).all()
    campaigns = [row.campaign_id for row in rows] if chosen is None else list(chosen)
    of_campaigns = [group for row in rows if row.closer_campaigns for group in closer_groups(row.closer_campaigns)]
    return campaigns, list(dict.fromkeys(of_campaigns)) if asked is None else asked


def _load_human_statuses(chosen: Names, connection: Connection) -> frozenset[str]:
    """Statuses of calls that a person answered, for all campaigns together."""
    general, own = vicidial_statuses.c, vicidial_campaign_statuses.c
    of_campaigns = select(own.status).where(own.human_answered == "Y")
    if chosen is not None:
        of_campaigns = of_campaigns.where(own.campaign_id.in_(chosen))
    return frozenset(connection.scalars(union_all(select(general.status).where(general.human_answered == "Y"), of_campaigns)))


def _by_name(counts: Iterable[CallCount]) -> dict[str, Calls]:
    found: dict[str, Calls] = {}
    for count in counts:
        calls = found.setdefault(count.name, Calls())
        calls.hours[count.hour] += count.calls
        calls.statuses[count.status] += count.calls
    return found


def _lines(names: Iterable[str], found: dict[str, Calls], human: Set[str]) -> list[str]:
    asked = sorted(set(names))
    unasked = sorted(found.keys() - set(asked), key=folded)
    return [_line(name, found.get(name, Calls()), human, "0") for name in asked] + [_line(name, found[name], human, "") for name in unasked]


def _line(name: str, calls: Calls, human: Set[str], none: str) -> str:
    """One line; `none` stands for no call answered by a person."""
    answered = sum(number for status, number in calls.statuses.items() if status in human)
    hours = ",".join(f"{hour}-{calls.hours[hour]}" for hour in HOURS)
    statuses = ",".join(f"{status}-{number}" for status, number in sorted(calls.statuses.items()))
    return LINE(name=name, calls=calls.statuses.total(), human=answered or none, hours=hours, statuses=statuses).text


FUNCTION = Read(
    name="call_status_stats",
    request=Request,
    permission=Permission(level=9, flags=("view_reports",), refusal=NOT_PERMITTED),
    answer=answer,
    checks_source=False,
    slow=True,
    before_permission=without_campaigns,
)
