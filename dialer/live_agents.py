"""Agents that are logged in, and what each does: the pause code, and what the status leaves open, such as DISPO or DEAD.

At most six statements, however many agents. Source: spec agent_status.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from sqlalchemy import ColumnElement, Connection, select

from db.tables.live import parked_channels, vicidial_auto_calls, vicidial_live_agents, vicidial_live_chats
from db.tables.logs import vicidial_agent_log, vicidial_chat_log
from dialer.collation import folded

LONGEST_OWN_CALLERID = 18
SHORTEST_ANSWERED = 5
"""Characters that the uniqueid or the channel of an answered call has at least."""


class LiveAgent(Protocol):
    """A row of vicidial_live_agents, with at least these columns."""

    @property
    def user(self) -> str | None: ...
    @property
    def status(self) -> str | None: ...
    @property
    def lead_id(self) -> int: ...
    @property
    def preview_lead_id(self) -> int | None: ...
    @property
    def callerid(self) -> str | None: ...
    @property
    def comments(self) -> str | None: ...
    @property
    def on_hook_agent(self) -> str | None: ...
    @property
    def ring_callerid(self) -> str | None: ...
    @property
    def agent_log_id(self) -> int | None: ...


LIVE_AGENT = [
    vicidial_live_agents.c[name]
    for name in (
        *("user", "status", "lead_id", "preview_lead_id", "callerid"),
        *("comments", "on_hook_agent", "ring_callerid", "agent_log_id"),
    )
]
"""The columns that a LiveAgent needs."""


class Call(NamedTuple):
    """A telephone call under way."""

    phone_number: str
    uniqueid: str
    channel: str


class Chat(NamedTuple):
    """Whose chat with whom."""

    agent: str
    lead_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What goes on around some agents: their calls, parks and chats, and who shares a lead with whom."""

    pause_codes: Mapping[tuple[int, str], str] = field(default_factory=dict)
    calls: Mapping[str, Call] = field(default_factory=dict)
    parked: Set[str] = frozenset()
    talking: Mapping[int, Set[str]] = field(default_factory=dict)
    left_chats: Set[Chat] = frozenset()

    def pause_code(self, agent: LiveAgent) -> str:
        """The code that the agent chose for the present pause."""
        return self.pause_codes.get((agent.agent_log_id or 0, folded(agent.user or "")), "")

    def call(self, agent: LiveAgent) -> Call | None:
        """The call that the agent is in."""
        return self.calls.get(folded(agent.callerid or ""))

    def sub_status(self, agent: LiveAgent) -> str:
        """What the status leaves open; of several that hold the last one counts."""
        found = ""
        if agent.on_hook_agent == "Y" and len(agent.ring_callerid or "") > LONGEST_OWN_CALLERID:
            found = "RING"
        if agent.status == "PAUSED" and agent.lead_id > 0:
            found = "DISPO"
        if previews(agent):
            found = "PREVIEW"
        if agent.status != "INCALL":
            return found
        if agent.lead_id > 0 and self.talking.get(agent.lead_id, frozenset()) - {folded(agent.user or "")}:
            found = "3-WAY"
        return self.of_call(agent) or found

    def of_call(self, agent: LiveAgent) -> str:
        """What is special about the call, chat or mail of an agent that is INCALL."""
        comments = (agent.comments or "").upper()
        if folded(agent.callerid or "") in self.parked:
            return "PARK"
        if "CHAT" in comments:
            return "DEAD" if Chat(folded(agent.user or ""), agent.lead_id) in self.left_chats else ""
        if "EMAIL" in comments:
            return ""
        call = self.call(agent)
        if call is None:
            return "DEAD"
        unanswered = len(call.uniqueid) < SHORTEST_ANSWERED and len(call.channel) < SHORTEST_ANSWERED
        return "DIAL" if agent.comments == "MANUAL" and unanswered else ""


def previews(agent: LiveAgent) -> bool:
    """Whether the agent looks at a lead before dialing it: then that lead counts as the agent's."""
    return agent.status == "PAUSED" and (agent.preview_lead_id or 0) > 0


