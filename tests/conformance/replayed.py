"""Which recordings are replayed: those of the functions that are complete."""

from tests.conformance.recorded import Case, cases_of

REPLAYED = ("_auth", "_input", "add_lead")

# Cases of _auth and _input that need a function which is not there yet. A line goes with the function's arrival.
WAITING = {
    "_auth/function-list-without-spaces": "agent_status",
    "_auth/all-functions-inside-text": "agent_status",
    "_auth/list-restrict-no-group-before-source": "update_list",
    "_auth/list-restrict-list-info": "list_info",
    "_input/user-fields-cleaned": "add_user",
    "_input/list-fields-cleaned": "add_list",
}


def replayed_cases() -> list[Case]:
    """The cases that hold for us as recorded."""
    return [case for case in present_cases() if not case.fault]


def faulty_cases() -> list[Case]:
    """The cases in which the reference is wrong; tests/faults/better says what is right."""
    return [case for case in present_cases() if case.fault]


def present_cases() -> list[Case]:
    """Every case of the functions that are complete."""
    return [case for function in REPLAYED for case in cases_of(function) if case.id not in WAITING]
