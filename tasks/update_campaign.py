"""update_campaign: changes the settings of a campaign, and empties its hopper.

Source: spec update_campaign. The count of a hopper reset is always empty in the reply, as in the reference; the admin log has it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, update

from db.tables.campaigns import vicidial_campaigns
from db.tables.leads import vicidial_hopper
from db.tables.lists import vicidial_lead_filters
from dialer.admin_log import AdminEvent, write_admin_log
from dialer.collation import folded, number
from dialer.known_ids import load_ids
from dialer.optional_fields import OptionalField, length, one_of, optional_columns, whole
from dialer.restrictions import sees_campaign
from dialer.system_settings import system_settings
from protocol.functions import Caller, Decision, Moment, Permission, Write
from protocol.replies import Reply, Said, error, notice, reply, success
from tasks.recovery import Recovery

NO_PERMISSION = error("update_campaign USER DOES NOT HAVE PERMISSION TO UPDATE CAMPAIGNS: |{user}|0", "0")
MISSING = error(
    "update_campaign YOU MUST USE ALL REQUIRED FIELDS: |{user}|{campaign_id}|{campaign_name}|{campaign_id}",
    "{campaign_id}|{campaign_name}|{campaign_id}",
)
NO_SUCH_CAMPAIGN = error("update_campaign CAMPAIGN DOES NOT EXIST: |{user}|{campaign_id}", "{campaign_id}")
BAD_LEVEL = error("update_campaign AUTO DIAL LEVEL MUST BE FROM 0 TO {limit}, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_METHOD = error("update_campaign DIAL METHOD IS NOT VALID, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_MAXIMUM = error(
    "update_campaign ADAPT MAXIMUM DIAL LEVEL MUST BE FROM 1 TO 5 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}"
)
BAD_EXTENSION = error(
    "update_campaign ROUTING EXTENSION MUST BE FROM 3 TO 20 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}"
)
BAD_HOPPER_LEVEL = error("update_campaign HOPPER LEVEL MUST BE FROM 1 TO 2000, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_TIMEOUT = error("update_campaign DIAL TIMEOUT MUST BE FROM 1 TO 120, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_NAME = error("update_campaign CAMPAIGN NAME MUST BE FROM 6 TO 40 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_CID = error("update_campaign CAMPAIGN CID MUST BE FROM 6 TO 20 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_FILTER = error(
    "update_campaign CAMPAIGN LEAD FILTER MUST BE A VALID FILTER IN THE SYSTEM, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}"
)
BAD_ACTIVE = error("update_campaign ACTIVE MUST BE Y OR N, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
NOTHING_SENT = notice("update_campaign NO UPDATES DEFINED: |{user}|")
UPDATED = success("update_campaign CAMPAIGN HAS BEEN UPDATED - {user}|{campaign_id}", "{campaign_id}")
HOPPER_RESET = notice("update_campaign HOPPER HAS BEEN RESET - {user}|{campaign_id}|", "{campaign_id}|")

UPDATE_CODE, RESET_CODE = "ADMIN API UPDATE CAMPAIGN", "ADMIN API RESET HOPPER"
METHODS = ("MANUAL", "RATIO", "INBOUND_MAN", "ADAPT_AVERAGE", "ADAPT_HARD_LIMIT", "ADAPT_TAPERED")
NO_FILTER = "---NONE---"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
RAISED = Decimal("0.001")
"""The reference raises its limit by this before it compares, and says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCampaign:
    """The parameters of update_campaign."""

    campaign_id: str = ""
    auto_dial_level: str = ""
    dial_method: str = ""
    adaptive_maximum_level: str = ""
    campaign_vdad_exten: str = ""
    hopper_level: str = ""
    dial_timeout: str = ""
    campaign_name: str = ""
    outbound_cid: str = ""
    lead_filter_id: str = ""
    active: str = ""
    reset_hopper: str = ""
    client_ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFacts:
    """What the database says of a batch: the campaigns and filters that exist, and the highest dial level."""

    moment: Moment
    campaigns: Mapping[str, str]
    filters: Mapping[str, str]
    limit: Decimal


@dataclass(slots=True, kw_only=True)
class CampaignWork:
    """What is to be stored for a request."""

    campaign_id: str
    columns: dict[str, str] = field(default_factory=dict)
    empties_hopper: bool = False
    event: AdminEvent
    """Who asks for the change; what is changed is written into it."""


def _level_valid(value: str, facts: CampaignFacts) -> bool:
    """Compared as a number, but a text that is none, such as 1.2.3, as text: so it was recorded."""
    if _NUMBER.fullmatch(value):
        return 0 <= Decimal(value) <= facts.limit
    return "0" <= value <= str(facts.limit)


def _filter_valid(value: str, facts: CampaignFacts) -> bool:
    return value == NO_FILTER or folded(value) in facts.filters


