"""update_lead where no lead is found: nothing but a line, or a lead that is inserted.

Source: spec update_lead, section 7.
"""

from collections.abc import Mapping
from typing import Any

from dialer.alt_phones import alt_phones
from dialer.custom_fields import Outcome
from dialer.leads import NewLead, NewRow
from dialer.lists import list_number
from protocol.functions import Caller, Decision
from protocol.replies import FIELDS, Line, Said, error, notice, plain, success
from tasks.lead_facts import LeadFacts
from tasks.update_lead_hopper import decide_hopper_of_new

NO_MATCHES = error(
    "update_lead NO MATCHES FOUND IN THE SYSTEM: |{user}|{sent_lead_id}|{vendor_lead_code}|{phone_number}",
    "{sent_lead_id}|{vendor_lead_code}|{phone_number}",
)
NO_MATCHES_NOTICE = notice(
    "update_lead NO MATCHES FOUND IN THE SYSTEM: |{user}|{sent_lead_id}|{vendor_lead_code}|{phone_number}",
    "{sent_lead_id}|{vendor_lead_code}|{phone_number}",
)
LIST_NOT_ALLOWED = error("update_lead NOT AN ALLOWED LIST ID - {phone_number}|{refused_list}", FIELDS)
INVALID_INSERT = error("update_lead INVALID DATA FOR LEAD INSERTION - {user}|{phone_number}|{phone_code}|{list_id}|Y", FIELDS)
ADDED = success("update_lead LEAD HAS BEEN ADDED - {phone_number}|{list_id}|{lead_id}|{offset}|{user}", FIELDS)
ALT_PHONE = plain("{number}|{code}|{note}", end="")
ALT_PHONES_LOADED = notice("update_lead MULTI-ALT-PHONE NUMBERS LOADED - {count}|{lead_id}|{user}", FIELDS)
CUSTOM_ADDED = notice(
    "update_lead CUSTOM FIELDS VALUES ADDED - {phone_number}|{lead_id}|{list_id}|{changed}", "{phone_number}|{lead_id}|{list_id}"
)
CUSTOM_NO_FIELDS = notice("update_lead CUSTOM FIELDS NOT ADDED, NO FIELDS DEFINED - {phone_number}|{lead_id}|{list_id}", FIELDS)
CUSTOM_DISABLED = notice("update_lead CUSTOM FIELDS NOT ADDED, CUSTOM FIELDS DISABLED - {phone_number}|{lead_id}|Y|0", FIELDS)
CUSTOM_NO_TABLE = notice(
    "update_lead CUSTOM FIELDS NOT ADDED, NO CUSTOM FIELDS DEFINED FOR THIS LIST - {phone_number}|{lead_id}|{list_id}", FIELDS
)
CUSTOM_LINES: Mapping[Outcome, Line] = {
    Outcome.STORED: CUSTOM_ADDED,
    Outcome.NO_COLUMNS: CUSTOM_NO_FIELDS,
    Outcome.NO_FIELDS: CUSTOM_NO_FIELDS,
    Outcome.NO_TABLE: CUSTOM_NO_TABLE,
    Outcome.DISABLED: CUSTOM_DISABLED,
}


def decide_not_found(request: Any, caller: Caller, values: dict[str, Any], facts: LeadFacts) -> Decision:
    """Say that there is no match, and with insert_if_not_found=Y make a lead."""
    shown = {**values, "sent_lead_id": request.lead_id}
    if request.no_update == "Y":
        return Decision([Said(NO_MATCHES_NOTICE, shown)])
    if request.insert_if_not_found != "Y":
        return Decision([Said(NO_MATCHES, shown)])
    said, list_id = [Said(NO_MATCHES_NOTICE, shown)], request.list_used
    if not 6 <= len(request.phone_number) <= 18 or not request.phone_code or len(list_id) < 3:
        return Decision([*said, Said(INVALID_INSERT, {**values, "phone_code": request.phone_code, "list_id": list_id})])
    if not facts.lists.allowed(caller, list_id):
        return Decision([*said, Said(LIST_NOT_ALLOWED, {**values, "refused_list": list_id})])
    lead = _inserted(request, caller, values, facts)
    said.append(Said(ADDED, lead.values))
    said += _hang_on(request, lead, facts)
    return Decision(said, lead)


def _inserted(request: Any, caller: Caller, values: dict[str, Any], facts: LeadFacts) -> NewLead:
    phone, phone_code, list_id = request.phone_number, request.phone_code, request.list_used
    offset = facts.zones.offset(phone_code, phone, request.state, request.tz_method, request.postal_code, request.owner)
    row = NewRow(
        request=request,
        user=caller.user,
        list_id=list_id,
        phone_code=phone_code,
        state=request.state,
        gmt_offset_now=offset,
        status=request.status or "NEW",
        # No defaults here, other than in add_lead (spec update_lead, section 7.5)
        gender=request.gender,
        entry_list_id="0" if request.custom_fields == "Y" else request.entry_list or "0",
        now=facts.moment.text,
    )
    lead = NewLead(row, {**values, "list_id": list_id, "offset": offset})
    facts.meanwhile.add(row)
    facts.duplicates.accept(row, lead, list_number(list_id))
    return lead


def _hang_on(request: Any, lead: NewLead, facts: LeadFacts) -> list[Said]:
    """Alternate phones, custom fields and hopper row of a lead that is inserted."""
    said: list[Said] = []
    lead.alt_phones = alt_phones(request.multi_alt_phones)
    if lead.alt_phones:
        said += [ALT_PHONE(number=p.number, code=p.code, note=p.note) for p in lead.alt_phones]
        lead.values["count"] = len(lead.alt_phones)
        said.append(Said(ALT_PHONES_LOADED, lead.values))
    if request.custom_fields == "Y":
        custom = facts.custom_fields.of_new_lead(request.list_used, request.raw, request.forced_list)
        if custom.outcome is Outcome.STORED:
            lead.custom, lead.row.entry_list_id, lead.values["changed"] = custom, custom.list_id, 1
        said.append(Said(CUSTOM_LINES[custom.outcome], lead.values))
    if request.add_to_hopper == "Y":
        said.append(decide_hopper_of_new(request, lead, facts))
    return said
