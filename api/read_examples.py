"""What the examples of reads in the API description show: a value for each parameter and column, which go together."""

import json
from collections.abc import Mapping
from typing import Any

from protocol.formats import NAMES, format_of
from protocol.functions import Read

_PARAMETERS: Mapping[str, str] = {
    "agent_user": "1001",
    "call_id": "M4050908070000012345",
    "campaign_id": "TESTCAMP",
    "campaigns": "TESTCAMP",
    "date": "2026-10-05",
    "datetime_end": "2026-10-05+23:59:59",
    "datetime_start": "2026-10-05+00:00:00",
    "did_patterns": "7275551000",
    "end_date": "2026-10-05",
    "field_name": "first_name",
    "in_groups": "SALESLINE",
    "ingroups": "SALESLINE",
    "lead_id": "193715",
    "list_id": "101",
    "phone_code": "1",
    "phone_number": "7275551212",
    "query_date": "2026-10-01",
    "statuses": "SALE",
    "uniqueid": "1791194400.1234",
    "user_groups": "ADMIN",
    "users": "1001",
}
"""Parameters without one are seldom wanted."""

_COUNTS = "agents_in_calls agents_in_dead_calls agents_in_dial agents_in_dispo agents_logged_in agents_paused agents_waiting calls_waiting"
_TIMES = "avg_pause_time avg_session avg_talk_time avg_wait_time login_time pause_time total_talk_time total_wait_time"
_VALUES: Mapping[str, Any] = {
    **_PARAMETERS,
    **dict.fromkeys(_COUNTS.split(), "2"),
    **dict.fromkeys(_TIMES.split(), "0:03:20"),
    **dict.fromkeys("calls calls_today called_count pauses sessions total_calls human_answered_calls rank resets_today".split(), "4"),
    **dict.fromkeys("all_leads_count new_leads_count".split(), "1200"),
    **dict.fromkeys("active manager_override outbound_autodial random".split(), "Y"),
    **dict.fromkeys("call_date callback_date entry_date last_local_call_time list_lastcalldate start_time".split(), "2026-10-05 10:00:00"),
    **dict.fromkeys("list_changedate customer_time custtime".split(), "2026-10-05 13:00:00"),
    "allowed_campaigns_list": ["TESTCAMP"],
    "allowed_ingroups_list": ["SALESLINE"],
    "selected_ingroups": ["SALESLINE"],
    "ingroups": ["SALESLINE"],
    "usergroups": ["ADMIN"],
    "files": ["welcome.wav"],
    "hours": {"10": "3", "11": "1"},
    "statuses": {"SALE": "1", "NI": "3"},
    "methods": {"DIALPLAN": {"SALE": "1"}},
    "custom_values": {"shoe_size": "42"},
    "address1": "1 Main St",
    "call_status": "SALE",
    "call_type": "OUT",
    "callback_status": "ACTIVE",
    "callback_type": "ANYONE",
    "city": "Tampa",
    "date_of_birth": "1980-02-01",
    "did_number": "7275551000",
    "email": "pat@crm.example",
    "epoch": "1791194400",
    "first_name": "Pat",
    "full_name": "Ann Lee",
    "gender": "F",
    "gmt_offset_now": "-5.00",
    "hangup_reason": "CALLER",
    "last_name": "Smith",
    "lead_status": "CALLBK",
    "length_in_sec": "95",
    "list_name": "Autumn",
    "location": "https://dialer.example/RECORDINGS/20261005-100000_7275551212.wav",
    "moh_id": "default",
    "moh_name": "Default Music On Hold",
    "name": "Autumn",
    "pause_code": "LUNCH",
    "pause_pct": "12.5%",
    "pauses_per_session": "4",
    "pct_of_queue": "50%",
    "postal_code": "33601",
    "recipient": "ANYONE",
    "recording_id": "812",
    "session_id": "8600051",
    "size": "20480",
    "source_id": "web",
    "state": "FL",
    "status": "SALE",
    "sub_status": "",
    "type": "OUT",
    "user": "1001",
    "user_group": "ADMIN",
    "user_level": "1",
    "value": "Pat",
    "vendor_lead_code": "C-1001",
    "voicemail_id": "1001",
}


def with_example(parameter: dict[str, Any]) -> dict[str, Any]:
    """The parameter, with an example where one is of use."""
    example = _PARAMETERS.get(parameter["name"])
    return {**parameter, "example": example} if example else parameter


def found_example(function: Read) -> dict[str, Any]:
    """What it may find, by media type."""
    row = [_VALUES.get(column, "") for column in function.columns]
    found: dict[str, Any] = {}
    for name in NAMES:
        form = format_of(name, single=function.single)
        text = form.head(function.columns) + form.rows(function.columns, [row], first=True) + form.tail()
        found[form.media.partition(";")[0]] = json.loads(text) if name == "json" else text
    return found
