"""The code of an import's row out of add_lead's reply."""

from collections.abc import Mapping

from protocol.import_codes import ADDED, OUTCOME_UNKNOWN, REQUEST_FAILED, UNKNOWN
from protocol.replies import OUTCOME_UNKNOWN as UNKNOWN_LINE
from protocol.replies import REQUEST_FAILED as FAILED_LINE
from protocol.replies import Line, Reply, Result
from tasks import add_lead

_LINES: Mapping[str, Line] = {
    "duplicate_in_list": add_lead.DUPLICATE_PHONE_LIST,
    "duplicate_in_campaign": add_lead.DUPLICATE_PHONE_CAMPAIGN,
    "duplicate_in_system": add_lead.DUPLICATE_PHONE_SYSTEM,
    "duplicate_title_in_list": add_lead.DUPLICATE_TITLE_LIST,
    "duplicate_title_in_campaign": add_lead.DUPLICATE_TITLE_CAMPAIGN,
    "duplicate_title_in_system": add_lead.DUPLICATE_TITLE_SYSTEM,
    "duplicate_name_in_list": add_lead.DUPLICATE_NAME_LIST,
    "duplicate_name_in_campaign": add_lead.DUPLICATE_NAME_CAMPAIGN,
    "duplicate_name_in_system": add_lead.DUPLICATE_NAME_SYSTEM,
    "dnc": add_lead.IN_DNC,
    "campaign_dnc": add_lead.IN_CAMPAIGN_DNC,
    "phone_length": add_lead.BAD_LENGTH,
    "phone_prefix": add_lead.BAD_PREFIX,
    "phone_areacode": add_lead.BAD_AREACODE,
    "phone_nanpa": add_lead.BAD_NANPA,
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
