"""How many statements reads need: what the docstring of each module says, however much there is to find. On SQLite."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from api.functions import (
    READS,
    agent_campaigns,
    agent_ingroup_info,
    agent_stats_export,
    agent_status,
    call_dispo_report,
    call_status_stats,
    callid_info,
    ccc_lead_info,
    check_phone_number,
    did_log_export,
    in_group_status,
    lead_callback_info,
    lead_field_info,
    lead_status_search,
    list_info,
    logged_in_agents,
    moh_list,
    phone_number_log,
    recording_lookup,
    sounds_list,
    user_group_status,
    vm_list,
)
from dialer.phones import NANPA_LOADED
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
    settings: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=lambda: LEADS)


HIDING = {"active_modules": "cf_encrypt"}
SPEAKING = {"enable_languages": "1", "language_method": "MYSQL", "sounds_central_control_active": "1", "sounds_web_directory": "sounds"}
QUIET = SPEAKING | {"enable_languages": "0"}
FOREIGN = replace(CALLER, language="Deutsch", rights=frozenset({"change_agent_campaign"}))
INBOUND: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "vicidial_live_inbound_agents": [{"user": f"agent{n}", "group_id": "GROUP1"} for n in range(8)],
    "vicidial_auto_calls": [{"server_ip": "", "campaign_id": "GROUP1", "callerid": f"V{n}", "status": "LIVE"} for n in range(8)],
    "vicidial_call_times": [
        {"call_time_id": "24hours", "call_time_name": "", "ct_default_stop": 2400, "ct_state_call_times": "|il|"},
        {"call_time_id": "none_yet", "call_time_name": "", "ct_default_stop": 2400},
    ],
    "vicidial_phone_codes": [{"country_code": 1, "areacode": "312", "GMT_offset": "-6", "DST": "Y", "country": "USA"}],
    "vicidial_nanpa_prefix_codes": [{"areacode": "312", "prefix": f"{n}", "GMT_offset": "-6"} for n in range(555, 555 + NANPA_LOADED)],
    "vicidial_user_groups": [{"user_group": "G", "group_name": "", "allowed_campaigns": " C-ALL -"}],
    "vicidial_inbound_groups": [{"group_id": "GROUP1", "active": "Y"}],
}
DAY = {"query_date": "2020-11-01"}
STATUS = {"status": "NP", "date": "2020-11-01"}
CHECKED = {
    **{"phone_number": "3125550000", "phone_code": "1", "local_call_time": "24hours", "tz_method": "AREACODE-POSTAL-TZCODE-NANPA"},
    **{"usacan_prefix_check": "Y", "usacan_areacode_check": "Y", "nanpa_ac_prefix_check": "Y", "postal_code": "60601", "owner": "CST"},
    **{"state": "IL", "dnc_check": "AREACODE", "campaign_dnc_check": "AREACODE", "campaign_id": "CAMP1"},
}
SOME_CAMPAIGNS = [{"user_group": "G", "group_name": "", "allowed_campaigns": " CAMP1 CAMP2 -"}]
OPEN = {"active": "Y", "dial_method": "RATIO", "campaign_allow_inbound": "Y", "closer_campaigns": " GROUP1 -"}
CAMPAIGNS = [{"campaign_id": f"CAMP{n}", **OPEN} for n in (1, 2)]
FLOOR = {**LEADS, **AGENTS, **INBOUND, "vicidial_campaigns": CAMPAIGNS}
AT = "2020-11-01 10:00:00"
LOGGED: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "vicidial_agent_log": [{"user": f"a{n % 3}", "server_ip": "", "event_time": AT, "pause_epoch": n, "lead_id": n} for n in range(9)],
    "vicidial_did_log": [
        {"uniqueid": f"{n}.1", "channel": "c", "server_ip": "", "extension": "8005551212", "call_date": AT} for n in range(5)
    ],
    "vicidial_log": [
        {"uniqueid": f"1604224800.{n}", "lead_id": n, "phone_number": f"312555000{n % 2}", "call_date": AT} for n in range(1, 6)
    ],
    "recording_log": [{"lead_id": 1, "user": "a1", "start_time": AT, "vicidial_id": "1604224800.1"} for _ in range(5)],
}
DIDS = {"did_patterns": "1-2", "did_ids": "3", "users": "u", "user_groups": "G", "statuses": "NP", "categories": "SALES"}
ASKED = [
    Asked(callid_info.FUNCTION, 3, {"call_id": CALL_ID}),
    Asked(ccc_lead_info.FUNCTION, 2, {"call_id": CALL_ID}, RESTRICTED),
    Asked(lead_callback_info.FUNCTION, 1, {"lead_id": "1"}, RESTRICTED),
    Asked(lead_callback_info.FUNCTION, 2, {"lead_id": "1", "search_location": "ALL"}, RESTRICTED),
    Asked(lead_field_info.FUNCTION, 1, {"lead_id": "1", "field_name": "status"}, RESTRICTED),
    Asked(lead_field_info.FUNCTION, 5, {"lead_id": "1", "field_name": "notes_area", "custom_fields": "Y"}, RESTRICTED, HIDING),
    Asked(lead_status_search.FUNCTION, 3, STATUS, RESTRICTED),
    Asked(lead_status_search.FUNCTION, 9, {**STATUS, "custom_fields": "Y"}, RESTRICTED, HIDING),
    Asked(list_info.FUNCTION, 1, {"list_id": "101"}, RESTRICTED),
    Asked(list_info.FUNCTION, 2, {"list_id": "101", "leads_counts": "Y"}, RESTRICTED),
    Asked(call_status_stats.FUNCTION, 4, {"campaigns": "---ALL---", **DAY}),
    Asked(call_status_stats.FUNCTION, 3, {"campaigns": "CAMP1", "ingroups": "GROUP1", **DAY}),
    Asked(call_dispo_report.FUNCTION, 2, {"campaigns": "CAMP1", "ingroups": "GROUP1", "status_breakdown": "1", **DAY}),
    Asked(call_dispo_report.FUNCTION, 5, {"campaigns": "CAMP1", **DIDS, **DAY}),
    Asked(logged_in_agents.FUNCTION, 1, {}, rows=AGENTS),
    Asked(logged_in_agents.FUNCTION, 7, {"show_sub_status": "YES"}, rows=AGENTS),
    Asked(agent_status.FUNCTION, 9, {"agent_user": "agent1"}, rows={**LEADS, **AGENTS}),
    Asked(agent_campaigns.FUNCTION, 3, {"agent_user": "agent1"}, rows=FLOOR | {"vicidial_user_groups": SOME_CAMPAIGNS}),
    Asked(agent_campaigns.FUNCTION, 4, {"agent_user": "agent1"}, rows=FLOOR),
    Asked(agent_ingroup_info.FUNCTION, 1, {"agent_user": "agent1", "stage": "text"}, rows=FLOOR),
    Asked(agent_ingroup_info.FUNCTION, 3, {"agent_user": "agent1", "stage": "change"}, FOREIGN, SPEAKING, rows=FLOOR),
    Asked(agent_stats_export.FUNCTION, 1, {"datetime_start": "2020-11-01 00:00:00", "datetime_end": "2020-11-01 23:59:59"}, rows=LOGGED),
    Asked(check_phone_number.FUNCTION, 3, {"phone_number": "3125550000", "local_call_time": "none_yet"}, rows=INBOUND),
    Asked(check_phone_number.FUNCTION, 11, CHECKED, rows=INBOUND),
    Asked(did_log_export.FUNCTION, 1, {"phone_number": "8005551212", "date": "2020-11-01"}, rows=LOGGED),
    Asked(in_group_status.FUNCTION, 6, {"in_groups": "GROUP1"}, rows=FLOOR),
    Asked(user_group_status.FUNCTION, 6, {"user_groups": "G"}, rows=FLOOR),
    Asked(moh_list.FUNCTION, 2, {}, FOREIGN, QUIET),
    Asked(moh_list.FUNCTION, 3, {}, FOREIGN, SPEAKING),
    Asked(vm_list.FUNCTION, 2, {}, FOREIGN, QUIET),
    Asked(vm_list.FUNCTION, 3, {}, FOREIGN, SPEAKING),
    Asked(phone_number_log.FUNCTION, 1, {"phone_number": "3125550000,3125550001", "type": "ALL"}, rows=LOGGED),
    Asked(phone_number_log.FUNCTION, 2, {"phone_number": "3125550000,3125550000"}, rows=LOGGED),
    Asked(recording_lookup.FUNCTION, 1, {"lead_id": "1"}, rows=LOGGED),
    Asked(recording_lookup.FUNCTION, 3, {"uniqueid": "1604224800.1", "lead_id": "1"}, rows=LOGGED),
    Asked(sounds_list.FUNCTION, 0, {"format": "tab,link,selectframe"}, FOREIGN, QUIET),
    Asked(sounds_list.FUNCTION, 1, {"format": "selectframe"}, FOREIGN, SPEAKING),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: f"{asked.function.name}-{asked.most}")
def test_costs_no_more_than_its_docstring_says(
    asked: Asked, ask: Ask, connection: Connection, statements: list[str], tmp_path: Path
) -> None:
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "a.wav").touch()
    put(connection, **asked.rows)
    statements.clear()
    found = ask(asked.function, asked.caller, settings=asked.settings, **asked.parameters)
    assert not found.text.startswith("ERROR"), found.text
    assert len(statements) == asked.most, "\n".join(statements)


@pytest.mark.parametrize("function", READS.values(), ids=READS.keys())
def test_every_read_says_what_it_costs_and_is_held_to_it(function: Read) -> None:
    assert re.search(r"\bstatements?\b", sys.modules[function.answer.__module__].__doc__ or "")
    assert function in [asked.function for asked in ASKED]
