"""What an agent does, beside its status."""

from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, select

from db.tables.live import vicidial_live_agents
from dialer.live_agents import LIVE_AGENT, Call, Chat, Floor, load_floor, previews
from tests.dialer.rows import put

RINGING = Call("7275551111", "", "SIP/")
ANSWERED = Call("7275551111", "1573121212.15", "SIP/trunk-0001")


@dataclass
class Agent:
    user: str = "Agent1"
    status: str = "INCALL"
    lead_id: int = 0
    preview_lead_id: int = 0
    callerid: str = "V1"
    comments: str = ""
    on_hook_agent: str = "N"
    ring_callerid: str = ""
    agent_log_id: int = 0


@pytest.mark.parametrize(
    ("agent", "floor", "found"),
    [
        (Agent(status="READY"), Floor(), ""),
        (Agent(status="READY", on_hook_agent="Y", ring_callerid="V" * 19), Floor(), "RING"),
        (Agent(status="READY", on_hook_agent="Y", ring_callerid="V" * 18), Floor(), ""),
        (Agent(status="PAUSED", lead_id=5), Floor(), "DISPO"),
        (Agent(status="PAUSED", lead_id=5, preview_lead_id=6), Floor(), "PREVIEW"),
        (Agent(lead_id=5), Floor(calls={"v1": ANSWERED}, talking={5: {"agent1"}}), ""),
        (Agent(lead_id=5), Floor(calls={"v1": ANSWERED}, talking={5: {"agent1", "agent2"}}), "3-WAY"),
        (Agent(lead_id=5), Floor(talking={5: {"agent2"}}), "DEAD"),
        (Agent(), Floor(calls={"v1": ANSWERED}, parked={"v1"}), "PARK"),
        (Agent(comments="MANUAL"), Floor(calls={"v1": RINGING}), "DIAL"),
        (Agent(comments="MANUAL"), Floor(calls={"v1": ANSWERED}), ""),
        (Agent(), Floor(calls={"v1": RINGING}), ""),
        (Agent(comments="EMAIL"), Floor(), ""),
        (Agent(comments="CHAT", lead_id=5), Floor(), ""),
        (Agent(comments="CHAT", lead_id=5), Floor(left_chats={Chat("agent1", 5)}), "DEAD"),
        (Agent(comments="CHAT", lead_id=6), Floor(left_chats={Chat("agent1", 5)}), ""),
    ],
)
def test_the_last_rule_that_holds_counts(agent: Agent, floor: Floor, found: str) -> None:
    assert floor.sub_status(agent) == found


def test_a_preview_counts_in_a_pause_only() -> None:
    assert previews(Agent(status="PAUSED", preview_lead_id=6))
    assert not previews(Agent(status="READY", preview_lead_id=6))


def test_the_floor_is_read_for_all_agents_at_once(connection: Connection, queries: list[str]) -> None:
    agents = [
        {"user": "a1", "status": "INCALL", "lead_id": 5, "callerid": "V1", "agent_log_id": 11},
        {"user": "A2", "status": "INCALL", "lead_id": 5, "callerid": "v2", "agent_log_id": 12},
        {"user": "a3", "status": "INCALL", "lead_id": 7, "callerid": "", "comments": "CHAT"},
        {"user": "a4", "status": "INCALL", "lead_id": 8, "callerid": "V4"},
        {"user": "a5", "status": "PAUSED", "lead_id": 0, "callerid": "", "agent_log_id": 13},
    ]
    put(
        connection,
        vicidial_live_agents=agents,
        vicidial_auto_calls=[{"callerid": "V1", "channel": "SIP/trunk"}, {"callerid": "V2", "channel": "SIP/trunk"}],
        parked_channels=[{"channel": "x", "channel_group": "V4"}],
        vicidial_agent_log=[
            {"agent_log_id": 13, "user": "A5", "sub_status": "LUNCH"},
            {"agent_log_id": 11, "user": "other", "sub_status": "X"},
        ],
        vicidial_live_chats=[
            {"chat_id": 1, "chat_creator": "A3", "lead_id": 7, "chat_start_time": "2020-11-01 10:00:00"},
            {"chat_id": 2, "chat_creator": "A3", "lead_id": 7, "chat_start_time": "2020-11-01 11:00:00"},
        ],
        vicidial_chat_log=[{"chat_id": "2", "message": "Bob has left chat"}],
    )
    queries.clear()
    live = connection.execute(select(*LIVE_AGENT).order_by(vicidial_live_agents.c.live_agent_id)).all()
    floor = load_floor(live, connection)
    assert len(queries) == 7
    assert [floor.sub_status(agent) for agent in live] == ["3-WAY", "3-WAY", "DEAD", "PARK", ""]
    assert [floor.pause_code(agent) for agent in live] == ["", "", "", "", "LUNCH"]


def test_an_older_chat_that_was_left_does_not_count(connection: Connection) -> None:
    put(
        connection,
        vicidial_live_agents=[{"user": "a3", "status": "INCALL", "lead_id": 7, "comments": "CHAT"}],
        vicidial_live_chats=[
            {"chat_id": 2, "chat_creator": "a3", "lead_id": 7, "chat_start_time": "2020-11-01 10:00:00"},
            {"chat_id": 1, "chat_creator": "a3", "lead_id": 7, "chat_start_time": "2020-11-01 11:00:00"},
        ],
        vicidial_chat_log=[{"chat_id": "2", "message": "Bob has left chat"}],
    )
    live = connection.execute(select(*LIVE_AGENT)).all()
    assert load_floor(live, connection).sub_status(live[0]) == ""
