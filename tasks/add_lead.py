"""add_lead: a new lead, and on request its alternate phones, custom fields, hopper row and callback.

Source: spec add_lead. "LEAD HAS NOT BEEN ADDED" is not among the lines: the reference says it when a quote breaks its
SQL, and every value is bound here.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, ClassVar

from sqlalchemy import Connection

from dialer.alt_phones import alt_phones
from dialer.callbacks import HOLD
from dialer.custom_fields import Outcome
from dialer.leads import NewLead, NewRow, find_made
from dialer.lists import list_number
from dialer.phones import NumberFault, looked_up_state, number_fault, wants_nanpa
from protocol.functions import LATER, UNKNOWN, Caller, Claimed, Decision, Moment, Permission, Write
from protocol.records import record
from protocol.replies import FIELDS, Line, Reply, Said, error, notice, plain, reply, success
from tasks.lead_facts import LeadFacts, load, store

NO_PERMISSION = error("add_lead USER DOES NOT HAVE PERMISSION TO ADD LEADS TO THE SYSTEM: |{user}|0|", "0")
LIST_NOT_ALLOWED = error("add_lead NOT AN ALLOWED LIST ID - {phone_number}|{sent_list_id}", FIELDS)
NANPA_NOT_LOADED = notice("add_lead NANPA options disabled, NANPA prefix data not loaded - {count}|{user}", "|")
BAD_NUMBER = {
    NumberFault.LENGTH: error("add_lead INVALID PHONE NUMBER LENGTH - {phone_number}|{user}", FIELDS),
    NumberFault.PREFIX: error("add_lead INVALID PHONE NUMBER PREFIX - {phone_number}|{user}", FIELDS),
    NumberFault.AREACODE: error("add_lead INVALID PHONE NUMBER AREACODE - {phone_number}|{user}", FIELDS),
    NumberFault.NANPA: error("add_lead INVALID PHONE NUMBER NANPA AREACODE PREFIX - {phone_number}|{user}", FIELDS),
}
IN_DNC = error("add_lead PHONE NUMBER IN DNC - {phone_number}|{user}", FIELDS)
IN_CAMPAIGN_DNC = error("add_lead PHONE NUMBER IN CAMPAIGN DNC - {phone_number}|{campaign_id}|{user}", FIELDS)
DUPLICATES = {
    "DUPLIST": error("add_lead DUPLICATE PHONE NUMBER IN LIST - {phone_number}|{list_id}|{found_lead}", FIELDS),
    "DUPCAMP": error("add_lead DUPLICATE PHONE NUMBER IN CAMPAIGN LISTS - {phone_number}|{list_id}|{found_lead}|{found_list}", FIELDS),
    "DUPSYS": error("add_lead DUPLICATE PHONE NUMBER IN SYSTEM - {phone_number}|{list_id}|{found_lead}|{found_list}", FIELDS),
    "DUPTITLEALTPHONELIST": error("add_lead DUPLICATE TITLE ALT_PHONE IN LIST - {title}|{alt_phone}|{list_id}|{found_lead}", FIELDS),
    "DUPTITLEALTPHONECAMP": error(
        "add_lead DUPLICATE TITLE ALT_PHONE IN CAMPAIGN LISTS - {title}|{alt_phone}|{list_id}|{found_lead}|{found_list}", FIELDS
    ),
    "DUPTITLEALTPHONESYS": error(
        "add_lead DUPLICATE TITLE ALT_PHONE IN SYSTEM - {title}|{alt_phone}|{list_id}|{found_lead}|{found_list}", FIELDS
    ),
    "DUPNAMEPHONELIST": error(
        "add_lead DUPLICATE NAME PHONE IN LIST - {first_name}|{last_name}|{phone_number}|{list_id}|{found_lead}", FIELDS
    ),
    "DUPNAMEPHONECAMP": error(
        "add_lead DUPLICATE NAME PHONE IN CAMPAIGN LISTS - {first_name}|{last_name}|{phone_number}|{list_id}|{found_lead}|{found_list}",
        FIELDS,
    ),
    "DUPNAMEPHONESYS": error(
        "add_lead DUPLICATE NAME PHONE IN SYSTEM - {first_name}|{last_name}|{phone_number}|{list_id}|{found_lead}|{found_list}", FIELDS
    ),
}
ADDED = success("add_lead LEAD HAS BEEN ADDED - {phone_number}|{list_id}|{lead_id}|{offset}|{user}", FIELDS)
ALT_PHONE = plain("{number}|{code}|{note}", end="")
ALT_PHONES_LOADED = notice("add_lead MULTI-ALT-PHONE NUMBERS LOADED - {count}|{lead_id}|{user}", FIELDS)
CUSTOM_ADDED = notice(
    "add_lead CUSTOM FIELDS VALUES ADDED - {phone_number}|{lead_id}|{list_id}|{changed}", "{phone_number}|{lead_id}|{list_id}"
)
CUSTOM_NONE_TO_UPDATE = notice("add_lead CUSTOM FIELDS NOT ADDED, NO FIELDS TO UPDATE DEFINED - {phone_number}|{lead_id}|{list_id}", FIELDS)
CUSTOM_NO_FIELDS = notice("add_lead CUSTOM FIELDS NOT ADDED, NO FIELDS DEFINED - {phone_number}|{lead_id}|{list_id}", FIELDS)
CUSTOM_NO_TABLE = notice(
    "add_lead CUSTOM FIELDS NOT ADDED, NO CUSTOM FIELDS DEFINED FOR THIS LIST - {phone_number}|{lead_id}|{list_id}", FIELDS
)
CUSTOM_DISABLED = notice("add_lead CUSTOM FIELDS NOT ADDED, CUSTOM FIELDS DISABLED - {phone_number}|{lead_id}|Y|0", FIELDS)
OUTSIDE_LOCAL_TIME = notice(
    "add_lead NOT ADDED TO HOPPER, OUTSIDE OF LOCAL TIME - {phone_number}|{lead_id}|{offset}|0|{user}",
    "{phone_number}|{lead_id}|{offset}|0|{state}",
)
IN_HOPPER = notice("add_lead ADDED TO HOPPER - {phone_number}|{lead_id}|{hopper_id}|{user}", FIELDS)
CALLBACK_ADDED = notice("add_lead SCHEDULED CALLBACK ADDED - {lead_id}|{campaign_id}|{time}|{recipient}|{callback_user}|{status}", FIELDS)
CALLBACK_BAD_CAMPAIGN = notice("add_lead SCHEDULED CALLBACK NOT ADDED, CAMPAIGN NOT VALID - {lead_id}|{campaign_id}", FIELDS)
CALLBACK_BAD_USER = notice(
    "add_lead SCHEDULED CALLBACK NOT ADDED, USER NOT VALID - {lead_id}|{campaign_id}|{callback_user}|USERONLY", FIELDS
)

CUSTOM_LINES: Mapping[Outcome, Line] = {
    Outcome.STORED: CUSTOM_ADDED,
    Outcome.NO_COLUMNS: CUSTOM_NONE_TO_UPDATE,
    Outcome.NO_FIELDS: CUSTOM_NO_FIELDS,
    Outcome.NO_TABLE: CUSTOM_NO_TABLE,
    Outcome.DISABLED: CUSTOM_DISABLED,
}


@record(kw_only=True)
class AddLead:
    """The parameters of add_lead; `raw` are those of custom fields, as they were sent."""

    phone_number: str = ""
    phone_code: str = ""
    list_id: str = ""
    entry_list_id: str = ""
    vendor_lead_code: str = ""
    source_id: str = ""
    title: str = ""
    first_name: str = ""
    middle_initial: str = ""
    last_name: str = ""
    address1: str = ""
    address2: str = ""
    address3: str = ""
    city: str = ""
    state: str = ""
    province: str = ""
    postal_code: str = ""
    country_code: str = ""
    gender: str = ""
    date_of_birth: str = ""
    alt_phone: str = ""
    email: str = ""
    security_phrase: str = ""
    comments: str = ""
    rank: str = ""
    owner: str = ""
    multi_alt_phones: str = ""
    custom_fields: str = ""
    usacan_prefix_check: str = ""
    usacan_areacode_check: str = ""
    nanpa_ac_prefix_check: str = ""
    tz_method: str = ""
    lookup_state: str = ""
    dnc_check: str = ""
    campaign_dnc_check: str = ""
    campaign_id: str = ""
    duplicate_check: str = ""
    add_to_hopper: str = ""
    hopper_priority: str = ""
    hopper_local_call_time_check: str = ""
    callback: str = ""
    callback_status: str = ""
    callback_datetime: str = ""
    callback_type: str = ""
    callback_user: str = ""
    callback_comments: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)
    searches: ClassVar[bool] = False

    @property
    def list_used(self) -> str:
        """The list the lead goes to: 999 unless an id of 3 digits or more was sent."""
        return self.list_id if len(self.list_id) >= 3 else "999"


def decide(request: AddLead, caller: Caller, facts: LeadFacts) -> Decision:
    """Refuse the request with the first check that fails, or make the new lead."""
    values: dict[str, Any] = {"user": caller.user, "phone_number": request.phone_number, "list_id": request.list_used}
    said: list[Said] = []
    if caller.restricted and not _allowed(request, caller, facts):
        return Decision([*said, Said(LIST_NOT_ALLOWED, {**values, "sent_list_id": request.list_id})])
    tz_method = request.tz_method
    if not facts.nanpa.loaded and wants_nanpa(request):
        tz_method = tz_method.replace("NANPA", "")
        said.append(NANPA_NOT_LOADED(count=facts.nanpa.count, user=caller.user))
    fault = number_fault(request, facts.codes, facts.nanpa, ten_digits=True)
    if fault is not None:
        return Decision([*said, Said(BAD_NUMBER[fault], values)])
    if request.dnc_check and facts.dnc.in_system(request):
        return Decision([*said, Said(IN_DNC, values)])
    if request.campaign_dnc_check and facts.dnc.in_campaign(request):
        return Decision([*said, Said(IN_CAMPAIGN_DNC, {**values, "campaign_id": request.campaign_id})])
    if request.duplicate_check:
        if facts.meanwhile.concerns_check(request):
            return LATER
        duplicate = _duplicate(request, values, facts)
        if duplicate is not None:
            return Decision([*said, duplicate])
    return _accepted(request, caller, facts, values, said, tz_method)


def _allowed(request: AddLead, caller: Caller, facts: LeadFacts) -> bool:
    # Both the list as sent and the list used: the reference tests the first only, so 77 let a lead into 999 (spec faults).
    return facts.lists.allowed(caller, request.list_id) and facts.lists.allowed(caller, request.list_used)


def _duplicate(request: AddLead, values: Mapping[str, Any], facts: LeadFacts) -> Said | None:
    found = facts.duplicate_of(request)
    if found is None:
        return None
    check, known = found
    shown = {n: getattr(request, n) for n in ("title", "alt_phone", "first_name", "last_name")}
    return Said(DUPLICATES[check.word], {**values, **shown, "found_lead": known.lead_id, "found_list": known.list_id})


def _accepted(request: AddLead, caller: Caller, facts: LeadFacts, values: dict[str, Any], said: list[Said], tz_method: str) -> Decision:
    phone_code, state = request.phone_code or "1", request.state
    if request.lookup_state == "Y" and not state:
        state = looked_up_state(phone_code, request.phone_number, facts.codes)
    offset = facts.zones.offset(phone_code, request.phone_number, state, tz_method, request.postal_code, request.owner)
    values["offset"], values["state"] = offset, state
    said.append(Said(ADDED, values))
    row = NewRow(
        request=request,
        user=caller.user,
        list_id=values["list_id"],
        phone_code=phone_code,
        state=state,
        gmt_offset_now=offset,
        status=HOLD if request.callback == "Y" else "NEW",
        gender=request.gender or "U",
        entry_list_id=request.entry_list_id or "0",
        now=facts.moment.text,
    )
    lead = NewLead(row, values)
    facts.duplicates.accept(row, lead, list_number(values["list_id"]))
    facts.meanwhile.add(row)
    if request.multi_alt_phones:
        _add_alt_phones(request, lead, said)
    if request.custom_fields == "Y":
        _add_custom_fields(request, lead, facts, said)
    if request.add_to_hopper == "Y":
        _add_to_hopper(request, lead, facts, said)
    if request.callback == "Y":
        _add_callback(request, lead, facts, said)
    return Decision(said, lead)


def _add_alt_phones(request: AddLead, lead: NewLead, said: list[Said]) -> None:
    lead.alt_phones = alt_phones(request.multi_alt_phones)
    if lead.alt_phones:
        said.extend(ALT_PHONE(number=p.number, code=p.code, note=p.note) for p in lead.alt_phones)
        lead.values["count"] = len(lead.alt_phones)
        said.append(Said(ALT_PHONES_LOADED, lead.values))


def _add_custom_fields(request: AddLead, lead: NewLead, facts: LeadFacts, said: list[Said]) -> None:
    custom = facts.custom_fields.of_new_lead(request.list_used, request.raw)
    if custom.outcome is Outcome.STORED:
        lead.custom = custom
        lead.values["changed"] = int(list_number(lead.row.entry_list_id) != list_number(request.list_used))
        lead.row.entry_list_id = request.list_used
    said.append(Said(CUSTOM_LINES[custom.outcome], lead.values))


def _add_to_hopper(request: AddLead, lead: NewLead, facts: LeadFacts, said: list[Said]) -> None:
    values = lead.values
    lead.hopper = facts.hopper_row(request, request.list_used, values["offset"], values["state"], request.vendor_lead_code)
    said.append(Said(IN_HOPPER if lead.hopper else OUTSIDE_LOCAL_TIME, values))


def _add_callback(request: AddLead, lead: NewLead, facts: LeadFacts, said: list[Said]) -> None:
    values = lead.values
    values["campaign_id"], values["callback_user"] = request.campaign_id, request.callback_user
    if not facts.callbacks.campaign_valid(request.campaign_id):
        said.append(Said(CALLBACK_BAD_CAMPAIGN, values))
        return
    if not facts.callbacks.user_valid(request):
        said.append(Said(CALLBACK_BAD_USER, values))
        return
    callback = lead.callback = facts.callbacks.callback(request, facts.moment.text)
    values.update(time=callback.time, recipient=callback.recipient, callback_user=callback.user, status=callback.status)
    said.append(Said(CALLBACK_ADDED, values))


def recover(request: AddLead, caller: Caller, moment: Moment, claimed: Claimed, connection: Connection) -> Reply | None:
    """What a try at `moment` left, where tables know no ROLLBACK.

    A lead with the same user, list and telephone of that second is taken for the one of this request. Whether what
    hangs on it was stored as well cannot be told.
    """
    row = {"entry_date": moment.text, "user": caller.user, "phone_number": request.phone_number, "list_id": request.list_used}
    found = find_made(row, claimed.leads, connection)
    if found is None:
        return None
    claimed.leads.add(found)
    if request.multi_alt_phones or "Y" in (request.custom_fields, request.add_to_hopper, request.callback):
        return UNKNOWN
    unchecked = replace(request, duplicate_check="", dnc_check="", campaign_dnc_check="")  # it has passed; now it would find itself
    decision = decide(unchecked, caller, load([unchecked], [caller], moment, connection))
    if decision.work is None:
        return UNKNOWN
    decision.work.values["lead_id"] = found
    return reply(*decision.said, lead_id=found)


FUNCTION = Write(
    name="add_lead",
    request=AddLead,
    permission=Permission(level=8, flags=("modify_leads", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    list_restricted=True,
    recover=recover,
)
