"""logged_in_agents: who is logged in, and what each agent does.

One statement; with sub-statuses at most six more, however many agents. Source: spec logged_in_agents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, select, true

from db.tables.live import vicidial_live_agents
from db.tables.users import vicidial_users
from dialer.live_agents import LIVE_AGENT, load_floor, previews
from dialer.restrictions import of_campaigns, of_groups
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Permission, Question, Read
from protocol.parameters import size
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("logged_in_agents USER DOES NOT HAVE PERMISSION TO GET AGENT INFO: |{user}|0|", data="0")
NOBODY = error("logged_in_agents NO LOGGED IN AGENTS: {user}|{agent_user}", data="{user}|{agent_user}")
FOUND = listing("logged_in_agents {rows}", data="{user}|{count}|{stage}")

COLUMNS = ("user", "campaign_id", "session_id", "status", "lead_id", "callerid", "calls_today", "full_name", "user_group", "user_level")
MORE_COLUMNS = ("pause_code", "sub_status")
LONGEST_FILTER = 9999

Found = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of logged_in_agents; agent_user is only shown in an error."""

    campaigns: str = ""
    user_groups: str = ""
    show_sub_status: str = ""
    agent_user: str = ""
    header: str = ""
    stage: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Reply:
    """One line an agent, in the order in which they logged in."""
    agents = _load_agents(request, caller, connection)
    shown = [agent for agent in agents if agent.shown]
    if not shown:
        return reply(NOBODY(user=caller.user, agent_user=request.agent_user))
    detailed = request.show_sub_status == "YES"
    rows = _detailed(shown, connection) if detailed else [_row(agent, agent.lead_id) for agent in shown]
    found = FoundRows([*COLUMNS, *(MORE_COLUMNS if detailed else ())], rows)
    shape = delimited(request.stage)
    text = shape.rows(found.rows, found.columns if request.header == HEADER else ())
    return reply(FOUND(rows=text, user=caller.user, count=len(agents), stage=shape.stage), found=found)


def _load_agents(request: Request, caller: Caller, connection: Connection) -> Sequence[Found]:
    """The agents of the campaigns asked for; `shown` where user and user group are to be seen as well."""
    agents, users = vicidial_live_agents.c, vicidial_users.c
    seen = users.user.is_not(None) & of_groups(caller, users.user_group) & _among(request.user_groups, users.user_group)
    wanted = (
        select(*LIVE_AGENT, agents.campaign_id, agents.conf_exten, agents.calls_today)
        .add_columns(users.full_name, users.user_group, users.user_level, case((seen, 1), else_=0).label("shown"))
        .select_from(vicidial_live_agents.outerjoin(vicidial_users, users.user == agents.user))
        .where(of_campaigns(caller, agents.campaign_id), _among(request.campaigns, agents.campaign_id))
    )
    return connection.execute(wanted.order_by(agents.live_agent_id)).all()


def _among(wanted: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Condition: one of the names asked for, which pipes separate. No names, or too many, are no condition."""
    return column.in_(wanted.split("|")) if 0 < size(wanted) <= LONGEST_FILTER else true()


def _detailed(agents: Sequence[Found], connection: Connection) -> list[tuple[object, ...]]:
    floor = load_floor(agents, connection)
    return [
        (*_row(agent, agent.preview_lead_id if previews(agent) else agent.lead_id), floor.pause_code(agent), floor.sub_status(agent))
        for agent in agents
    ]


def _row(agent: Found, lead_id: int) -> tuple[object, ...]:
    of_call = (agent.campaign_id, agent.conf_exten, agent.status, lead_id, agent.callerid, agent.calls_today)
    return (agent.user, *of_call, agent.full_name, agent.user_group, agent.user_level)


FUNCTION = Read(
    name="logged_in_agents",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=(*COLUMNS, *MORE_COLUMNS),
    statuses={NOBODY: 200},
    text_only=("agent_user",),
)
