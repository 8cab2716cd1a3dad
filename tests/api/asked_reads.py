"""Rows that every read finds something in, and what it is asked for that."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.api.wire import USER

DAY = "2020-11-01"
AT = f"{DAY} 10:00:00"
CALL, RECENT_CALL = "V1101100000000000001", "V1101100000000000002"
NASTY = '=1+1, "quoted"\r\nsecond line|\tü'
ADMIN = {**USER, "modify_lists": "1", "vdc_agent_api_access": "1"}
ROWS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "system_settings": [{"use_non_latin": "0", "sounds_central_control_active": "1", "sounds_web_directory": "sounds"}],
    "vicidial_users": [
        ADMIN,
        {**USER, "user": "weak", "view_reports": "0"},
        {**USER, "user": "narrow", "api_allowed_functions": " version "},
        {"user": "a1", "pass": "x", "full_name": NASTY, "user_group": "ADMIN", "user_level": 1},
    ],
    "vicidial_user_groups": [{"user_group": "ADMIN", "group_name": "", "allowed_campaigns": " -ALL-CAMPAIGNS- - -"}],
    "vicidial_campaigns": [{"campaign_id": "C1", "active": "Y", "closer_campaigns": " IN1 -"}],
    "vicidial_inbound_groups": [{"group_id": "IN1", "active": "Y"}],
    "vicidial_lists": [{"list_id": 101, "list_name": NASTY, "campaign_id": "C1", "active": "Y"}],
    "vicidial_list": [
        {"lead_id": 1, "list_id": 101, "entry_list_id": 0, "status": "NEW", "phone_number": "5551112222", "comments": NASTY, "owner": None}
    ],
    "vicidial_callbacks": [{"lead_id": 1, "list_id": 101, "comments": NASTY, "customer_timezone": "America,New_York"}],
    "vicidial_log": [
        {"uniqueid": "1604224800.1", "lead_id": 1, "phone_number": "5551112222", "call_date": AT, "campaign_id": "C1", "status": "SALE"}
    ],
    "vicidial_log_extended": [
        {"uniqueid": "1604224800.1", "call_date": AT, "lead_id": 1, "caller_code": CALL},
        {"uniqueid": "2.1", "call_date": "2099-01-01 00:00:00", "lead_id": 1, "caller_code": RECENT_CALL},
    ],
    "vicidial_did_log": [
        {"uniqueid": "9.1", "channel": "c", "server_ip": "", "extension": "8005551212", "call_date": AT, "caller_id_number": "5"}
    ],
    "vicidial_agent_log": [{"user": "a1", "server_ip": "", "event_time": AT, "pause_epoch": 1, "lead_id": 1, "talk_sec": 30}],
    "recording_log": [{"lead_id": 1, "user": "a1", "start_time": AT, "location": "http://pbx.example/1.wav"}],
    "vicidial_live_agents": [
        {"user": "a1", "server_ip": "", "lead_id": 1, "campaign_id": "C1", "closer_campaigns": " IN1 -", "status": "READY"}
    ],
    "vicidial_voicemail": [{"voicemail_id": "85", "pass": "", "fullname": NASTY, "active": "Y", "user_group": "---ALL---"}],
    "vicidial_music_on_hold": [{"moh_id": "default", "moh_name": "d", "active": "Y", "user_group": "---ALL---"}],
    "vicidial_music_on_hold_files": [{"moh_id": "default", "filename": "a", "rank": 1}],
    "vicidial_statuses": [{"status": "SALE", "human_answered": "Y"}],
    "vicidial_call_times": [{"call_time_id": "24hours", "call_time_name": "", "ct_default_start": 0, "ct_default_stop": 2400}],
    "vicidial_phone_codes": [{"country_code": 1, "areacode": "555", "GMT_offset": "-5", "DST": "N", "country": "USA"}],
}
ASKED: Mapping[str, Mapping[str, str]] = {
    "agent_campaigns": {"agent_user": "a1"},
    "agent_ingroup_info": {"agent_user": "a1"},
    "agent_stats_export": {"datetime_start": f"{DAY} 00:00:00", "datetime_end": f"{DAY} 23:59:59"},
    "agent_status": {"agent_user": "a1"},
    "call_dispo_report": {"campaigns": "---ALL---", "query_date": DAY},
    "call_status_stats": {"campaigns": "---ALL---", "query_date": DAY},
    "callid_info": {"call_id": CALL, "detail": "YES"},
    "ccc_lead_info": {"call_id": RECENT_CALL},
    "check_phone_number": {"phone_number": "5551112222", "phone_code": "1", "local_call_time": "24hours", "tz_method": "AREACODE-TZCODE"},
    "did_log_export": {"phone_number": "8005551212", "date": DAY},
    "in_group_status": {"in_groups": "IN1|IN2"},
    "lead_callback_info": {"lead_id": "1"},
    "lead_field_info": {"lead_id": "1", "field_name": "comments"},
    "lead_status_search": {"status": "SALE", "date": DAY},
    "list_info": {"list_id": "101", "leads_counts": "Y"},
    "logged_in_agents": {"show_sub_status": "YES"},
    "moh_list": {},
    "phone_number_log": {"phone_number": "5551112222"},
    "recording_lookup": {"agent_user": "a1", "lead_id": "1"},
    "sounds_list": {},
    "user_group_status": {"user_groups": "ADMIN"},
    "vm_list": {},
}
