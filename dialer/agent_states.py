"""How many agents of a team do what: the counts of the live status reports.

Source: specs user_group_status and in_group_status.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from db.tables.live import vicidial_live_agents
from db.tables.users import vicidial_users
from dialer.live_agents import LIVE_AGENT, Call, Floor, load_calls
from dialer.restrictions import of_groups
from protocol.functions import Caller

WAITING = ("READY", "CLOSER")
ANY_CALL = Call(phone_number="", uniqueid="unknown", channel="unknown")

Agent = Row[*tuple[Any, ...]]


def load_team(among: ColumnElement[bool], caller: Caller, connection: Connection) -> Sequence[Agent]:
    """The agents that meet a condition and are logged in, if the caller may see their user group: one statement."""
    agents, users = vicidial_live_agents.c, vicidial_users.c
    team = select(*LIVE_AGENT).select_from(vicidial_live_agents.join(vicidial_users, users.user == agents.user))
    return connection.execute(team.where(among, of_groups(caller, users.user_group))).all()


def count_states(team: Sequence[Agent], connection: Connection, *, calls: bool) -> Counter[str]:
    """How many are in each state; `calls` says whether any call goes on at all.

    Two statements at most where somebody is INCALL, two more where somebody chats.
    """
    floor = load_calls([agent for agent in team if agent.status == "INCALL"], connection)
    if calls:
        # An agent without a caller id is taken to be in any call (spec user_group_status).
        floor = replace(floor, calls={**floor.calls, "": ANY_CALL})
    return Counter(state(agent, floor) for agent in team)


def state(agent: Agent, floor: Floor) -> str:
    """The status, or what the agent does in truth: DISPO, PARK, DEAD or DIAL."""
    if agent.status in ("READY", "PAUSED") and agent.lead_id > 0:
        return "DISPO"
    if agent.status == "INCALL":
        return floor.of_call(agent) or "INCALL"
    return agent.status or ""
