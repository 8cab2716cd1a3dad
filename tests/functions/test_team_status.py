"""What the recordings do not show of user_group_status and in_group_status."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, update

from api.functions import in_group_status, user_group_status
from db.tables.live import vicidial_live_agents
from protocol.functions import Caller
from tests.dialer.rows import put
from tests.functions.conftest import CALLER, Ask

INCALL = {"server_ip": "10.0.0.1", "status": "INCALL", "lead_id": 5}
CALL = {"server_ip": "10.0.0.1", "campaign_id": "SALES", "lead_id": 5, "status": "XFER"}


@pytest.fixture
def team(connection: Connection) -> None:
    put(
        connection,
        vicidial_users=[{"user": f"a{n}", "user_group": "TEAM"} for n in range(8)],
        vicidial_live_inbound_agents=[{"user": f"a{n}", "group_id": "SALES"} for n in range(8)],
        vicidial_live_agents=[
            {**INCALL, "user": "a0", "callerid": "V0", "comments": ""},
            {**INCALL, "user": "a1", "callerid": "V1", "comments": ""},  # its call is gone
            {**INCALL, "user": "a2", "callerid": "V2", "comments": ""},  # parked
            {**INCALL, "user": "a3", "callerid": "V3", "comments": "MANUAL"},  # dials
            {**INCALL, "user": "a4", "callerid": "V4", "comments": "CHAT"},
            {**INCALL, "user": "a5", "callerid": "V5", "comments": "CHAT"},  # left
            {**INCALL, "user": "a6", "callerid": "V6", "comments": "EMAIL"},
            {**INCALL, "user": "a7", "callerid": "", "comments": ""},
        ],
        vicidial_auto_calls=[
            {**CALL, "callerid": "V0", "uniqueid": "1604232001.1", "channel": "SIP/1"},
            {**CALL, "callerid": "V3", "uniqueid": "", "channel": ""},
            {**CALL, "callerid": "V9", "uniqueid": "", "channel": "", "status": "LIVE"},
        ],
        parked_channels=[{"channel": "SIP/2", "server_ip": "10.0.0.1", "channel_group": "v2"}],
        vicidial_live_chats=[
            {"chat_id": n, "chat_creator": f"a{n}", "lead_id": 5, "chat_start_time": "2020-11-01 10:00:00"} for n in (4, 5)
        ],
        vicidial_chat_log=[{"chat_id": "4", "message": "hello"}, {"chat_id": "5", "message": "Bob has left chat"}],
    )


def test_each_agent_counts_in_its_own_state(ask: Ask, team: None, statements: list[str]) -> None:
    statements.clear()
    found = ask(user_group_status.FUNCTION, user_groups="TEAM", stage="csv", header="YES").text.splitlines()
    assert dict(zip(found[0].split(","), found[1].split(","), strict=True)) == {
        "usergroups": "TEAM",
        "calls_waiting": "1",
        "agents_logged_in": "8",
        "agents_in_calls": "6",
        "agents_waiting": "0",
        "agents_paused": "0",
        "agents_in_dead_calls": "2",
        "agents_in_dispo": "0",
        "agents_in_dial": "1",
    }
    assert len(statements) == 6


def counts(ask: Ask, caller: Caller = CALLER) -> list[str]:
    """Of the team: calls waiting, agents, and those in calls, waiting, paused, dead, in dispo and in dial."""
    return ask(user_group_status.FUNCTION, caller, user_groups="TEAM").text.rstrip().split("|")[1:]


def test_a_call_that_the_caller_may_not_see_is_a_dead_one(ask: Ask, team: None) -> None:
    assert counts(ask) == ["1", "8", "6", "0", "0", "2", "0", "1"]
    # the agents of V0, V3, and the one without a caller id: they had been in calls
    assert counts(ask, replace(CALLER, campaigns=("OTHER",))) == ["0", "8", "3", "0", "0", "5", "0", "0"]
    assert counts(ask, replace(CALLER, campaigns=("sales",))) == ["1", "8", "6", "0", "0", "2", "0", "1"]


def test_the_end_of_a_caller_id_is_enough(ask: Ask, team: None, connection: Connection) -> None:
    put(connection, vicidial_auto_calls=[{**CALL, "callerid": "DCV1", "uniqueid": "1604232001.1", "channel": "SIP/1"}])
    assert counts(ask) == ["1", "8", "7", "0", "0", "1", "0", "1"]
    put(connection, vicidial_auto_calls=[{**CALL, "callerid": "V51", "uniqueid": "", "channel": ""}])
    assert counts(ask) == ["1", "8", "7", "0", "0", "1", "0", "1"]


def test_only_the_very_word_manual_means_a_call_dialed_by_hand(ask: Ask, team: None, connection: Connection) -> None:
    connection.execute(update(vicidial_live_agents).where(vicidial_live_agents.c.user == "a3").values(comments="manual"))
    assert counts(ask) == ["1", "8", "6", "0", "0", "2", "0", "0"]


def test_an_in_group_counts_dead_calls_as_calls(ask: Ask, team: None, statements: list[str]) -> None:
    statements.clear()
    found = ask(in_group_status.FUNCTION, in_groups="SALES|OTHER").text
    assert found == "SALES OTHER|3|1|8|8|0|0|0|1\n"
    assert len(statements) == 6
