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
from protocol.parameters import size
from protocol.replies import INVALID_SOURCE_AGAIN, FoundRows, Reply, error, listing, plain, reply

NO_CAMPAIGNS = error("call_status_stats INVALID OR MISSING CAMPAIGNS - {source}")
NOT_PERMITTED = error("call_status_stats USER DOES NOT HAVE PERMISSION TO VIEW STATS: |{user}|0|", data="0")
LINE = plain("{name}|{calls}|{human}|{hours}|{statuses}|")
FOUND = listing("call_status_stats", data="{user}|{stage}")

COLUMNS = ("type", "name", "total_calls", "human_answered_calls", "hours", "statuses")
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

    def answered(self, human: Set[str]) -> int:
        """How many were answered by a person."""
        return sum(number for status, number in self.statuses.items() if status in human)


Named = tuple[str, Calls, str]
"""A campaign or in-group with its calls, and what the text says for none of them answered by a person."""


def without_campaigns(request: Request) -> Reply | None:
    """The refusal that comes before all others; its second line blames the source, whatever that is."""
    if size(request.campaigns) >= SHORTEST:
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
    told = {"campaign": _told(campaigns, outbound), "in-group": _told(in_groups, inbound)}
    found = FoundRows(COLUMNS, [_row(kind, name, calls, human) for kind, some in told.items() for name, calls, _ in some])
    lines = [_line(name, calls, human, none) for some in told.values() for name, calls, none in some]
    return reply(FOUND(rows="".join(lines), user=caller.user, stage=request.stage), found=found)


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


def _told(names: Iterable[str], found: dict[str, Calls]) -> list[Named]:
    asked = sorted(set(names))
    unasked = sorted(found.keys() - set(asked), key=folded)
    return [(name, found.get(name, Calls()), "0") for name in asked] + [(name, found[name], "") for name in unasked]


def _row(kind: str, name: str, calls: Calls, human: Set[str]) -> tuple[object, ...]:
    hours = {hour: calls.hours[hour] for hour in HOURS}
    return kind, name, calls.statuses.total(), calls.answered(human), hours, dict(sorted(calls.statuses.items()))


def _line(name: str, calls: Calls, human: Set[str], none: str) -> str:
    """One line; `none` stands for no call answered by a person."""
    hours = ",".join(f"{hour}-{calls.hours[hour]}" for hour in HOURS)
    statuses = ",".join(f"{status}-{number}" for status, number in sorted(calls.statuses.items()))
    return LINE(name=name, calls=calls.statuses.total(), human=calls.answered(human) or none, hours=hours, statuses=statuses).text


FUNCTION = Read(
    name="call_status_stats",
    request=Request,
    permission=Permission(level=9, flags=("view_reports",), refusal=NOT_PERMITTED),
    answer=answer,
    checks_source=False,
    slow=True,
    before_permission=without_campaigns,
    columns=COLUMNS,
    statuses={NO_CAMPAIGNS: 422},
)
