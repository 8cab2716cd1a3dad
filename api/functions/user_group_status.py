"""user_group_status: how many agents of some user groups do what, at this moment.

Three statements, the agents, the calls and those that wait; one more for agents in calls, and two for agents in chats.
Source: spec user_group_status.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from db.tables.live import vicidial_auto_calls
from db.tables.users import vicidial_users
from dialer.agent_states import WAITING, count_states, load_team
from dialer.live_agents import load_calls
from dialer.restrictions import of_calls
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Permission, Question, Read
from protocol.parameters import size
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("user_group_status USER DOES NOT HAVE PERMISSION TO GET USER GROUP INFO: |{user}|0|", data="0")
INVALID = error("user_group_status INVALID SEARCH PARAMETERS: {user}|{user_groups}", data="{user}|{user_groups}")
FOUND = listing("user_group_status AGENTS FOUND: {found}", data="{user}|{user_groups}|{stage}")

LONGEST = 9999
COLUMNS = (
    *("usergroups", "calls_waiting", "agents_logged_in", "agents_in_calls", "agents_waiting", "agents_paused"),
    *("agents_in_dead_calls", "agents_in_dispo", "agents_in_dial"),
)
# A call that is being dialed counts here and in a column of its own.
IN_CALLS = ("INCALL", "DIAL", "PARK", "QUEUE", "MQUEUE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of user_group_status; the groups have pipes between them."""

    user_groups: str = ""
    stage: str = ""
    header: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Reply:
    """One line for all the groups together, below the names of its columns where asked for."""
    if not 1 <= size(request.user_groups) <= LONGEST:
        return reply(INVALID(user=caller.user, user_groups=request.user_groups))
    groups = request.user_groups.split("|")
    team = load_team(vicidial_users.c.user_group.in_(groups), caller, connection)
    # an agent in a call that the caller may not see counts as one whose call is gone (spec user_group_status)
    seen = of_calls(caller, vicidial_auto_calls.c.campaign_id)
    states = count_states(team, connection, load_calls(seen, connection))
    counts = [sum(states[state] for state in some) for some in (IN_CALLS, WAITING, ("PAUSED",), ("DEAD",), ("DISPO",), ("DIAL",))]
    form = delimited(request.stage)
    values = (_waiting(seen, connection), len(team), *counts)
    rows = form.rows([(" ".join(groups), *values)], COLUMNS if request.header == HEADER else ())
    said = FOUND(rows=rows, found=len(team), user=caller.user, user_groups=request.user_groups, stage=form.stage)
    return reply(said, found=FoundRows(COLUMNS, [(groups, *values)]))


def _waiting(seen: ColumnElement[bool], connection: Connection) -> int:
    """How many calls wait for an agent, whatever group's."""
    calls = vicidial_auto_calls.c
    found: int = connection.execute(select(func.count()).select_from(vicidial_auto_calls).where(seen, calls.status == "LIVE")).scalar_one()
    return found


FUNCTION = Read(
    name="user_group_status",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    single=True,
    statuses={INVALID: 422},
)
