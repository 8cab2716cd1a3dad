"""The hopper step of update_lead, for the first lead found or the one inserted.

Source: spec update_lead, section 8. Other than in the reference neither a lead_id nor a list_id sent along decides
which lead goes into the hopper and for which list (spec faults).
"""

from typing import Any

from db.tables.leads import vicidial_list
from db.types import held
from dialer.lead_changes import LeadChanges
from dialer.lead_search import LeadRow, id_shown
from dialer.leads import HopperEntry, NewLead
from protocol.replies import FIELDS, Said, notice
from tasks.lead_facts import LeadFacts

ALREADY_IN_HOPPER = notice(
    "update_lead NOT ADDED TO HOPPER, LEAD IS ALREADY IN THE HOPPER - {phone_number}|{lead_id}|{user}", "{phone_number}|{lead_id}|{user}"
)
LEAD_GONE = notice("update_lead NOT ADDED TO HOPPER, LEAD NOT FOUND - {phone_number}|{lead_id}|{user}", "{phone_number}|{lead_id}|{user}")
OUTSIDE_LOCAL_TIME = notice(
    "update_lead NOT ADDED TO HOPPER, OUTSIDE OF LOCAL TIME - {phone_number}|{lead_id}|{held_offset}|0|{user}",
    "{phone_number}|{lead_id}|{held_offset}|0|{state}",
)
IN_HOPPER = notice("update_lead ADDED TO HOPPER - {phone_number}|{lead_id}|{hopper_id}|{user}", FIELDS)


def decide_hopper(request: Any, lead: LeadRow, list_id: str, values: dict[str, Any], facts: LeadFacts, changes: LeadChanges) -> list[Said]:
    """What add_to_hopper=Y does for a lead that was found; `lead` as it is after the update, `list_id` as before."""
    if request.add_to_hopper != "Y":
        return []
    shown = {**values, "lead_id": id_shown(request, lead), "held_offset": _text(lead["gmt_offset_now"]), "state": lead["state"] or ""}
    if lead["lead_id"] in facts.in_hopper:
        return [Said(ALREADY_IN_HOPPER, shown)]
    if lead["lead_id"] in changes.deleted:
        return [Said(LEAD_GONE, shown)]
    row = _row(request, list_id, lead, facts)
    if row is None:
        return [Said(OUTSIDE_LOCAL_TIME, shown)]
    changes.hopper = HopperEntry({"lead_id": lead["lead_id"], **row}, shown)
    return [Said(IN_HOPPER, shown)]


def decide_hopper_of_new(request: Any, lead: NewLead, facts: LeadFacts) -> Said:
    """The same for a lead that is inserted."""
    row = {name: held(vicidial_list.c[name], lead.row[name]) for name in ("state", "gmt_offset_now", "vendor_lead_code")}
    lead.values.update(held_offset=row["gmt_offset_now"], state=row["state"])
    lead.hopper = _row(request, request.list_used, row, facts)
    return Said(IN_HOPPER if lead.hopper else OUTSIDE_LOCAL_TIME, lead.values)


def _text(value: object) -> object:
    return "" if value is None else value


def _row(request: Any, list_id: str, lead: LeadRow, facts: LeadFacts) -> dict[str, Any] | None:
    offset, state = lead["gmt_offset_now"] or "0.00", lead["state"] or ""
    return facts.hopper_row(request, list_id, offset, state, lead["vendor_lead_code"] or "")
