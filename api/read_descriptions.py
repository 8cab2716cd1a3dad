"""What the API description says of each read, out of its declaration: parameters, columns, problems."""

import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from api.read_answers import NOT_PERMITTED, OF_ALL, refusal
from api.read_examples import found_example, with_example
from protocol.formats import NAMES, Csv, JsonList, Ndjson
from protocol.functions import Read

SOURCE = "v1"
"""The source that the API log names where a request names none."""

NOT_OFFERED = frozenset({"stage", "header", "raw", "client_ip", "source"})

MEANINGS: Mapping[str, str] = {
    "agent_user": "User of the agent",
    "call_id": "Id of the call, such as M4050908070000012345",
    "campaign_dnc_check": "Y or AREACODE: refuse a number of the DNC list of campaign_id",
    "campaign_id": "The campaign",
    "campaigns": "Ids of campaigns, `-` between them, or ---ALL---; of logged_in_agents `|` between them",
    "categories": "Ids of status categories, `-` between them",
    "custom_fields": "Y: with the custom fields of the lead's list; of lead_field_info, field_name is one of them",
    "date": "A day, such as 2026-11-20",
    "datetime_end": "The last moment, such as 2026-11-20+23:59:59",
    "datetime_start": "The first moment, such as 2026-11-20+00:00:00",
    "detail": "Of callid_info, YES: with more columns; of phone_number_log, LAST or ALL calls of each number",
    "did_ids": "Ids of DIDs, `-` between them, or ---ALL---",
    "did_patterns": "Numbers of DIDs, `-` between them, or ---ALL---",
    "dnc_check": "Y or AREACODE: refuse a number of the DNC list",
    "end_date": "The last day; the first one unless given",
    "end_time": "Time of the last day",
    "field_name": "Name of the field",
    "ignore_agentdirect": "Y: without AGENTDIRECT in-groups",
    "in_groups": "Ids of in-groups, `|` between them",
    "ingroups": "Ids of in-groups, `-` between them",
    "lead_id": "Id of the lead",
    "leads_counts": "Y: with how many leads the list has",
    "list_id": "Id of the list; where a lead is asked for, of the list whose custom fields are meant",
    "local_call_time": "Id of the call time",
    "nanpa_ac_prefix_check": "Y: refuse a number whose area code and prefix are not in use",
    "owner": "Time zone code of the lead, for TZCODE",
    "phone_code": "Country code, 1 unless given",
    "phone_number": "The phone number; of phone_number_log several, `,` between them",
    "postal_code": "ZIP code, for POSTAL",
    "query_date": "The first day; today unless given",
    "query_time": "Time of the first day",
    "search_location": "CURRENT, ARCHIVE or ALL callbacks",
    "show_sub_status": "YES: with pause codes and what agents in a call do",
    "state": "State of the lead",
    "status": "Status of the calls",
    "statuses": "Statuses of calls, `-` between them",
    "time_format": "Of durations: HF or H (hours), M (minutes), S (seconds)",
    "type": "OUT, IN or ALL calls",
    "tz_method": "AREACODE, POSTAL, TZCODE, NANPA, one or more of them",
    "uniqueid": "Unique id of the call",
    "usacan_areacode_check": "Y: refuse a number whose area code does not exist",
    "usacan_prefix_check": "Y: refuse a number whose fourth digit is 0 or 1",
    "user_groups": "Ids of user groups, `|` between them; of call_dispo_report `-`",
    "users": "Users, `-` between them",
}

_LIST: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
_VALUE: dict[str, Any] = {"type": ["string", "integer", "null"]}
_VALUES: dict[str, Any] = {"type": "object", "additionalProperties": _VALUE}
_SPECIAL: Mapping[str, dict[str, Any]] = {
    **dict.fromkeys(("allowed_campaigns_list", "allowed_ingroups_list", "selected_ingroups", "ingroups", "usergroups", "files"), _LIST),
    **dict.fromkeys(("hours", "statuses", "custom_values"), _VALUES),
    "methods": {"type": "object", "additionalProperties": _VALUES},
}

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "code")},
        "status": {"type": "integer"},
        "legacy": {"type": "string", "description": "What the legacy endpoint says"},
    },
}
_CODES = {
    401: ("login-incorrect",),
    403: ("ip-not-allowed",),
    422: ("unknown-parameter", "unknown-format"),
    429: ("login-locked",),
    503: ("database-unavailable",),
}


def offered(function: Read) -> tuple[str, ...]:
    """The parameters of the function that a caller may give."""
    names = [*function.request.__dataclass_fields__, *function.uncleaned]
    return tuple(name for name in names if name not in NOT_OFFERED and name not in function.text_only and name not in function.fixed)


def summary(function: Read) -> str:
    """What the first line of the function's module says of it."""
    first = (sys.modules[function.answer.__module__].__doc__ or "").partition("\n")[0]
    return first.removeprefix(f"{function.name}: ")


def described(function: Read) -> dict[str, Any]:
    """The function's part of the description, as FastAPI takes it."""
    says = summary(function)
    return {
        "operation_id": function.name,
        "summary": function.name,
        "description": says[:1].upper() + says[1:],
        "openapi_extra": {"parameters": [_format(), *map(_parameter, offered(function)), _source(function)]},
        "responses": {200: _found(function), **_problems(function)},
    }


def _parameter(name: str) -> dict[str, Any]:
    return with_example(
        {"name": name, "in": "query", "required": False, "description": MEANINGS.get(name, ""), "schema": {"type": "string"}}
    )


def _source(function: Read) -> dict[str, Any]:
    says = "What the API log names as the source of the request"
    least = {"minLength": 2} if function.checks_source else {}
    return {**_parameter("source"), "description": says, "schema": {"type": "string", **least, "default": SOURCE}}


def _format() -> dict[str, Any]:
    says = "Lists and objects stand in cells of CSV as JSON"
    return {**_parameter("format"), "description": says, "schema": {"type": "string", "enum": list(NAMES), "default": NAMES[0]}}


def _found(function: Read) -> dict[str, Any]:
    row = {"type": "object", "properties": {name: _SPECIAL.get(name, _VALUE) for name in function.columns}, "additionalProperties": False}
    rows = {"type": "array", "items": row}
    listed = {"type": "object", "required": ["columns", "rows"], "properties": {"columns": _LIST, "rows": rows}}
    content: dict[str, dict[str, Any]] = {
        JsonList.media: {"schema": row if function.single else listed},
        Csv.media.partition(";")[0]: {"schema": {"type": "string", "description": f"Header line: {','.join(function.columns)}"}},
        Ndjson.media: {"schema": {"type": "string", "description": "One such object a line"}},
    }
    for media, example in found_example(function).items():
        content[media]["example"] = example
    return {"description": "What was found" if function.single else "What was found; no rows if there is nothing", "content": content}


def _problems(function: Read) -> dict[int | str, dict[str, Any]]:
    codes: dict[int, list[str]] = defaultdict(list, {status: list(names) for status, names in _CODES.items()})
    answers = [
        *OF_ALL.values(),
        *([NOT_PERMITTED] if function.permission else []),
        *(refusal(function, line) for line in function.statuses),
    ]
    for status, code in answers:
        if code and code not in codes[status]:
            codes[status].append(code)
    content = {"application/problem+json": {"schema": _PROBLEM}}
    return {status: {"description": ", ".join(names), "content": content} for status, names in sorted(codes.items())}
