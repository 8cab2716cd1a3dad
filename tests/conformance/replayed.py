"""Which recordings are replayed: those of the functions that are complete."""

from tests.conformance.recorded import Case, cases_of

REPLAYED = (
    *("_auth", "_input", "add_lead", "agent_status", "call_dispo_report", "call_status_stats", "callid_info", "ccc_lead_info"),
    *("check_phone_number", "update_lead"),
    *("lead_callback_info", "lead_field_info", "lead_status_search", "list_info", "logged_in_agents"),
    *("agent_campaigns", "agent_ingroup_info", "agent_stats_export", "did_log_export", "in_group_status", "moh_list", "phone_number_log"),
    *("blind_monitor", "recording_lookup", "sounds_list", "user_group_status", "vm_list"),
    *("add_list", "update_list", "update_campaign", "update_did", "update_cid_group_entry", "update_log_entry"),
    *("add_user", "update_user", "add_phone", "update_phone", "add_phone_alias", "update_phone_alias", "add_group_alias", "server_refresh"),
)

# Cases of _auth and _input that need a function which is not there yet. A line goes with the function's arrival.
WAITING: dict[str, str] = {}


def replayed_cases() -> list[Case]:
    """The cases that hold for us as recorded."""
    return [case for case in present_cases() if not case.fault]


def faulty_cases() -> list[Case]:
    """The cases in which the reference is wrong; tests/faults/better says what is right."""
    return [case for case in present_cases() if case.fault]


def present_cases() -> list[Case]:
    """Every case of the functions that are complete."""
    return [case for function in REPLAYED for case in cases_of(function) if case.id not in WAITING]
