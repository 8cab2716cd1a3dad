"""in_group_status: how many calls are in some in-groups, and how many of their agents do what, at this moment.

Two statements, the calls and the agents; two more for agents in calls, and two for agents in chats.
Source: spec in_group_status.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from db.tables.live import vicidial_auto_calls, vicidial_live_agents, vicidial_live_inbound_agents
from dialer.agent_states import WAITING, count_states, load_team
from dialer.restrictions import of_calls
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Permission, Question, Read
from protocol.parameters import size
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("in_group_status USER DOES NOT HAVE PERMISSION TO GET IN-GROUP INFO: |{user}|0|", data="0")
INVALID = error("in_group_status INVALID SEARCH PARAMETERS: {user}|{in_groups}", data="{user}|{in_groups}")
# It says CALLS, but counts the agents (spec in_group_status, faults).
FOUND = listing("in_group_status CALLS FOUND: {found}", data="{user}|{in_groups}|{stage}")

LONGEST = 9999
COLUMNS = (
    *("ingroups", "total_calls", "calls_waiting", "agents_logged_in", "agents_in_calls", "agents_waiting", "agents_paused"),
    *("agents_in_dispo", "agents_in_dial"),
)
# There is no column for parked and dead calls: they count as calls here.
IN_CALLS = ("INCALL", "QUEUE", "MQUEUE", "DIAL", "PARK", "DEAD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of in_group_status; the in-groups have pipes between them."""

    in_groups: str = ""
    stage: str = ""
    header: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Reply:
    """One line for all the in-groups together, below the names of its columns where asked for."""
    if not 1 <= size(request.in_groups) <= LONGEST:
        return reply(INVALID(user=caller.user, in_groups=request.in_groups))
    groups = request.in_groups.split("|")
    inbound = vicidial_live_inbound_agents.c
    among = vicidial_live_agents.c.user.in_(select(inbound.user).where(inbound.group_id.in_(groups)))
    team = load_team(among, caller, connection)
    states = count_states(team, connection)
    counts = [sum(states[state] for state in some) for some in (IN_CALLS, WAITING, ("PAUSED",), ("DISPO",), ("DIAL",))]
    form = delimited(request.stage)
    values = (*_calls(groups, caller, connection), len(team), *counts)
    rows = form.rows([(" ".join(groups), *values)], COLUMNS if request.header == HEADER else ())
    said = FOUND(rows=rows, found=len(team), user=caller.user, in_groups=request.in_groups, stage=form.stage)
    return reply(said, found=FoundRows(COLUMNS, [(groups, *values)]))


def _calls(groups: list[str], caller: Caller, connection: Connection) -> tuple[int, int]:
    """How many calls are in the in-groups, and how many of them wait for an agent."""
    calls = vicidial_auto_calls.c
    waiting = func.coalesce(func.sum(case((calls.status == "LIVE", 1), else_=0)), 0)
    visible = select(func.count(), waiting).where(calls.campaign_id.in_(groups), of_calls(caller, calls.campaign_id))
    row = connection.execute(visible).one()
    return row[0], row[1]


FUNCTION = Read(
    name="in_group_status",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    single=True,
    statuses={INVALID: 422},
)
