"""agent_status: what an agent is doing now.

Three statements (user, agent, lead) and at most six more for what goes on around the agent. Source: spec agent_status.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from db.compared import alike
from db.tables.leads import vicidial_list
from db.tables.live import vicidial_live_agents
from db.tables.users import vicidial_users
from dialer.live_agents import LIVE_AGENT, load_floor, previews
from dialer.restrictions import of_groups
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Permission, Question, Read
from protocol.parameters import size
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("agent_status USER DOES NOT HAVE PERMISSION TO GET AGENT INFO: |{user}|0|", data="0")
INVALID_PARAMETERS = error("agent_status INVALID SEARCH PARAMETERS: {user}|{agent_user}", data="{user}|{agent_user}")
AGENT_NOT_FOUND = error("agent_status AGENT NOT FOUND: {user}|{agent_user}", data="{user}|{agent_user}")
NOT_LOGGED_IN = error("agent_status AGENT NOT LOGGED IN: {user}|{agent_user}", data="{user}|{agent_user}")
STATUS = listing("agent_status {rows}", data="{user}|{agent_user}|{stage}")

# Eight names for thirteen values: so it is recorded (spec, faults).
HEADER_NAMES = ("status", "callerid", "lead_id", "campaign_id", "calls_today", "full_name", "user_group", "user_level")
COLUMNS = (*HEADER_NAMES, "pause_code", "sub_status", "phone_number", "vendor_lead_code", "session_id")
LONGEST_AGENT_USER = 99
SHORTEST_PHONE = 4
"""Characters that the phone number of a call has at least, to be shown in place of the lead's."""

Found = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of agent_status."""

    agent_user: str = ""
    stage: str = ""
    header: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Reply:
    """One row of thirteen values, after a header if it is asked for."""
    names = {"user": caller.user, "agent_user": request.agent_user}
    if not 1 <= size(request.agent_user) <= LONGEST_AGENT_USER:
        return reply(INVALID_PARAMETERS(**names))
    user = _load_user(request.agent_user, caller, connection)
    if user is None:
        return reply(AGENT_NOT_FOUND(**names))
    agent = _load_agent(user.user, connection)
    if agent is None:
        return reply(NOT_LOGGED_IN(**names))
    shape = delimited(request.stage)
    found = FoundRows(COLUMNS, [_row(agent, user, connection)])
    rows = shape.rows(found.rows, HEADER_NAMES if request.header == HEADER else ())
    return reply(STATUS(rows=rows, stage=shape.stage, **names), found=found)


def _row(agent: Found, user: Found, connection: Connection) -> tuple[object, ...]:
    """The values of an agent that is logged in."""
    floor = load_floor([agent], connection)
    lead_id = agent.preview_lead_id if previews(agent) else agent.lead_id
    lead = _load_lead(lead_id, connection) if lead_id > 0 else None
    call = floor.call(agent)
    phone_number = lead.phone_number if lead else ""
    if call is not None and len(call.phone_number) >= SHORTEST_PHONE:
        phone_number = call.phone_number
    return (
        *(agent.status, agent.callerid, lead_id, agent.campaign_id, agent.calls_today),
        *(user.full_name, user.user_group, user.user_level),
        *(floor.pause_code(agent), floor.sub_status(agent)),
        *(phone_number, lead.vendor_lead_code if lead else "", agent.conf_exten),
    )


def _load_user(agent_user: str, caller: Caller, connection: Connection) -> Found | None:
    """The agent's own row, if the caller may see its user group."""
    users = vicidial_users.c
    found = select(users.user, users.full_name, users.user_group, users.user_level)
    return connection.execute(found.where(users.user.in_(alike(agent_user)), of_groups(caller, users.user_group)).limit(1)).first()


def _load_agent(user: str, connection: Connection) -> Found | None:
    """The agent as logged in now."""
    agents = vicidial_live_agents.c
    found = select(*LIVE_AGENT, agents.campaign_id, agents.calls_today, agents.conf_exten)
    return connection.execute(found.where(agents.user == user).limit(1)).first()


def _load_lead(lead_id: int, connection: Connection) -> Found | None:
    """Phone number and vendor code of a lead."""
    leads = vicidial_list.c
    return connection.execute(select(leads.phone_number, leads.vendor_lead_code).where(leads.lead_id == lead_id)).first()


FUNCTION = Read(
    name="agent_status",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    single=True,
    statuses={INVALID_PARAMETERS: 422, AGENT_NOT_FOUND: 404, NOT_LOGGED_IN: 404},
)
