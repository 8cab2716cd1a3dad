"""agent_ingroup_info: the in-groups of an agent that is logged in.

As text or as a page, with a form to change them. Two statements: the agent with campaign and manager, the names of the
in-groups, which the text has no need of; one more for a caller with a language of its own. Source: spec agent_ingroup_info.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from db.compared import alike
from db.tables.campaigns import vicidial_campaigns
from db.tables.in_groups import vicidial_inbound_groups
from db.tables.live import vicidial_live_agents
from db.tables.users import vicidial_users
from dialer.collation import folded
from dialer.in_groups import closer_groups
from dialer.phrases import load_phrases
from dialer.restrictions import of_groups
from protocol import in_group_pages
from protocol.functions import Caller, Permission, Question, Read
from protocol.in_group_pages import InGroup, Shown
from protocol.replies import FoundRows, Reply, error, listing, reply, success

NOT_PERMITTED = error("agent_ingroup_info USER DOES NOT HAVE PERMISSION TO GET AGENT INFO: |{user}|0|", data="0")
INVALID_USER = error("agent_ingroup_info INVALID USER ID - {agent_user}|{user}", data="{session_id}")
AS_TEXT = success(
    " - {agent_user}|text\n"
    "SELECTED INGROUPS: {selected}\n"
    "OUTBOUND AUTODIAL: {autodial}\n"
    "MANAGER OVERRIDE: {override}\n"
    "MANAGER: {manager}\n",
    data="{agent_user}|{stage}",
)
AS_PAGE = listing("", data="{agent_user}|{stage}")

COLUMNS = ("agent_user", "selected_ingroups", "outbound_autodial", "manager_override", "manager")

Found = Row[*tuple[Any, ...]]

WITHOUT_INBOUND = ("MANUAL",)
WITHOUT_AUTODIAL = ("MANUAL", "INBOUND_MAN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of agent_ingroup_info."""

    agent_user: str = ""
    stage: str = ""
    session_id: str = ""


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """Four lines for the stage text, else a page; the form for the stage change of a caller with that right."""
    agent = _agent(request.agent_user, caller, connection)
    if agent is None:
        return reply(INVALID_USER(agent_user=request.agent_user, user=caller.user, session_id=request.session_id))
    named = {"agent_user": request.agent_user, "stage": request.stage}
    if request.stage == "text":
        facts = {
            "selected": agent.closer_campaigns or "",
            "autodial": agent.outbound_autodial or "",
            "override": agent.manager_ingroup_set or "",
            "manager": agent.external_igb_set_user or "",
        }
        fields = (agent.user, selected_groups(facts["selected"]), *list(facts.values())[1:])
        return reply(AS_TEXT(**facts, **named), found=FoundRows(COLUMNS, [fields]))
    phrase = load_phrases(in_group_pages.PHRASES, caller, question.settings, connection)
    page = in_group_pages.form if request.stage == "change" and "change_agent_campaign" in caller.rights else in_group_pages.information
    return reply(AS_PAGE(rows=page(shown(agent, caller, connection), phrase), **named))


def selected_groups(closer_campaigns: str) -> list[str]:
    """The in-groups that an agent takes calls from."""
    return [group for group in closer_groups(closer_campaigns) if group.strip("-")]


def shown(agent: Found, caller: Caller, connection: Connection) -> Shown:
    """What the pages show of an agent."""
    return Shown(
        user=agent.user,
        full_name=agent.full_name or "",
        campaign_id=agent.campaign_id or "",
        in_groups=_in_groups(agent, connection),
        selected=agent.closer_campaigns or "",
        outbound_autodial=agent.outbound_autodial or "",
        override=agent.manager_ingroup_set or "",
        manager=agent.external_igb_set_user or "",
        manager_name=agent.manager_name or "",
        ring_time=agent.on_hook_ring_time if agent.on_hook_agent == "Y" else None,
        may_blend=(agent.dial_method or "") not in WITHOUT_AUTODIAL,
        may_set_default="modify_users" in caller.rights,
    )


def _agent(agent_user: str, caller: Caller, connection: Connection) -> Found | None:
    """The agent as logged in now, if the caller may see its user group."""
    agents, users, campaigns, managers = (
        vicidial_live_agents.c,
        vicidial_users.c,
        vicidial_campaigns.c,
        vicidial_users.alias("managers"),
    )
    wanted = (
        select(
            *(agents[name] for name in ("user", "campaign_id", "closer_campaigns", "outbound_autodial", "manager_ingroup_set")),
            *(agents[name] for name in ("external_igb_set_user", "on_hook_agent", "on_hook_ring_time")),
            users.full_name,
            managers.c.full_name.label("manager_name"),
            *(campaigns[name] for name in ("campaign_allow_inbound", "dial_method")),
            campaigns.closer_campaigns.label("campaign_in_groups"),
        )
        .select_from(vicidial_live_agents)
        .join(vicidial_users, users.user == agents.user)
        .outerjoin(vicidial_campaigns, campaigns.campaign_id == agents.campaign_id)
        .outerjoin(managers, managers.c.user == agents.external_igb_set_user)
    )
    return connection.execute(wanted.where(users.user.in_(alike(agent_user)), of_groups(caller, users.user_group)).limit(1)).first()


def _in_groups(agent: Found, connection: Connection) -> list[InGroup]:
    """The in-groups that the agent's campaign takes calls from, with their names."""
    if agent.campaign_allow_inbound != "Y" or agent.dial_method in WITHOUT_INBOUND:
        return []
    ids = [group for group in closer_groups(agent.campaign_in_groups or "") if len(group) > 1]
    groups = vicidial_inbound_groups.c
    found = connection.execute(select(groups.group_id, groups.group_name).where(groups.group_id.in_(ids)))
    names = {folded(row.group_id): row.group_name or "" for row in found}
    selected = {folded(group) for group in (agent.closer_campaigns or "").split(" ")}
    return [InGroup(group, names.get(folded(group), ""), folded(group) in selected) for group in ids]


FUNCTION = Read(
    name="agent_ingroup_info",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access",), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    single=True,
    statuses={INVALID_USER: 404},
    text_only=("session_id",),
    fixed={"stage": "text"},
)
