"""add_list: a new list of leads, on request with the custom fields of another one. update_list hands requests on to it.

Source: spec add_list. A date that is none is refused; fields that could not be copied are told, where the reference is silent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dialer.admin_log import AdminEvent
from dialer.collation import folded
from dialer.custom_field_copy import field_copy
from dialer.list_settings import NEVER, is_date, web_form
from dialer.lists import list_number
from dialer.optional_fields import BLANK
from dialer.restrictions import sees_campaign
from protocol.functions import LATER, Caller, Decision, Permission, Write
from protocol.parameters import size
from protocol.replies import Line, Said, error, notice, success
from tasks.list_facts import ListFacts, ListWork, load, store
from tasks.recovery import Effect, Own, Recovery

NO_PERMISSION = error("add_list USER DOES NOT HAVE PERMISSION TO ADD LISTS: |{user}|0", "0")
MISSING = error(
    "add_list YOU MUST USE ALL REQUIRED FIELDS: |{user}|{list_id}|{list_name}|{campaign_id}", "{list_id}|{list_name}|{campaign_id}"
)
NO_SUCH_CAMPAIGN = error("add_list CAMPAIGN DOES NOT EXIST: |{user}|{campaign_id}", "{campaign_id}")
EXISTS = error("add_list LIST ALREADY EXISTS: |{user}|{list_id}", "{list_id}")
BAD_SCRIPT = error("add_list SCRIPT DOES NOT EXIST, THIS IS AN OPTIONAL FIELD: |{user}|{script}", "{script}")
BAD_IN_GROUP = error("add_list IN-GROUP DOES NOT EXIST, THIS IS AN OPTIONAL FIELD: |{user}|{drop_inbound_group}", "{drop_inbound_group}")
BAD_RESET_TIME = error("add_list RESET TIME IS NOT VALID, THIS IS AN OPTIONAL FIELD: |{user}|{reset_time}", "{reset_time}")
BAD_EXPIRATION = error("add_list EXPIRATION DATE IS NOT VALID, THIS IS AN OPTIONAL FIELD: |{user}|{expiration_date}", "{expiration_date}")
NO_SUCH_SOURCE = error("add_list CUSTOM FIELDS LIST ID TO COPY FROM DOES NOT EXIST, THIS IS AN OPTIONAL FIELD: |{user}|0", "0")
SOURCE_WITHOUT_FIELDS = error(
    "add_list CUSTOM FIELDS LIST ID TO COPY FROM HAS NO CUSTOM FIELDS, THIS IS AN OPTIONAL FIELD: |{user}|{custom_fields_copy}",
    "{custom_fields_copy}",
)
MAY_NOT_COPY = error(
    "add_list USER DOES NOT HAVE PERMISSION TO MODIFY CUSTOM FIELDS, THIS IS AN OPTIONAL FIELD: |{user}|{custom_fields_copy}",
    "{custom_fields_copy}",
)
ADDED = success("add_list LIST HAS BEEN ADDED - {user}|{list_id}|{list_name}|{campaign_id}", "{list_id}|{list_name}|{campaign_id}")
NOT_COPIED = notice("add_list CUSTOM FIELDS HAVE NOT BEEN COPIED - {user}|{list_id}|{custom_fields_copy}", "{list_id}|{custom_fields_copy}")

LEAST_WITH_FIELDS = 100
"""Lists below this number have no custom fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddList:
    """The parameters of add_list; `raw` are all of them as they were sent."""

    list_id: str = ""
    list_name: str = ""
    campaign_id: str = ""
    active: str = ""
    outbound_cid: str = ""
    script: str = ""
    am_message: str = ""
    drop_inbound_group: str = ""
    reset_time: str = ""
    expiration_date: str = ""
    web_form_address: str = ""
    web_form_address_two: str = ""
    web_form_address_three: str = ""
    list_description: str = ""
    custom_fields_copy: str = ""
    client_ip: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)

    @property
    def copies(self) -> bool:
        """Whether custom fields are to be copied; an id of another length means nothing."""
        return 2 <= len(self.custom_fields_copy) <= 14


def decide(request: AddList, caller: Caller, facts: ListFacts) -> Decision:
    """Refuse the request with the first check that fails, or make the list."""
    shown = (name for name in AddList.__dataclass_fields__ if name != "raw")
    values: dict[str, Any] = {"user": caller.user, **{name: getattr(request, name) for name in shown}}
    if not (2 <= len(request.list_id) <= 14 and 1 <= len(request.campaign_id) <= 8 and 6 <= size(request.list_name) <= 30):
        return Decision([Said(MISSING, values)])
    if folded(request.campaign_id) not in facts.campaigns or not sees_campaign(caller, request.campaign_id):
        return Decision([Said(NO_SUCH_CAMPAIGN, values)])
    if facts.touched & {list_number(request.list_id), list_number(request.custom_fields_copy)}:
        return LATER
    if facts.list(request.list_id):
        return Decision([Said(EXISTS, values)])
    fault = _fault(request, facts) or (_copy_fault(request, caller, facts) if request.copies else None)
    if fault is not None:
        return Decision([Said(fault, values)])
    return _accepted(request, caller, facts, values)


