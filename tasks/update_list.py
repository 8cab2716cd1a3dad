"""update_list: changes the settings of a list, marks its leads as not called, deletes the list, deletes its leads.

Source: spec update_list. `--BLANK--` empties what the document says it does; a new campaign must be one that the caller may
use. The leads themselves are changed slice by slice after the request is stored (docs/decisions/0007).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dialer.collation import folded
from dialer.list_settings import NEVER, ListState, is_date, web_form
from dialer.lists import list_number
from dialer.optional_fields import BLANK, OptionalField, length, one_of, optional_columns
from dialer.restrictions import sees_campaign
from protocol.functions import LATER, Caller, Decision, Moment, Permission, Write
from protocol.replies import FIELDS, FUNCTION_NOT_ALLOWED, Reply, Said, error, notice, reply, success
from protocol.sweeps import Sweep, Swept
from tasks import add_list
from tasks.add_list import AddList, list_event
from tasks.list_facts import ListFacts, ListWork, load, store, worded
from tasks.recovery import Own, Recovery
from tasks.update_list_leads import ending, may_delete_leads, write_ending

NO_PERMISSION = error("update_list USER DOES NOT HAVE PERMISSION TO UPDATE LISTS: |{user}|0", "0")
MISSING = error(
    "update_list YOU MUST USE ALL REQUIRED FIELDS: |{user}|{list_id}|{list_name}|{campaign_id}", "{list_id}|{list_name}|{campaign_id}"
)
LIST_NOT_ALLOWED = error("update_list NOT AN ALLOWED LIST ID - {list_id}", FIELDS)
SENT_ON = notice("update_list LIST DOES NOT EXIST, SENDING TO add_list FUNCTION: |{user}|{list_id}", "{list_id}")
NO_SUCH_LIST = error("update_list LIST DOES NOT EXIST: |{user}|{list_id}", "{list_id}")
BAD_CAMPAIGN = error("update_list CAMPAIGN DOES NOT EXIST, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_SCRIPT = error("update_list SCRIPT DOES NOT EXIST, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_IN_GROUP = error("update_list IN-GROUP DOES NOT EXIST, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_NAME = error("update_list LIST NAME MUST BE FROM 6 TO 30 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_ACTIVE = error("update_list ACTIVE MUST BE Y OR N, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_CID = error("update_list OUTBOUND CID MUST BE FROM 6 TO 18 DIGITS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_MESSAGE = error(
    "update_list ANSWERING MACHINE MESSAGE MUST LESS THAN 101 DIGITS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}"
)
BAD_RESET_TIME = error("update_list RESET TIME IS NOT VALID, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_EXPIRATION = error("update_list EXPIRATION DATE IS NOT VALID, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
NOTHING_SENT = notice("update_list NO UPDATES DEFINED: |{user}|")
UPDATED = success("update_list LIST HAS BEEN UPDATED - {user}|{list_id}", "{list_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateList(AddList):
    """The parameters of update_list: those of add_list, and what else is to be done."""

    insert_if_not_found: str = ""
    reset_list: str = ""
    delete_list: str = ""
    delete_leads: str = ""


def _campaign_valid(value: str, caller: Caller, facts: ListFacts) -> bool:
    return folded(value) in facts.campaigns and sees_campaign(caller, value)


def _script_valid(value: str, _caller: Caller, facts: ListFacts) -> bool:
    return folded(value) in facts.scripts


def _in_group_valid(value: str, _caller: Caller, facts: ListFacts) -> bool:
    return folded(value) in facts.in_groups


def _date_valid(value: str, *_: Any) -> bool:
    return is_date(value)


OPTIONAL = (
    OptionalField(parameter="campaign_id", column="campaign_id", valid=_campaign_valid, fault=BAD_CAMPAIGN),
    OptionalField(parameter="script", column="agent_script_override", valid=_script_valid, fault=BAD_SCRIPT, may_be_blank=True),
    OptionalField(
        parameter="drop_inbound_group",
        column="drop_inbound_group_override",
        valid=_in_group_valid,
        fault=BAD_IN_GROUP,
        may_be_blank=True,
    ),
    OptionalField(parameter="list_name", column="list_name", valid=length(6, 30), fault=BAD_NAME),
    OptionalField(parameter="active", column="active", valid=one_of("Y", "N"), fault=BAD_ACTIVE),
    OptionalField(parameter="outbound_cid", column="campaign_cid_override", valid=length(6, 18), fault=BAD_CID, may_be_blank=True),
    OptionalField(parameter="am_message", column="am_message_exten_override", valid=length(1, 100), fault=BAD_MESSAGE, may_be_blank=True),
    OptionalField(parameter="reset_time", column="reset_time", valid=length(4, 1000), fault=BAD_RESET_TIME, may_be_blank=True),
    OptionalField(parameter="expiration_date", column="expiration_date", valid=_date_valid, fault=BAD_EXPIRATION, may_be_blank=True),
)
WEB_FORMS = ("web_form_address", "web_form_address_two", "web_form_address_three")
CLEANED_AWAY = ("outbound_cid", "reset_time")
"""Parameters whose cleaning leaves nothing of `--BLANK--`, or only its dashes."""


def decide(request: UpdateList, caller: Caller, facts: ListFacts) -> Decision:
    """Refuse the request with the first check that fails, hand it on to add_list, or do what it asks for."""
    values: dict[str, Any] = {
        "user": caller.user,
        "list_id": request.list_id,
        "list_name": request.list_name,
        "campaign_id": request.campaign_id,
    }
    if not 2 <= len(request.list_id) <= 14:
        return Decision([Said(MISSING, values)])
    if list_number(request.list_id) in facts.touched:
        return LATER
    if not facts.restrictions.allowed(caller, request.list_id):
        return Decision([Said(LIST_NOT_ALLOWED, values)])
    found = facts.list(request.list_id)
    if found is None or not sees_campaign(caller, found.campaign_id):
        return _inserted(request, caller, facts, values) if request.insert_if_not_found == "Y" else Decision([Said(NO_SUCH_LIST, values)])
    sent = optional_columns(_parameters(request), OPTIONAL, caller, facts)
    if sent.fault is not None:
        return Decision([Said(sent.fault.line, {**values, "value": sent.fault.value})])
    return _updated(request, caller, found, facts, {**sent.columns, **_free_columns(request)})


def _parameters(request: UpdateList) -> dict[str, str]:
    sent = {one.parameter: str(getattr(request, one.parameter)) for one in OPTIONAL}
    return {**sent, **{name: BLANK for name in CLEANED_AWAY if request.raw.get(name) == BLANK}}


def _free_columns(request: UpdateList) -> dict[str, str]:
    """Columns that take whatever is sent."""
    sent = {name: web_form(getattr(request, name)) for name in WEB_FORMS}
    sent["list_description"] = request.list_description
    return {name: "" if value == BLANK else value for name, value in sent.items() if value}


def _inserted(request: UpdateList, caller: Caller, facts: ListFacts, values: dict[str, Any]) -> Decision:
    """add_list from its first check on: it has a function permission of its own."""
    if not caller.may_use(add_list.FUNCTION.name):
        added = Decision([FUNCTION_NOT_ALLOWED(user=caller.user, function=add_list.FUNCTION.name)])
    elif not caller.holds(add_list.PERMISSION):
        added = Decision([Said(add_list.NO_PERMISSION, values)])
    else:
        added = add_list.decide(request, caller, facts)
    if added is LATER:
        return LATER
    work = added.work or ListWork(list_id=list_number(request.list_id))
    work.added_after = 1
    return Decision([Said(SENT_ON, values), *added.said], work)


def _updated(request: UpdateList, caller: Caller, found: ListState, facts: ListFacts, columns: dict[str, str]) -> Decision:
    facts.touched.add(found.list_id)
    work = ListWork(list_id=found.list_id, columns=columns)
    values = {"user": caller.user, "list_id": request.list_id}
    said, events = [Said(UPDATED if columns else NOTHING_SENT, values)], []
    if columns:
        note = f"list: {request.list_id}|set: {' '.join(columns)}"
        events.append(list_event(request, caller, "MODIFY", "ADMIN API UPDATE LIST", note))
    if columns.get("expiration_date") == "":
        columns["expiration_date"] = NEVER
    if "campaign_id" in columns:
        columns["campaign_id"] = facts.campaigns[folded(columns["campaign_id"])]
        if folded(columns["campaign_id"]) != folded(found.campaign_id or ""):
            work.left_campaign = found.campaign_id or ""
    work.reset = request.reset_list == "Y" and found.may_be_reset
    work.deleted = request.delete_list == "Y" and "delete_lists" in caller.rights
    claimed = {"done": work.reset, "resets_today": found.resets_today + work.reset, "limit": found.daily_limit}
    if work.reset or may_delete_leads(request, caller):
        work.sweep = Sweep(
            list_id=found.list_id,
            until=facts.highest_lead,
            reset=work.reset,
            delete=may_delete_leads(request, caller),
            claimed=claimed,
        )
    else:
        more = ending(request, caller, Swept(claimed=claimed))
        said, events = said + more.said, events + more.events
    work.events = events
    return Decision(said, work)


def sweeps(parameters: Mapping[str, str]) -> bool:
    """Whether all leads of a list may be concerned."""
    return "Y" in (parameters.get("reset_list"), parameters.get("delete_leads"))


def finish(request: UpdateList, caller: Caller, swept: Swept, moment: Moment, connection: Connection) -> Reply:
    """The lines about what was done to the list's leads, with their rows of the admin log."""
    more = ending(request, caller, swept)
    write_ending(more, moment, connection)
    return reply(*more.said)


def _own(request: UpdateList, _facts: ListFacts) -> Own:
    return {NO_SUCH_LIST: None} if request.delete_list == "Y" else {}


def _unsafe(request: UpdateList, decision: Decision) -> bool:
    """A reset is counted, and a list that was inserted would be updated."""
    return not decision.work.new and "Y" in (request.reset_list, request.insert_if_not_found)


FUNCTION = Write(
    name="update_list",
    request=UpdateList,
    permission=Permission(level=8, flags=("modify_lists", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    list_restricted=True,
    sweeps=sweeps,
    finish=finish,
    recover=Recovery(load=load, decide=decide, own=_own, unsafe=_unsafe, worded=worded),
)
