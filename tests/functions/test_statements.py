"""How many statements reads need: what the docstring of each module says, however much there is to find. On SQLite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection

from api.functions import (
    agent_status,
    call_dispo_report,
    call_status_stats,
    callid_info,
    ccc_lead_info,
    lead_callback_info,
    lead_field_info,
    lead_status_search,
    list_info,
    logged_in_agents,
)
from protocol.functions import Caller, Read
from tests.dialer.rows import put
from tests.functions.conftest import CALLER, Ask

CALL_ID = "V1101120000000005001"
RESTRICTED = Caller(user="6666", level=9, campaigns=("CAMP1",), restricted=True)
LEADS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "vicidial_lists": [{"list_id": 101, "campaign_id": "CAMP1"}, {"list_id": 107, "campaign_id": "CAMP1"}],
    "vicidial_list": [{"lead_id": n, "list_id": 101, "entry_list_id": 101 if n % 2 else 107, "status": "NEW"} for n in range(1, 41)],
    "vicidial_log": [
        {"uniqueid": f"{n}.1", "lead_id": n, "campaign_id": "CAMP1", "call_date": "2020-11-01 10:00:00", "status": "NP"}
        for n in range(1, 21)
    ],
    "vicidial_closer_log": [
        {"lead_id": n, "campaign_id": "GROUP1", "call_date": "2020-11-01 10:00:00", "status": "NP", "uniqueid": f"{n}.1"}
        for n in range(11, 41)
    ],
    "vicidial_log_extended": [{"uniqueid": "1.1", "call_date": "2020-11-01 10:00:00", "lead_id": 1, "caller_code": CALL_ID}],
    "vicidial_callbacks": [{"lead_id": 1, "list_id": 101} for _ in range(5)],
    "vicidial_callbacks_archive": [{"callback_id": n, "lead_id": 1, "list_id": 101} for n in range(1, 6)],
    "vicidial_campaigns": [{"campaign_id": f"CAMP{n}", "closer_campaigns": f" GROUP{n} AGENTDIRECT -"} for n in range(1, 6)],
}
AGENTS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "vicidial_users": [{"user": f"agent{n}", "full_name": "A", "user_group": "G", "user_level": 1} for n in range(8)],
    "vicidial_live_agents": [
        {
            "user": f"agent{n}",
            "campaign_id": "CAMP1",
            "status": "INCALL",
            "lead_id": 1 + n // 2,
            "callerid": f"V{n}",
            "comments": "CHAT",
            "agent_log_id": 9,
        }
        for n in range(8)
    ],
    "vicidial_live_chats": [{"chat_id": 1, "chat_creator": "agent1", "lead_id": 1, "chat_start_time": "2020-11-01 10:00:00"}],
    "vicidial_chat_log": [{"chat_id": "1", "message": "Bob has left chat"}],
}


@dataclass(frozen=True)
class Asked:
    """A request and the statements it may cost."""

    function: Read
    most: int
    parameters: Mapping[str, str]
    caller: Caller = CALLER
    modules: str = ""
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=lambda: LEADS)


DAY = {"query_date": "2020-11-01"}
STATUS = {"status": "NP", "date": "2020-11-01"}
DIDS = {"did_patterns": "1-2", "did_ids": "3", "users": "u", "user_groups": "G", "statuses": "NP", "categories": "SALES"}
ASKED = [
    Asked(callid_info.FUNCTION, 3, {"call_id": CALL_ID}),
    Asked(ccc_lead_info.FUNCTION, 2, {"call_id": CALL_ID}, RESTRICTED),
    Asked(lead_callback_info.FUNCTION, 1, {"lead_id": "1"}, RESTRICTED),
    Asked(lead_callback_info.FUNCTION, 2, {"lead_id": "1", "search_location": "ALL"}, RESTRICTED),
    Asked(lead_field_info.FUNCTION, 1, {"lead_id": "1", "field_name": "status"}, RESTRICTED),
    Asked(lead_field_info.FUNCTION, 5, {"lead_id": "1", "field_name": "notes_area", "custom_fields": "Y"}, RESTRICTED, "cf_encrypt"),
    Asked(lead_status_search.FUNCTION, 3, STATUS, RESTRICTED),
    Asked(lead_status_search.FUNCTION, 9, {**STATUS, "custom_fields": "Y"}, RESTRICTED, "cf_encrypt"),
    Asked(list_info.FUNCTION, 1, {"list_id": "101"}, RESTRICTED),
    Asked(list_info.FUNCTION, 2, {"list_id": "101", "leads_counts": "Y"}, RESTRICTED),
    Asked(call_status_stats.FUNCTION, 4, {"campaigns": "---ALL---", **DAY}),
    Asked(call_status_stats.FUNCTION, 3, {"campaigns": "CAMP1", "ingroups": "GROUP1", **DAY}),
    Asked(call_dispo_report.FUNCTION, 2, {"campaigns": "CAMP1", "ingroups": "GROUP1", "status_breakdown": "1", **DAY}),
    Asked(call_dispo_report.FUNCTION, 5, {"campaigns": "CAMP1", **DIDS, **DAY}),
    Asked(logged_in_agents.FUNCTION, 1, {}, rows=AGENTS),
    Asked(logged_in_agents.FUNCTION, 7, {"show_sub_status": "YES"}, rows=AGENTS),
    Asked(agent_status.FUNCTION, 9, {"agent_user": "agent1"}, rows={**LEADS, **AGENTS}),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: f"{asked.function.name}-{asked.most}")
def test_costs_no_more_than_its_docstring_says(asked: Asked, ask: Ask, connection: Connection, statements: list[str]) -> None:
    put(connection, **asked.rows)
    statements.clear()
    found = ask(asked.function, asked.caller, modules=asked.modules, **asked.parameters)
    assert not found.text.startswith("ERROR"), found.text
    assert len(statements) == asked.most, "\n".join(statements)
