"""update_lead: finds leads and updates, deletes or only reports them; may insert one where none is found.

Source: spec update_lead. The "CUSTOM FIELDS NOT UPDATED" lines of the API's document do not exist in the reference.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar

from sqlalchemy import Connection

from dialer.collation import whole_number
from dialer.custom_fields import Outcome
from dialer.lead_changes import LeadChanges, differing
from dialer.lead_fields import sent_fields
from dialer.lead_search import LeadRow, id_shown, method, search
from dialer.lists import list_number
from protocol.functions import LATER, UNKNOWN, Caller, Claimed, Decision, Moment, Permission, Write
from protocol.records import record
from protocol.replies import FIELDS, Reply, Said, error, notice, success
from tasks.lead_facts import LeadFacts, load, store
from tasks.update_lead_callback import archive_callbacks, decide_callback
from tasks.update_lead_hopper import decide_hopper
from tasks.update_lead_not_found import decide_not_found

NO_PERMISSION = error("update_lead USER DOES NOT HAVE PERMISSION TO UPDATE LEADS IN THE SYSTEM: |{user}|0|", "0")
NO_SEARCH = error("update_lead NO VALID SEARCH METHOD - {user}|{method}|{sent_lead_id}|{vendor_lead_code}|{phone_number}", FIELDS)
LIST_NOT_ALLOWED = error("update_lead NOT AN ALLOWED LIST ID - {phone_number}|{refused_list}", FIELDS)
LEAD_LIST_NOT_ALLOWED = error("update_lead NOT AN ALLOWED LIST ID - {refused_list}", FIELDS)
FOUND = notice(
    "update_lead LEADS FOUND IN THE SYSTEM: |{user}|{lead_id}|{vendor_lead_code}|{phone_number}|{list_id}|{entry_list_id}",
    "{lead_id}|{vendor_lead_code}|{phone_number}|{list_id}|{entry_list_id}",
)
NO_MATCHES = error(
    "update_lead NO MATCHES FOUND IN THE SYSTEM: |{user}|{sent_lead_id}|{vendor_lead_code}|{phone_number}",
    "{sent_lead_id}|{vendor_lead_code}|{phone_number}",
)
DELETED = success(
    "update_lead LEAD HAS BEEN DELETED {callbacks_deleted}|{callbacks_archived} - {user}|{lead_id}|1",
    "{phone_number}|{list_id}|{lead_id}|",
    reason="update_lead LEAD HAS BEEN DELETED {callbacks_deleted}|{callbacks_archived}",
)
UPDATED = success("update_lead LEAD HAS BEEN UPDATED - {user}|{lead_id}|{rows}", "{phone_number}|{list_id}|{lead_id}|")
CUSTOM_NO_TABLE = notice(
    "update_lead CUSTOM FIELDS NOT ADDED, NO CUSTOM FIELDS DEFINED FOR THIS LIST - {phone_number}|{lead_id}|{list_id}", FIELDS
)
CUSTOM_DELETED = notice(
    "update_lead CUSTOM FIELDS ENTRY DELETED - {phone_number}|{lead_id}|{list_id}|{entry_list_id}|{custom_list}|",
    "{phone_number}|{lead_id}|{list_id}|1",
)
CUSTOM_UPDATED = notice(
    "update_lead CUSTOM FIELDS VALUES UPDATED - {phone_number}|{lead_id}|{list_id}|{entry_list_id}|{custom_list}|{changed}",
    "{phone_number}|{lead_id}|{list_id}",
)


@record(kw_only=True)
class UpdateLead:
    """The parameters of update_lead; `raw` are all of them as they were sent."""

    search_method: str = ""
    search_location: str = ""
    records: str = ""
    lead_id: str = ""
    list_id: str = ""
    vendor_lead_code: str = ""
    phone_number: str = ""
    phone_code: str = ""
    insert_if_not_found: str = ""
    no_update: str = ""
    delete_lead: str = ""
    reset_lead: str = ""
    update_phone_number: str = ""
    user_field: str = ""
    list_id_field: str = ""
    status: str = ""
    called_count: str = ""
    gmt_offset_now: str = ""
    entry_list_id: str = ""
    force_entry_list_id: str = ""
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
    tz_method: str = ""
    add_to_hopper: str = ""
    hopper_priority: str = ""
    hopper_local_call_time_check: str = ""
    callback: str = ""
    callback_status: str = ""
    callback_datetime: str = ""
    callback_type: str = ""
    callback_user: str = ""
    callback_comments: str = ""
    campaign_id: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)
    searches: ClassVar[bool] = True
    nanpa_ac_prefix_check: ClassVar[str] = ""

    @property
    def list_used(self) -> str:
        """The list of a lead that is inserted."""
        return self.list_id_field or self.list_id

    @property
    def forced_list(self) -> str:
        """force_entry_list_id, which counts from two digits on."""
        return self.force_entry_list_id if len(self.force_entry_list_id) > 1 else ""

    @property
    def entry_list(self) -> str:
        """The entry list sent."""
        return self.forced_list or self.entry_list_id


def decide(request: UpdateLead, caller: Caller, facts: LeadFacts) -> Decision:
    """Refuse, report, change or insert, in the order of the spec."""
    asked = search(request, facts.lists)
    values: dict[str, Any] = {"user": caller.user, "phone_number": request.phone_number, "vendor_lead_code": request.vendor_lead_code}
    if not asked.valid:
        return Decision([Said(NO_SEARCH, {**values, "method": method(request), "sent_lead_id": request.lead_id})])
    for list_id in (request.list_id, request.list_id_field):
        if list_id and not _allowed(list_id, caller, facts):
            return Decision([Said(LIST_NOT_ALLOWED, {**values, "refused_list": list_id})])
    leads = facts.found.of(asked)
    if facts.meanwhile.concerns_search(asked, leads):
        return LATER
    if not leads:
        return decide_not_found(request, caller, values, facts)
    if request.no_update == "Y":
        return _reported(request, caller, leads[0], values, facts)
    return _changed(request, caller, leads, values, facts)


def _allowed(list_id: str, caller: Caller, facts: LeadFacts) -> bool:
    return not caller.restricted or list_number(list_id) < 99 or facts.lists.allowed(caller, list_id)


def _reported(request: UpdateLead, caller: Caller, lead: LeadRow, values: dict[str, Any], facts: LeadFacts) -> Decision:
    list_id = str(lead["list_id"])
    if not _allowed(list_id, caller, facts):
        return Decision([LEAD_LIST_NOT_ALLOWED(refused_list=list_id)])
    shown = {"lead_id": id_shown(request, lead), "list_id": list_id, "entry_list_id": request.forced_list or lead["entry_list_id"]}
    changes = LeadChanges()
    said = [Said(FOUND, {**values, **shown})]
    said += decide_hopper(request, lead, list_id, values, facts, changes)
    if changes.hopper:
        facts.meanwhile.change(lead, {})
    return Decision(said, changes)


def _changed(request: UpdateLead, caller: Caller, leads: list[LeadRow], values: dict[str, Any], facts: LeadFacts) -> Decision:
    changes = LeadChanges()
    said: list[Said] = []
    first_list = str(leads[0]["list_id"])
    for lead in leads:
        list_id = str(lead["list_id"])
        if not _allowed(list_id, caller, facts):
            return Decision([*said, LEAD_LIST_NOT_ALLOWED(refused_list=list_id)], changes)
        before = {"list_id": lead["list_id"], "lead_id": lead["lead_id"], "entry_list_id": lead["entry_list_id"]}
        shown = {**values, **before}
        said += _delete(lead, shown, facts, changes) if request.delete_lead == "Y" else _update(request, lead, shown, facts, changes)
        callback = decide_callback(request, caller.user, before, facts, changes)
        said += [callback] if callback else []
        if request.custom_fields == "Y":
            said += _custom(request, before, shown, facts, changes)
    said += decide_hopper(request, leads[0], first_list, values, facts, changes)
    return Decision(said, changes)


def _delete(lead: LeadRow, shown: dict[str, Any], facts: LeadFacts, changes: LeadChanges) -> list[Said]:
    facts.meanwhile.change(lead, {})
    changes.deleted.append(lead["lead_id"])
    return [Said(DELETED, {**shown, **archive_callbacks(lead["lead_id"], facts, changes)})]


def _update(request: UpdateLead, lead: LeadRow, shown: dict[str, Any], facts: LeadFacts, changes: LeadChanges) -> list[Said]:
    sent = sent_fields(request, request.raw)
    facts.meanwhile.change(lead, sent)
    if not sent:
        return []
    new = differing(lead, sent)
    if new:
        changes.updates[lead["lead_id"]] = new
        lead.update(new)
    return [Said(UPDATED, {**shown, "rows": 1 if new else 0})]


def _custom(request: UpdateLead, lead: LeadRow, shown: dict[str, Any], facts: LeadFacts, changes: LeadChanges) -> list[Said]:
    entry_list = lead["entry_list_id"]
    custom_list = request.forced_list or str(entry_list if entry_list > 99 else lead["list_id"])
    values = {**shown, "entry_list_id": request.forced_list or entry_list, "custom_list": custom_list}
    custom = facts.custom_fields.of_update(custom_list, request.raw)
    if custom.outcome is Outcome.NO_TABLE:
        return [Said(CUSTOM_NO_TABLE, values)]
    if request.delete_lead == "Y":
        if (custom_list, lead["lead_id"]) not in facts.custom_rows:
            return []
        changes.custom_deleted.append((custom_list, lead["lead_id"]))
        return [Said(CUSTOM_DELETED, values)]
    if custom.outcome is not Outcome.STORED:
        return []
    changes.custom.append((lead["lead_id"], custom, values))
    return [Said(CUSTOM_UPDATED, values)]


def recover(request: UpdateLead, caller: Caller, moment: Moment, _claimed: Claimed, connection: Connection) -> Reply | None:
    """Only values set to, or a delete of, the lead with the id sent are safe to do again: any other search may find other leads by now."""
    if request.no_update == "Y" and request.add_to_hopper != "Y":
        return None
    facts = load([request], [caller], moment, connection)
    asked = search(request, facts.lists)
    if not asked.valid:
        return None
    if "Y" in (request.add_to_hopper, request.callback) or request.callback == "REMOVE":
        return UNKNOWN
    return None if [lead["lead_id"] for lead in facts.found.of(asked)] == [whole_number(asked.lead_id)] else UNKNOWN


FUNCTION = Write(
    name="update_lead",
    request=UpdateLead,
    permission=Permission(level=8, flags=("modify_leads", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    list_restricted=True,
    recover=recover,
)
