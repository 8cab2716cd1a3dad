"""How many agents of a team do what: the counts of the live status reports.

Source: specs user_group_status and in_group_status.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from db.tables.live import vicidial_live_agents
from db.tables.users import vicidial_users
from dialer.collation import folded
from dialer.live_agents import LIVE_AGENT, Call, Floor, load_surroundings
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


def count_states(team: Sequence[Agent], connection: Connection, calls: Mapping[str, Call] | None = None) -> Counter[str]:
    """How many are in each state. `calls`, by folded caller id: the only ones that an agent can be in, if not all count.

    One statement where somebody is INCALL, one more where all calls count, two more where somebody chats.
    """
    incall = [agent for agent in team if agent.status == "INCALL"]
    floor = load_surroundings(incall, None if calls is None else _their_calls(incall, calls), connection)
    return Counter(state(agent, floor) for agent in team)


def _their_calls(incall: Sequence[Agent], calls: Mapping[str, Call]) -> dict[str, Call]:
    """The call of each caller id of the agents. One that ends with it will do (spec user_group_status)."""
    found = {callerid: _call_of(callerid, calls) for callerid in {folded(agent.callerid or "") for agent in incall}}
    return {callerid: call for callerid, call in found.items() if call is not None}


def _call_of(callerid: str, calls: Mapping[str, Call]) -> Call | None:
    if not callerid:  # such an agent is taken to be in any call
        return ANY_CALL if calls else None
    return calls.get(callerid) or next((call for other, call in calls.items() if other.endswith(callerid)), None)


def state(agent: Agent, floor: Floor) -> str:
    """The status, or what the agent does in truth: DISPO, PARK, DEAD or DIAL."""
    if agent.status in ("READY", "PAUSED") and agent.lead_id > 0:
        return "DISPO"
    if agent.status == "INCALL":
        return floor.of_call(agent) or "INCALL"
    return agent.status or ""