def load_floor(agents: Sequence[LiveAgent], connection: Connection) -> Floor:
    """What goes on around these agents."""
    incall = [agent for agent in agents if agent.status == "INCALL"]
    return Floor(
        pause_codes=_load_pause_codes([agent.agent_log_id for agent in agents if agent.agent_log_id], connection),
        calls=_calls_of(agents, connection),
        parked=_load_parked(sorted({agent.callerid or "" for agent in incall}), connection),
        talking=_load_talking(sorted({agent.lead_id for agent in incall if agent.lead_id > 0}), connection),
        left_chats=_load_left_chats([agent for agent in incall if "CHAT" in (agent.comments or "").upper()], connection),
    )


def load_surroundings(incall: Sequence[LiveAgent], calls: Mapping[str, Call] | None, connection: Connection) -> Floor:
    """The calls, parks and chats of agents that are INCALL: all that `Floor.of_call` needs. `calls`: theirs, where they are known."""
    return Floor(
        calls=_calls_of(incall, connection) if calls is None else calls,
        parked=_load_parked(sorted({agent.callerid or "" for agent in incall}), connection),
        left_chats=_load_left_chats([agent for agent in incall if "CHAT" in (agent.comments or "").upper()], connection),
    )


def _load_pause_codes(ids: Sequence[int], connection: Connection) -> dict[tuple[int, str], str]:
    if not ids:
        return {}
    log = vicidial_agent_log.c
    wanted = select(log.agent_log_id, log.user, log.sub_status).where(log.agent_log_id.in_(ids))
    return {(log_id, folded(user or "")): code or "" for log_id, user, code in connection.execute(wanted)}


def _calls_of(agents: Sequence[LiveAgent], connection: Connection) -> dict[str, Call]:
    callerids = sorted({agent.callerid for agent in agents if agent.callerid})
    return load_calls(vicidial_auto_calls.c.callerid.in_(callerids), connection) if callerids else {}


def load_calls(which: ColumnElement[bool], connection: Connection) -> dict[str, Call]:
    """The calls that meet a condition, by folded caller id; of several with one id the oldest."""
    calls = vicidial_auto_calls.c
    wanted = select(calls.callerid, calls.phone_number, calls.uniqueid, calls.channel).where(which)
    found: dict[str, Call] = {}
    for callerid, *values in connection.execute(wanted.order_by(calls.auto_call_id)):
        found.setdefault(folded(callerid or ""), Call(*(value or "" for value in values)))
    return found


def _load_parked(callerids: Sequence[str], connection: Connection) -> frozenset[str]:
    if not callerids:
        return frozenset()
    groups = parked_channels.c.channel_group
    return frozenset(folded(group) for group in connection.scalars(select(groups).where(groups.in_(callerids))))


def _load_talking(lead_ids: Sequence[int], connection: Connection) -> dict[int, set[str]]:
    if not lead_ids:
        return {}
    agents = vicidial_live_agents.c
    wanted = select(agents.lead_id, agents.user).where(agents.lead_id.in_(lead_ids), agents.status == "INCALL")
    found: dict[int, set[str]] = defaultdict(set)
    for lead_id, user in connection.execute(wanted):
        found[lead_id].add(folded(user or ""))
    return found


def _load_left_chats(agents: Sequence[LiveAgent], connection: Connection) -> frozenset[Chat]:
    """Which of the agents' chats, of each agent and lead the newest, the other side has left."""
    if not agents:
        return frozenset()
    chats, messages = vicidial_live_chats.c, vicidial_chat_log.c
    mine = chats.chat_creator.in_([agent.user for agent in agents]), chats.lead_id.in_([agent.lead_id for agent in agents])
    wanted = select(chats.chat_creator, chats.lead_id, chats.chat_id).where(*mine).order_by(chats.chat_start_time)
    newest = {Chat(folded(creator or ""), lead_id): str(chat_id) for creator, lead_id, chat_id in connection.execute(wanted)}
    if not newest:
        return frozenset()
    of_these = messages.chat_id.in_(sorted(set(newest.values())))
    left = set(connection.scalars(select(messages.chat_id).where(of_these, messages.message.like("%has left chat"))))
    return frozenset(chat for chat, chat_id in newest.items() if chat_id in left)
