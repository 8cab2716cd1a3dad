"""The code of an import's row out of add_lead's reply."""

from collections.abc import Mapping

from protocol.import_codes import ADDED, OUTCOME_UNKNOWN, REQUEST_FAILED, UNKNOWN
from protocol.replies import OUTCOME_UNKNOWN as UNKNOWN_LINE
from protocol.replies import REQUEST_FAILED as FAILED_LINE
from protocol.replies import Line, Reply, Result
from tasks import add_lead

_OF_DUPLICATES: Mapping[str, str] = {
    "DUPLIST": "duplicate_in_list",
    "DUPCAMP": "duplicate_in_campaign",
    "DUPSYS": "duplicate_in_system",
    "DUPTITLEALTPHONELIST": "duplicate_title_in_list",
    "DUPTITLEALTPHONECAMP": "duplicate_title_in_campaign",
    "DUPTITLEALTPHONESYS": "duplicate_title_in_system",
    "DUPNAMEPHONELIST": "duplicate_name_in_list",
    "DUPNAMEPHONECAMP": "duplicate_name_in_campaign",
    "DUPNAMEPHONESYS": "duplicate_name_in_system",
}
_LINES: Mapping[str, Line] = {
    **{code: add_lead.DUPLICATES[word] for word, code in _OF_DUPLICATES.items()},
    **{f"phone_{fault.name.lower()}": line for fault, line in add_lead.BAD_NUMBER.items()},
    "dnc": add_lead.IN_DNC,
    "campaign_dnc": add_lead.IN_CAMPAIGN_DNC,
    "list_not_allowed": add_lead.LIST_NOT_ALLOWED,
    REQUEST_FAILED: FAILED_LINE,
    OUTCOME_UNKNOWN: UNKNOWN_LINE,
}

CODE_OF: Mapping[str, str] = {line.reason.format_map({"function": "add_lead"}): code for code, line in _LINES.items()}
"""Code by what the API log calls the reason."""


def code_of(reply: Reply) -> str:
    """`added`, or the code of the first error line."""
    if reply.lead_id:
        return ADDED
    return next((CODE_OF.get(entry.reason, UNKNOWN) for entry in reply.log if entry.result == Result.ERROR), UNKNOWN)
