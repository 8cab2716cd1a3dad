"""call_dispo_report: calls of campaigns, in-groups and DIDs, by status if asked for.

As CSV. One statement each for outbound, inbound and DID calls, and for DIDs by number, categories and user groups asked for.
Source: spec call_dispo_report.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from db.tables.logs import vicidial_closer_log, vicidial_log
from dialer.call_counts import (
    CallCount,
    CallFilter,
    Names,
    count_calls,
    count_did_calls,
    load_did_ids,
    load_statuses_of,
    load_users_of,
)
from dialer.collation import whole_number
from dialer.periods import period
from protocol.dashed import dashed
from protocol.functions import Caller, Moment, Permission, Question, Read
from protocol.parameters import CLEANERS, size
from protocol.replies import INVALID_SOURCE_AGAIN, FoundRows, Reply, error, listing, plain, reply

NOTHING_ASKED = error("call_dispo_report INVALID OR MISSING CAMPAIGNS, INGROUPS, OR DIDS - {source}")
# It names another function, in the log too.
NOT_PERMITTED = error("call_status_stats USER DOES NOT HAVE PERMISSION TO VIEW STATS: |{user}|0|", data="0")
HEAD = plain("CAMPAIGN,TOTAL CALLS{statuses}")
LINE = plain("{name},{calls}{statuses}")
TOTAL = plain("TOTAL,{calls}{statuses}", end="")
FOUND = listing("call_dispo_report", data="{user}|{stage}")

COLUMNS = ("name", "total_calls", "statuses")
SHORTEST = 2
AS_TEXT = {"content-type": "text/plain;charset=UTF-8"}
AS_FILE = {
    "content-type": "application/octet-stream",
    "expires": "0",
    "cache-control": "must-revalidate, post-check=0, pre-check=0",
    "pragma": "public",
}

Line = tuple[str, Counter[str]]
"""A name and its calls by status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of call_dispo_report. The lists have dashes between the names; cleaning takes those of DIDs away."""

    source: str = ""
    campaigns: str = ""
    ingroups: str = ""
    statuses: str = ""
    categories: str = ""
    users: str = ""
    user_groups: str = ""
    status_breakdown: str = ""
    show_percentages: str = ""
    file_download: str = ""
    query_date: str = ""
    query_time: str = ""
    end_date: str = ""
    end_time: str = ""
    stage: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)

    @property
    def did_ids(self) -> str:
        """The ids of DIDs, dashes between them."""
        return _kept(self.raw.get("did_ids", ""), "did_ids", "ALLDIDS")

    @property
    def did_patterns(self) -> str:
        """The numbers of DIDs, dashes between them."""
        return _kept(self.raw.get("did_patterns", ""), "did_patterns", "ALLPATTERNS")


def _kept(sent: str, name: str, everything: str) -> str:
    names = dashed(sent, everything)
    return everything if names is None else "-".join(map(CLEANERS[name], names))


def nothing_asked(request: Request) -> Reply | None:
    """The refusal that comes before all others; its second line blames the source, whatever that is."""
    if any(size(asked) >= SHORTEST for asked in (request.campaigns, request.ingroups, request.did_ids, request.did_patterns)):
        return None
    return reply(NOTHING_ASKED(source=request.source), INVALID_SOURCE_AGAIN(source=request.source))


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """A head, a line for each name that has calls, and the total; as a file to download if asked for, and then not logged."""
    lines = _load_lines(request, question.moment, connection)
    table = FoundRows(COLUMNS, [(name, calls.total(), dict(sorted(calls.items()))) for name, calls in lines])
    found = reply(FOUND(rows=_text(lines, request), user=caller.user, stage=request.stage), found=table)
    if whole_number(request.file_download) == 0:
        return replace(found, headers=AS_TEXT)
    name = f"API_call_dispo_report_{question.moment.now:%Y%m%d%H%M%S}.csv"
    return replace(found, log=(), headers={**AS_FILE, "content-disposition": f'attachment; filename="{name}"'})


def _load_lines(request: Request, moment: Moment, connection: Connection) -> list[Line]:
    covered = period(request.query_date, request.query_time, request.end_date, request.end_time, moment)
    wanted = CallFilter(period=covered, statuses=_statuses(request, connection), users=_users(request, connection))
    lines: list[Line] = []
    if request.campaigns:
        lines += _by_name(count_calls(vicidial_log, dashed(request.campaigns, "ALLCAMPAIGNS"), wanted, connection))
    if request.ingroups:
        lines += _by_name(count_calls(vicidial_closer_log, dashed(request.ingroups, "ALLGROUPS"), wanted, connection))
    elif request.did_ids or request.did_patterns:
        lines += _by_name(count_did_calls(_did_ids(request, connection), wanted, connection))
    return lines


def _by_name(counts: Iterable[CallCount]) -> Iterable[Line]:
    found: dict[str, Counter[str]] = {}
    for count in counts:
        found.setdefault(count.name, Counter())[count.status] += count.calls
    return found.items()


def _statuses(request: Request, connection: Connection) -> Names:
    """The statuses asked for, and those of the categories asked for."""
    if not request.statuses and not request.categories:
        return None
    statuses, categories = dashed(request.statuses, "ALLSTATUSES"), dashed(request.categories, "ALLCATEGORIES")
    if statuses is None or categories is None:
        return None
    named = set(statuses) if request.statuses else set()
    return named | load_statuses_of(categories, connection) if request.categories else named


def _users(request: Request, connection: Connection) -> Names:
    """The users asked for, and those of the groups asked for; the one left out is an empty name (spec call_dispo_report)."""
    if not request.users and not request.user_groups:
        return None
    users, groups = dashed(request.users, "ALLUSERS"), dashed(request.user_groups, "ALLGROUPS")
    return None if users is None or groups is None else set(users) | load_users_of(groups, connection)


def _did_ids(request: Request, connection: Connection) -> Names:
    """The DIDs asked for by id or number. None of them is empty: a call may have come without a DID."""
    ids, patterns = dashed(request.did_ids, "ALLDIDS"), dashed(request.did_patterns, "ALLPATTERNS")
    if ids is None or patterns is None:
        return None
    asked = set(patterns) - {""}
    return (set(ids) | load_did_ids(asked, connection) if asked else set(ids)) - {""}


def _text(lines: Iterable[Line], request: Request) -> str:
    lines = list(lines)
    total: Counter[str] = sum((calls for _, calls in lines), Counter())
    shown = sorted(total) if request.status_breakdown else []
    share = bool(request.show_percentages)
    rows = [LINE(name=name, calls=calls.total(), statuses=_numbers(calls, shown, share)) for name, calls in lines]
    head = HEAD(statuses="".join(f",{status}" for status in shown))
    end = TOTAL(calls=total.total(), statuses=_numbers(total, shown, share))
    return "".join([said.text for said in (head, *rows, end)])


def _numbers(calls: Counter[str], statuses: Iterable[str], share: bool) -> str:
    """How many calls had each status, and with `share` their part of all in percent."""
    total = calls.total()
    numbers = [calls[status] for status in statuses]
    return "".join([f",{number} ({100 * number / total:.1f}%)" if share else f",{number}" for number in numbers])


FUNCTION = Read(
    name="call_dispo_report",
    request=Request,
    permission=Permission(level=9, flags=("view_reports",), refusal=NOT_PERMITTED),
    answer=answer,
    checks_source=False,
    slow=True,
    before_permission=nothing_asked,
    columns=COLUMNS,
    statuses={NOTHING_ASKED: 422},
    text_only=("status_breakdown", "show_percentages", "file_download"),
    uncleaned=("did_ids", "did_patterns"),
)
