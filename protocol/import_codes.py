"""What can become of a row of an import: stable codes, each with its outcome. Clients rely on them; none is ever renamed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The ends of a row; the counters of a job are called after them. `done` is that of a request, and of a lead that an undo deletes."""

    ADDED = "added"
    UPDATED = "updated"
    DUPLICATE = "duplicate"
    DNC = "dnc"
    REFUSED = "refused"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `retryable`: the same row may be taken when it is sent again unchanged.

    `says` stands for add_lead's reply where the row never got so far.
    """

    outcome: Outcome
    meaning: str
    retryable: bool = False
    says: str = ""


ADDED = "added"
UPDATED = "updated"
UNKNOWN = "refused"
QUOTE_NOT_CLOSED = "quote_not_closed"
ROW_TOO_LONG = "row_too_long"
NUL_IN_ROW = "nul_in_row"
TOO_FEW_CELLS = "too_few_cells"
TOO_MANY_CELLS = "too_many_cells"
NOT_JSON = "not_json"
NOT_AN_OBJECT = "not_an_object"
NESTED_VALUE = "nested_value"
UNKNOWN_KEY = "unknown_key"
PHONE_DAMAGED = "phone_damaged"
REQUEST_FAILED = "request_failed"
OUTCOME_UNKNOWN = "outcome_unknown"
NOT_RUN = "not_run"
DONE = "done"
DELETED = "deleted"
LEAD_GONE = "lead_gone"
LEAD_CALLED = "lead_called"
LEAD_CHANGED = "lead_changed"

CODES: Mapping[str, Code] = {
    ADDED: Code(Outcome.ADDED, "the lead was added", says="NOTICE: import DRY RUN, LEAD WOULD BE ADDED"),
    UPDATED: Code(
        Outcome.UPDATED,
        "the lead found as a duplicate was updated (on_duplicate=update)",
        says="NOTICE: import DRY RUN, LEAD WOULD BE UPDATED",
    ),
    "duplicate_in_list": Code(Outcome.DUPLICATE, "a lead with this phone is in the list (DUPLIST)"),
    "duplicate_in_campaign": Code(Outcome.DUPLICATE, "a lead with this phone is in a list of the campaign (DUPCAMP)"),
    "duplicate_in_system": Code(Outcome.DUPLICATE, "a lead with this phone is in the system (DUPSYS)"),
    "duplicate_title_in_list": Code(Outcome.DUPLICATE, "a lead with this title and alt_phone is in the list (DUPTITLEALTPHONELIST)"),
    "duplicate_title_in_campaign": Code(Outcome.DUPLICATE, "the same in a list of the campaign (DUPTITLEALTPHONECAMP)"),
    "duplicate_title_in_system": Code(Outcome.DUPLICATE, "the same in the system (DUPTITLEALTPHONESYS)"),
    "duplicate_name_in_list": Code(Outcome.DUPLICATE, "a lead with this name and phone is in the list (DUPNAMEPHONELIST)"),
    "duplicate_name_in_campaign": Code(Outcome.DUPLICATE, "the same in a list of the campaign (DUPNAMEPHONECAMP)"),
    "duplicate_name_in_system": Code(Outcome.DUPLICATE, "the same in the system (DUPNAMEPHONESYS)"),
    "dnc": Code(Outcome.DNC, "the phone is in the system's DNC list (dnc_check)"),
    "campaign_dnc": Code(Outcome.DNC, "the phone is in the campaign's DNC list (campaign_dnc_check)"),
    "phone_length": Code(Outcome.REFUSED, "the phone has fewer than 6 or more than 16 digits"),
    "phone_prefix": Code(Outcome.REFUSED, "the fourth digit is 0 or 1 (usacan_prefix_check)"),
    "phone_areacode": Code(Outcome.REFUSED, "not 10 digits of a known area code (usacan_areacode_check)"),
    "phone_nanpa": Code(Outcome.REFUSED, "no such area code and prefix (nanpa_ac_prefix_check)"),
    "list_not_allowed": Code(Outcome.REFUSED, "the user may not load leads into the row's list"),
    PHONE_DAMAGED: Code(
        Outcome.REFUSED,
        "a spreadsheet has rounded the phone, its last digits are lost",
        says="ERROR: import PHONE NUMBER ROUNDED BY A SPREADSHEET",
    ),
    TOO_FEW_CELLS: Code(
        Outcome.REFUSED, "the row has fewer cells than the header", says="ERROR: import ROW HAS FEWER CELLS THAN THE HEADER"
    ),
    TOO_MANY_CELLS: Code(
        Outcome.REFUSED, "the row has more cells than the header", says="ERROR: import ROW HAS MORE CELLS THAN THE HEADER"
    ),
    QUOTE_NOT_CLOSED: Code(Outcome.REFUSED, "the line opens a quote that is never closed", says="ERROR: import QUOTE IS NEVER CLOSED"),
    ROW_TOO_LONG: Code(Outcome.REFUSED, "the line is longer than 100,000 characters", says="ERROR: import LINE IS TOO LONG"),
    NUL_IN_ROW: Code(Outcome.REFUSED, "the row holds a NUL character", says="ERROR: import ROW HOLDS A NUL CHARACTER"),
    NOT_JSON: Code(Outcome.REFUSED, "the line is no JSON", says="ERROR: import LINE IS NO JSON"),
    NOT_AN_OBJECT: Code(Outcome.REFUSED, "the JSON value is no object", says="ERROR: import ROW IS NO JSON OBJECT"),
    NESTED_VALUE: Code(Outcome.REFUSED, "a value of the JSON object is itself an object or array", says="ERROR: import VALUE IS NESTED"),
    UNKNOWN_KEY: Code(
        Outcome.REFUSED, "the JSON object has a key that none at the beginning of the file has", says="ERROR: import ROW HAS AN UNKNOWN KEY"
    ),
    UNKNOWN: Code(Outcome.REFUSED, "another reason, told by the reply"),
    REQUEST_FAILED: Code(
        Outcome.FAILED,
        "the server could not store the row; nothing was changed",
        retryable=True,
        says="ERROR: import ROW COULD NOT BE DONE, NOTHING WAS CHANGED",
    ),
    OUTCOME_UNKNOWN: Code(
        Outcome.FAILED,
        "an interruption left open whether the row was stored; look before sending it again",
        says="ERROR: import OUTCOME UNKNOWN AFTER AN INTERRUPTION, CHECK BEFORE SENDING AGAIN",
    ),
    NOT_RUN: Code(
        Outcome.FAILED, "the job was ended before the row's turn", retryable=True, says="NOTICE: import JOB ENDED BEFORE THIS ROW"
    ),
    DONE: Code(Outcome.DONE, "the request was done, its reply tells how"),
    DELETED: Code(Outcome.DONE, "the lead was deleted", says="SUCCESS: undo LEAD HAS BEEN DELETED"),
    LEAD_GONE: Code(Outcome.REFUSED, "the lead was not there any more", says="NOTICE: undo LEAD NOT FOUND"),
    LEAD_CALLED: Code(
        Outcome.REFUSED, "the lead was kept: it has been called or is about to be", says="NOTICE: undo LEAD KEPT, IT HAS BEEN CALLED"
    ),
    LEAD_CHANGED: Code(Outcome.REFUSED, "the lead was kept: it has been changed since", says="NOTICE: undo LEAD KEPT, IT HAS BEEN CHANGED"),
}