OPTIONAL = (
    OptionalField(parameter="auto_dial_level", column="auto_dial_level", valid=_level_valid, fault=BAD_LEVEL),
    OptionalField(parameter="dial_method", column="dial_method", valid=one_of(*METHODS), fault=BAD_METHOD),
    OptionalField(parameter="adaptive_maximum_level", column="adaptive_maximum_level", valid=length(1, 5), fault=BAD_MAXIMUM),
    OptionalField(parameter="campaign_vdad_exten", column="campaign_vdad_exten", valid=length(3, 20), fault=BAD_EXTENSION),
    OptionalField(parameter="hopper_level", column="hopper_level", valid=whole(1, 2000), fault=BAD_HOPPER_LEVEL),
    OptionalField(parameter="dial_timeout", column="dial_timeout", valid=whole(1, 120), fault=BAD_TIMEOUT),
    OptionalField(parameter="campaign_name", column="campaign_name", valid=length(6, 40), fault=BAD_NAME),
    OptionalField(parameter="outbound_cid", column="campaign_cid", valid=length(6, 20), fault=BAD_CID),
    OptionalField(parameter="lead_filter_id", column="lead_filter_id", valid=_filter_valid, fault=BAD_FILTER),
    OptionalField(parameter="active", column="active", valid=one_of("Y", "N"), fault=BAD_ACTIVE),
)


def load(requests: Sequence[UpdateCampaign], _callers: Sequence[Caller], moment: Moment, connection: Connection) -> CampaignFacts:
    """The facts for a batch."""
    limit = number(system_settings(connection)["auto_dial_limit"])
    return CampaignFacts(
        moment=moment,
        campaigns=load_ids(vicidial_campaigns.c.campaign_id, (r.campaign_id for r in requests), connection),
        filters=load_ids(vicidial_lead_filters.c.lead_filter_id, (r.lead_filter_id for r in requests), connection),
        limit=(Decimal(str(limit)) + RAISED).normalize(),
    )


def decide(request: UpdateCampaign, caller: Caller, facts: CampaignFacts) -> Decision:
    """Refuse the request with the first check that fails, or set what was sent."""
    values: dict[str, Any] = {"user": caller.user, "campaign_id": request.campaign_id, "campaign_name": request.campaign_name}
    if not 2 <= len(request.campaign_id) <= 8:
        return Decision([Said(MISSING, values)])
    found = facts.campaigns.get(folded(request.campaign_id))
    if found is None or not sees_campaign(caller, found):
        return Decision([Said(NO_SUCH_CAMPAIGN, values)])
    sent = optional_columns(asdict(request), OPTIONAL, facts)
    if sent.fault is not None:
        return Decision([Said(sent.fault.line, {**values, "value": sent.fault.value, "limit": facts.limit})])
    if sent.columns.get("lead_filter_id") == NO_FILTER:
        sent.columns["lead_filter_id"] = ""
    said = [Said(UPDATED if sent.columns else NOTHING_SENT, values)]
    if request.reset_hopper == "Y":
        said.append(Said(HOPPER_RESET, values))
    event = AdminEvent(user=caller.user, client_ip=request.client_ip, section="CAMPAIGNS", kind="", record_id=request.campaign_id, code="")
    work = CampaignWork(campaign_id=found, columns=sent.columns, empties_hopper=request.reset_hopper == "Y", event=event)
    return Decision(said, work)


def store(decisions: Sequence[Decision], facts: CampaignFacts, connection: Connection) -> list[Reply]:
    """Store what a batch decided, with a row of the admin log for each change."""
    events: list[AdminEvent] = []
    for work in (d.work for d in decisions if d.work):
        if work.columns:
            _store_columns(work, facts, connection)
            note = f"campaign: {work.event.record_id}|set: {' '.join(work.columns)}"
            events.append(replace(work.event, kind="MODIFY", code=UPDATE_CODE, note=note))
        if work.empties_hopper:
            rows = connection.execute(delete(vicidial_hopper).where(vicidial_hopper.c.campaign_id == work.campaign_id)).rowcount
            note = f"campaign: {work.event.record_id}|{rows} leads"
            events.append(replace(work.event, kind="RESET", code=RESET_CODE, note=note))
    write_admin_log(events, facts.moment, connection)
    return [reply(*d.said) for d in decisions]


def _store_columns(work: CampaignWork, facts: CampaignFacts, connection: Connection) -> None:
    changed = update(vicidial_campaigns).where(vicidial_campaigns.c.campaign_id == work.campaign_id)
    connection.execute(changed.values(campaign_changedate=facts.moment.text, **work.columns))


def _events(work: CampaignWork) -> list[AdminEvent]:
    codes = [UPDATE_CODE] * bool(work.columns) + [RESET_CODE] * work.empties_hopper
    return [replace(work.event, code=code) for code in codes]


FUNCTION = Write(
    name="update_campaign",
    request=UpdateCampaign,
    permission=Permission(level=8, flags=("modify_campaigns", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, events=_events),
)
