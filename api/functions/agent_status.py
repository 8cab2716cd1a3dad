"""agent_status: what an agent is doing now. Source: spec agent_status."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from db.tables.leads import vicidial_list
from db.tables.live import vicidial_live_agents
from db.tables.users import vicidial_users
from dialer.live_agents import LIVE_AGENT, load_floor, previews
from dialer.restrictions import of_groups
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Permission, Question, Read
from protocol.replies import Reply, error, listing, reply

NOT_PERMITTED = error("agent_status USER DOES NOT HAVE PERMISSION TO GET AGENT INFO: |{user}|0|", data="0")
INVALID_PARAMETERS = error("agent_status INVALID SEARCH PARAMETERS: {user}|{agent_user}", data="{user}|{agent_user}")
AGENT_NOT_FOUND = error("agent_status AGENT NOT FOUND: {user}|{agent_user}", data="{user}|{agent_user}")
NOT_LOGGED_IN = error("agent_status AGENT NOT LOGGED IN: {user}|{agent_user}", data="{user}|{agent_user}")
STATUS = listing("agent_status {rows}", data="{user}|{agent_user}|{stage}")

# Eight names for thirteen values: so it is recorded (spec agent_status, faults).
COLUMNS = ("status", "callerid", "lead_id", "campaign_id", "calls_today", "full_name", "user_group", "user_level")
LONGEST_AGENT_USER = 99
SHORTEST_NUMBER = 4

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
    if not 1 <= len(request.agent_user) <= LONGEST_AGENT_USER:
        return reply(INVALID_PARAMETERS(**names))
    user = _load_user(request.agent_user, caller, connection)
    if user is None:
        return reply(AGENT_NOT_FOUND(**names))
    agent = _load_agent(user.user, connection)
    if agent is None:
        return reply(NOT_LOGGED_IN(**names))
    shape = delimited(request.stage)
    rows = shape.rows([_row(agent, user, connection)], COLUMNS if request.header == HEADER else ())
    return reply(STATUS(rows=rows, stage=shape.stage, **names))


def _row(agent: Found, user: Found, connection: Connection) -> tuple[object, ...]:
    floor = load_floor([agent], connection)
    lead_id = agent.preview_lead_id if previews(agent) else agent.lead_id
    phone_number, vendor_lead_code = _load_lead(lead_id, connection)
    call = floor.call(agent)
    if call is not None and len(call.phone_number) >= SHORTEST_NUMBER:
        phone_number = call.phone_number
    return (
        *(agent.status, agent.callerid, lead_id, agent.campaign_id, agent.calls_today),
        *(user.full_name, user.user_group, user.user_level),
        *(floor.pause_code(agent), floor.sub_status(agent), phone_number, vendor_lead_code, agent.conf_exten),
    )


def _load_user(agent_user: str, caller: Caller, connection: Connection) -> Found | None:
    """The agent's own row, if the caller may see its user group."""
    users = vicidial_users.c
    wanted = select(users.user, users.full_name, users.user_group, users.user_level)
    return connection.execute(wanted.where(users.user == agent_user, of_groups(caller, users.user_group)).limit(1)).first()


def _load_agent(user: str, connection: Connection) -> Found | None:
    """The agent as logged in now."""
    agents = vicidial_live_agents.c
    wanted = select(*LIVE_AGENT, agents.campaign_id, agents.conf_exten, agents.calls_today)
    return connection.execute(wanted.where(agents.user == user).limit(1)).first()


def _load_lead(lead_id: int, connection: Connection) -> tuple[str, str]:
    """Phone number and vendor code of a lead; empty where there is none."""
    leads = vicidial_list.c
    wanted = select(leads.phone_number, leads.vendor_lead_code).where(leads.lead_id == lead_id)
    found = connection.execute(wanted).first() if lead_id > 0 else None
    return (found.phone_number or "", found.vendor_lead_code or "") if found else ("", "")


FUNCTION = Read(
    name="agent_status",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
)
