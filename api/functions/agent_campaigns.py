"""agent_campaigns: the campaigns and in-groups that an agent may use.

Three statements: the agent with its user group, the campaigns, the in-groups; one more where the group allows a word
like -ALL. Source: spec agent_campaigns.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from db.compared import alike
from db.tables.campaigns import vicidial_campaigns
from db.tables.in_groups import vicidial_inbound_groups
from db.tables.users import vicidial_user_groups, vicidial_users
from dialer.callers import allowed_campaigns
from dialer.in_groups import closer_groups
from dialer.restrictions import of_groups
from protocol.delimited import HEADER, delimited
from protocol.functions import Caller, Permission, Question, Read
from protocol.replies import FoundRows, Reply, error, listing, reply

NOT_PERMITTED = error("agent_campaigns USER DOES NOT HAVE PERMISSION TO GET AGENT INFO: |{user}|0|", data="0")
NO_AGENT = error("agent_campaigns AGENT USER DOES NOT EXIST: |{user}|{agent_user}", data="{agent_user}")
NO_CAMPAIGNS = error(
    "agent_campaigns THIS AGENT USER HAS NO AVAILABLE CAMPAIGNS: {agent_user}|{user}|",
    data="{agent_user}|{user}|",
    reason="agent_campaigns THIS AGENT USER HAS NO AVAILABLE CAMPAIGNS",
)
FOUND = listing("agent_campaigns RESULTS FOUND: 1", data="{user}|{agent_user}|{campaigns}|{in_groups}")

COLUMNS = ("user", "allowed_campaigns_list", "allowed_ingroups_list")
DIRECT = "AGENTDIRECT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of agent_campaigns."""

    agent_user: str = ""
    campaign_id: str = ""
    ignore_agentdirect: str = ""
    stage: str = ""
    header: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Reply:
    """One line, below the names of its columns where asked for; both lists with dashes between the ids."""
    users, groups = vicidial_users.c, vicidial_user_groups.c
    agent = connection.execute(
        select(users.user, groups.allowed_campaigns)
        .select_from(vicidial_users.outerjoin(vicidial_user_groups, groups.user_group == users.user_group))
        .where(users.user.in_(alike(request.agent_user)), of_groups(caller, users.user_group))
        .limit(1)
    ).first()
    if agent is None:
        return reply(NO_AGENT(user=caller.user, agent_user=request.agent_user))
    allowed = allowed_campaigns(agent.allowed_campaigns or "", connection)
    campaigns = _campaigns(allowed, request.campaign_id, connection)
    if not campaigns:
        return reply(NO_CAMPAIGNS(agent_user=request.agent_user, user=caller.user))
    in_groups = _in_groups(campaigns.values(), connection, without_direct=request.ignore_agentdirect == "Y")
    lists = {"campaigns": "-".join(campaigns), "in_groups": "-".join(in_groups)}
    rows = delimited(request.stage).rows([(request.agent_user, *lists.values())], COLUMNS if request.header == HEADER else ())
    found = FoundRows(COLUMNS, [(request.agent_user, list(campaigns), in_groups)])
    return reply(FOUND(rows=rows, user=caller.user, agent_user=request.agent_user, **lists), found=found)


def _campaigns(allowed: tuple[str, ...] | None, campaign_id: str, connection: Connection) -> dict[str, str]:
    """The active campaigns among those allowed, and the in-groups each takes calls from, as the campaign has them."""
    campaigns = vicidial_campaigns.c
    wanted = select(campaigns.campaign_id, campaigns.closer_campaigns).where(campaigns.active == "Y")
    if allowed is not None:
        wanted = wanted.where(campaigns.campaign_id.in_(["", *allowed]))
    if campaign_id:
        wanted = wanted.where(campaigns.campaign_id == campaign_id)
    return {row.campaign_id: row.closer_campaigns or "" for row in connection.execute(wanted.order_by(campaigns.campaign_id))}


def _in_groups(closer_campaigns: Iterable[str], connection: Connection, *, without_direct: bool) -> list[str]:
    """The active in-groups of all the campaigns, each once."""
    ids = {group for text in closer_campaigns for group in closer_groups(text)}
    groups = vicidial_inbound_groups.c
    wanted = select(groups.group_id).where(groups.group_id.in_(sorted(ids)), groups.active == "Y").order_by(groups.group_id)
    return [group for group in connection.scalars(wanted) if not (without_direct and group.startswith(DIRECT))]


FUNCTION = Read(
    name="agent_campaigns",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    single=True,
    statuses={NO_AGENT: 404, NO_CAMPAIGNS: 404},
)
