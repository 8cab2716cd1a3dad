"""What the recordings do not show of agent_campaigns."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from api.functions.agent_campaigns import FUNCTION
from tests.dialer.rows import put
from tests.functions.conftest import CALLER, Ask


@pytest.fixture
def agents(connection: Connection) -> None:
    put(
        connection,
        vicidial_user_groups=[
            {"user_group": "SOME", "group_name": "", "allowed_campaigns": " c1 C2 -"},
            {"user_group": "ODD", "group_name": "", "allowed_campaigns": " C-ALL -"},
        ],
        vicidial_users=[{"user": "a1", "user_group": "SOME"}, {"user": "a2", "user_group": "ODD"}],
        vicidial_campaigns=[
            {"campaign_id": "C1", "active": "Y", "closer_campaigns": " IN1 agentdirect2 AGENTDIRECT -"},
            {"campaign_id": "C-ALL", "active": "Y", "closer_campaigns": ""},
        ],
        vicidial_inbound_groups=[{"group_id": name, "active": "Y"} for name in ("IN1", "AGENTDIRECT", "AGENTDIRECT2")],
    )


def test_costs_three_statements(ask: Ask, agents: None, statements: list[str]) -> None:
    statements.clear()
    assert ask(FUNCTION, agent_user="A1").text == "A1|C1|AGENTDIRECT-AGENTDIRECT2-IN1\n"
    assert len(statements) == 3
    assert ask(FUNCTION, agent_user="a1", ignore_agentdirect="Y").text == "a1|C1|IN1\n"


def test_a_campaign_that_is_called_like_the_word_for_all_does_not_open_all(ask: Ask, agents: None) -> None:
    assert ask(FUNCTION, agent_user="a2").text == "a2|C-ALL|\n"


def test_agents_of_hidden_groups_do_not_exist_whatever_the_caller_s_rights(ask: Ask, agents: None) -> None:
    limited = replace(CALLER, viewable_groups=("---ALL---", "", "ODD"))
    assert ask(FUNCTION, limited, agent_user="a1").text == "ERROR: agent_campaigns AGENT USER DOES NOT EXIST: |6666|a1\n"
