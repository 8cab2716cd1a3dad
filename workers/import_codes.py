"""The code of an import's row out of add_lead's reply."""

from collections.abc import Mapping

from protocol.import_codes import ADDED, OUTCOME_UNKNOWN, REQUEST_FAILED, UNKNOWN, UPDATED
from protocol.replies import OUTCOME_UNKNOWN as UNKNOWN_LINE
from protocol.replies import REQUEST_FAILED as FAILED_LINE
from protocol.replies import Line, Reply, Result
from tasks import add_lead, update_lead

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

_MORE_LINES: Mapping[str, Line] = {
    ADDED: add_lead.ADDED,
    UPDATED: update_lead.UPDATED,
    "list_not_allowed": update_lead.LEAD_LIST_NOT_ALLOWED,
}

CODE_OF: Mapping[str, str] = {
    line.reason.format_map({"function": function}): code
    for function in ("add_lead", "import_lead")
    for lines in (_LINES, _MORE_LINES)
    for code, line in lines.items()
}
"""Code by what the API log calls the reason."""


_TELLING = (Result.SUCCESS, Result.ERROR)


def code_of(reply: Reply) -> str:
    """The code of the first line that tells of success or an error."""
    line = reply.line
    if line is not None and line.result in _TELLING and line.logged and "{" not in line.reason:
        return CODE_OF.get(line.reason, UNKNOWN)  # so no log entry of most rows is ever written
    for entry in reply.log:
        if entry.result in _TELLING:
            return CODE_OF.get(entry.reason, UNKNOWN)
    return UNKNOWN
