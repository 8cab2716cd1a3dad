"""agent_stats_export: what each agent's log of some time adds up to.

One statement. Source: spec agent_stats_export.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select

from db.compared import alike
from db.tables.logs import vicidial_agent_log
from db.tables.users import vicidial_users
from dialer.periods import as_compared
from protocol.delimited import delimited
from protocol.durations import DEFAULT, duration, percentage, rounded
from protocol.functions import Caller, Permission, Question, Read, Rows
from protocol.parameters import size
from protocol.replies import error, listing, reply

NOT_PERMITTED = error("agent_stats_export USER DOES NOT HAVE PERMISSION TO GET AGENT INFO: |{user}|0|", data="0")
INVALID = error(
    "agent_stats_export INVALID SEARCH PARAMETERS: {user}|{agent_user}|{datetime_start}|{datetime_end}",
    data="{user}|{agent_user}|{datetime_start}|{datetime_end}",
)
NOT_FOUND = error("agent_stats_export NO RECORDS FOUND - {user}|{agent_user}|{lead_id}|{date}", data="{user}|{agent_user}|{lead_id}|{date}")
FOUND = listing("agent_stats_export AGENTS FOUND: {found}", data="{user}|{agent_user}|{lead_id}|{date}|{stage}")

# The header lacks the name of the last value (spec agent_stats_export).
HEADER_NAMES = (
    *("user", "full_name", "user_group", "calls", "login_time", "total_talk_time", "avg_talk_time", "avg_wait_time", "pct_of_queue"),
    *("pause_time", "sessions", "avg_session", "pauses", "avg_pause_time", "pause_pct", "pauses_per_session"),
)
COLUMNS = (*HEADER_NAMES, "total_wait_time")
MOMENT_LENGTH = 19

Summed = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of agent_stats_export; lead_id and date are only shown."""

    datetime_start: str = ""
    datetime_end: str = ""
    agent_user: str = ""
    time_format: str = ""
    lead_id: str = ""
    date: str = ""
    stage: str = ""
    header: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Rows:
    """One line an agent, in the order of their names."""
    start, end = request.datetime_start, request.datetime_end
    named = {"user": caller.user, "agent_user": request.agent_user}
    if size(start) != MOMENT_LENGTH or size(end) != MOMENT_LENGTH:
        return reply(INVALID(datetime_start=start, datetime_end=end, **named))
    agents = connection.execute(_sums(start.replace("+", " "), end.replace("+", " "), request.agent_user)).all()
    total = sum(agent.calls for agent in agents)
    for agent in agents:
        yield values(agent, total, request.time_format or DEFAULT)
    named |= {"lead_id": request.lead_id, "date": request.date}
    return reply(FOUND(rows="", found=len(agents), stage=delimited(request.stage).stage, **named) if agents else NOT_FOUND(**named))


def values(agent: Summed, total: int, time_format: str) -> tuple[object, ...]:
    """The values of one agent; `total` is the calls of all."""

    def time(seconds: int) -> str:
        return duration(seconds, time_format)

    span = (agent.last_epoch or 0) - (agent.first_epoch or 0) + agent.last_seconds
    login = min(agent.pause + agent.wait + agent.talk + agent.dispo, span)
    talk, wait = (agent.talk - agent.dead, agent.wait) if agent.calls else (0, 0)
    sessions = agent.sessions or 1
    return (
        *(agent.user, agent.full_name, agent.user_group, agent.calls, time(login), time(talk)),
        *(time(rounded(talk, agent.calls)), time(rounded(wait, agent.calls)), percentage(agent.calls, total)),
        *(agent.pause, sessions, time(rounded(login, sessions)), agent.pauses, time(rounded(agent.pause, agent.pauses))),
        percentage(agent.pause, login) if agent.pauses and login >= 1 else "100%",
        *(rounded(agent.pauses, sessions), time(wait)),
    )


def _sums(start: str, end: str, agent_user: str) -> Select[*tuple[Any, ...]]:
    """What the log rows of each agent add up to, with the first and the last of them."""
    log, users = vicidial_agent_log.c, vicidial_users.c
    parts = {"pause": log.pause_sec, "wait": log.wait_sec, "talk": log.talk_sec, "dispo": log.dispo_sec, "dead": log.dead_sec}
    rows = select(
        func.sum(case((log.lead_id > 0, 1), else_=0)).label("calls"),
        func.count(log.pause_sec).label("pauses"),
        func.sum(case((log.sub_status.like("%LOGIN%"), 1), else_=0)).label("sessions"),
        *(func.sum(func.coalesce(column, 0)).label(name) for name, column in parts.items()),
        func.min(log.agent_log_id).label("first_id"),
        func.max(log.agent_log_id).label("last_id"),
    ).where(log.event_time >= as_compared(start), log.event_time <= as_compared(end))
    if agent_user:
        rows = rows.where(log.user.in_(alike(agent_user)))
    sums = rows.group_by(log.user).subquery("sums")
    first, last = vicidial_agent_log.alias("first"), vicidial_agent_log.alias("last")
    of_last = [func.coalesce(last.c[name], 0) for name in ("pause_sec", "wait_sec", "talk_sec", "dispo_sec")]
    return (
        select(
            sums,
            *(first.c.user, users.full_name, users.user_group),
            *(first.c.pause_epoch.label("first_epoch"), last.c.pause_epoch.label("last_epoch")),
            (of_last[0] + of_last[1] + of_last[2] + of_last[3]).label("last_seconds"),
        )
        .select_from(sums)
        .join(first, first.c.agent_log_id == sums.c.first_id)
        .join(last, last.c.agent_log_id == sums.c.last_id)
        .outerjoin(vicidial_users, users.user == first.c.user)
        .order_by(first.c.user, first.c.agent_log_id)
    )


FUNCTION = Read(
    name="agent_stats_export",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    header=HEADER_NAMES,
    slow=True,
    statuses={INVALID: 422, NOT_FOUND: 200},
    text_only=("lead_id", "date"),
)