def _fault(request: AddList, facts: ListFacts) -> Line | None:
    """The line for the first optional field that is not valid."""
    if request.script and folded(request.script) not in facts.scripts:
        return BAD_SCRIPT
    if request.drop_inbound_group and folded(request.drop_inbound_group) not in facts.in_groups:
        return BAD_IN_GROUP
    if 1 <= len(request.reset_time) <= 3:
        return BAD_RESET_TIME
    if request.expiration_date not in ("", BLANK) and not is_date(request.expiration_date):
        return BAD_EXPIRATION
    return None


def _copy_fault(request: AddList, caller: Caller, facts: ListFacts) -> Line | None:
    if not facts.list(request.custom_fields_copy):
        return NO_SUCH_SOURCE
    if not facts.definitions.get(list_number(request.custom_fields_copy)):
        return SOURCE_WITHOUT_FIELDS
    return None if "custom_fields_modify" in caller.rights else MAY_NOT_COPY


def _accepted(request: AddList, caller: Caller, facts: ListFacts, values: dict[str, Any]) -> Decision:
    number = list_number(request.list_id)
    facts.touched.add(number)
    work = ListWork(list_id=number, new=_row(request))
    said, events = [Said(ADDED, values)], []
    if request.copies and _can_copy(request, caller, facts):
        source, present = facts.definitions[list_number(request.custom_fields_copy)], facts.definitions.get(number, ())
        work.copy = field_copy(source, request.list_id, present)
        events += [_field_event(request, caller, row["field_label"]) for row in work.copy.definitions]
    elif request.copies:
        said.append(Said(NOT_COPIED, values))
    note = f"list: {request.list_id}|{request.campaign_id}|{request.custom_fields_copy}"
    work.events = [*events, list_event(request, caller, "ADD", "ADMIN API ADD LIST", note)]
    return Decision(said, work)


def _can_copy(request: AddList, caller: Caller, facts: ListFacts) -> bool:
    """What the dialer's own page for custom fields asks for, beside the right that was checked."""
    ids = (list_number(request.list_id), list_number(request.custom_fields_copy))
    return "modify_leads" in caller.rights and facts.settings["custom_fields_enabled"] == "1" and min(ids) >= LEAST_WITH_FIELDS


def _row(request: AddList) -> dict[str, str | int]:
    """The columns that a request sets; the others have the dialer's own defaults."""
    row: dict[str, str | int] = {
        "list_id": list_number(request.list_id),
        "list_name": request.list_name,
        "campaign_id": request.campaign_id,
        "active": request.active or "N",
        "campaign_cid_override": request.outbound_cid,
        "agent_script_override": request.script,
        "am_message_exten_override": request.am_message,
        "drop_inbound_group_override": request.drop_inbound_group,
        "reset_time": request.reset_time,
        "expiration_date": NEVER if request.expiration_date in ("", BLANK) else request.expiration_date,
    }
    for name in ("web_form_address", "web_form_address_two", "web_form_address_three"):
        if value := getattr(request, name):
            row[name] = "" if value == BLANK else web_form(value)
    if request.list_description:
        row["list_description"] = "" if request.list_description == BLANK else request.list_description
    return row


def list_event(request: AddList, caller: Caller, kind: str, code: str, note: str) -> AdminEvent:
    """A row of the admin log about the list; it has the digits as they were sent."""
    return AdminEvent(
        user=caller.user, client_ip=request.client_ip, section="LISTS", kind=kind, record_id=request.list_id, code=code, note=note
    )


def _field_event(request: AddList, caller: Caller, label: str) -> AdminEvent:
    return AdminEvent(
        user=caller.user,
        client_ip=request.client_ip,
        section="CUSTOM_FIELDS",
        kind="ADD",
        record_id=request.list_id,
        code="ADMIN ADD CUSTOM LIST FIELD",
        note=f"list: {request.list_id}|field: {label}|copied from: {request.custom_fields_copy}",
    )


PERMISSION = Permission(level=8, flags=("modify_lists", "vdc_agent_api_access"), refusal=NO_PERMISSION)


def _own(request: AddList, _facts: ListFacts) -> Own:
    # whether custom fields were copied the log does not tell
    return {EXISTS: None if request.copies else Effect(ADDED, "LISTS", request.list_id, "ADMIN API ADD LIST")}


FUNCTION = Write(
    name="add_list",
    request=AddList,
    permission=PERMISSION,
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own),
)
