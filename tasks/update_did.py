"""update_did: changes the settings of an inbound number (DID).

Source: spec update_did. `--BLANK--` has no meaning here: it is stored, and nothing can be emptied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from db.tables.in_groups import vicidial_inbound_dids, vicidial_inbound_groups
from db.tables.system import servers
from dialer.admin_log import AdminEvent, write_admin_log
from dialer.collation import folded
from dialer.known_ids import load_ids
from dialer.optional_fields import OptionalField, length, one_of, optional_columns
from dialer.restrictions import StrictViews, load_strict_views
from protocol.functions import Caller, Decision, Moment, Permission, Write
from protocol.replies import Reply, Said, error, notice, reply, success
from tasks.recovery import Recovery

NO_PERMISSION = error("update_did USER DOES NOT HAVE PERMISSION TO UPDATE DIDS: |{user}|0", "0")
MISSING = error("update_did YOU MUST USE ALL REQUIRED FIELDS: |{user}|{did_pattern}", "{did_pattern}")
NO_SUCH_DID = error("update_did DID DOES NOT EXIST: |{user}|{did_pattern}", "{did_pattern}")
BAD_DESCRIPTION = error("update_did DID DESCRIPTION MUST BE FROM 6 TO 50 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_ACTIVE = error("update_did ACTIVE MUST BE Y OR N, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_ROUTE = error("update_did DID ROUTE IS NOT VALID, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_RECORDING = error("update_did RECORD CALL MUST BE Y OR N, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_EXTENSION = error("update_did EXTENSION MUST BE FROM 1 TO 50 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_CONTEXT = error("update_did EXTENSION CONTEXT MUST BE FROM 1 TO 50 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_VOICEMAIL = error(
    "update_did VOICEMAIL EXTENSION MUST BE FROM 1 TO 10 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}"
)
BAD_PHONE = error("update_did PHONE EXTENSION MUST BE FROM 1 TO 100 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_SERVER = error("update_did SERVER IP MUST BE A VALID SERVER IN THE SYSTEM, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_IN_GROUP = error(
    "update_did GROUP ID MUST BE A VALID INBOUND GROUP IN THE SYSTEM, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}"
)
BAD_CLEAN_CID = error("update_did CLEAN CID NUMBER MUST BE FROM 1 TO 20 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
NOTHING_SENT = notice("update_did NO UPDATES DEFINED: |{user}|")
UPDATED = success("update_did DID HAS BEEN UPDATED - {user}|{did_pattern}", "{did_pattern}")

ROUTES = ("EXTEN", "VOICEMAIL", "AGENT", "PHONE", "IN_GROUP", "CALLMENU", "VMAIL_NO_INST")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDid:
    """The parameters of update_did."""

    did_pattern: str = ""
    did_description: str = ""
    active: str = ""
    did_route: str = ""
    record_call: str = ""
    extension: str = ""
    exten_context: str = ""
    voicemail_ext: str = ""
    phone_extension: str = ""
    server_ip: str = ""
    group: str = ""
    filter_clean_cid_number: str = ""
    client_ip: str = ""


@dataclass(frozen=True, slots=True)
class Did:
    """An inbound number that is there."""

    did_id: int
    user_group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DidFacts:
    """What the database says of a batch: the numbers by their pattern, and the servers and in-groups that exist."""

    moment: Moment
    dids: Mapping[str, Did]
    views: StrictViews
    servers: Mapping[str, str]
    in_groups: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DidWork:
    """What is to be stored for a request."""

    did_id: int
    columns: Mapping[str, str]
    event: AdminEvent


def _server_valid(value: str, facts: DidFacts) -> bool:
    return folded(value) in facts.servers


def _in_group_valid(value: str, facts: DidFacts) -> bool:
    return folded(value) in facts.in_groups


OPTIONAL = (
    OptionalField(parameter="did_description", column="did_description", valid=length(6, 50), fault=BAD_DESCRIPTION),
    OptionalField(parameter="active", column="did_active", valid=one_of("Y", "N"), fault=BAD_ACTIVE),
    OptionalField(parameter="did_route", column="did_route", valid=one_of(*ROUTES), fault=BAD_ROUTE),
    OptionalField(parameter="record_call", column="record_call", valid=one_of("Y", "N", "Y_QUEUESTOP"), fault=BAD_RECORDING),
    OptionalField(parameter="extension", column="extension", valid=length(1, 50), fault=BAD_EXTENSION),
    OptionalField(parameter="exten_context", column="exten_context", valid=length(1, 50), fault=BAD_CONTEXT),
    OptionalField(parameter="voicemail_ext", column="voicemail_ext", valid=length(1, 10), fault=BAD_VOICEMAIL),
    OptionalField(parameter="phone_extension", column="phone", valid=length(1, 100), fault=BAD_PHONE),
    OptionalField(parameter="server_ip", column="server_ip", valid=_server_valid, fault=BAD_SERVER),
    OptionalField(parameter="group", column="group_id", valid=_in_group_valid, fault=BAD_IN_GROUP),
    OptionalField(parameter="filter_clean_cid_number", column="filter_clean_cid_number", valid=length(1, 20), fault=BAD_CLEAN_CID),
)


def load(requests: Sequence[UpdateDid], callers: Sequence[Caller], moment: Moment, connection: Connection) -> DidFacts:
    """The facts for a batch."""
    table = vicidial_inbound_dids.c
    wanted = select(table.did_pattern, table.did_id, table.user_group)
    rows = connection.execute(wanted.where(table.did_pattern.in_(sorted({r.did_pattern for r in requests}))))
    return DidFacts(
        moment=moment,
        dids={folded(pattern): Did(did_id, group) for pattern, did_id, group in rows},
        views=load_strict_views(callers, connection),
        servers=load_ids(servers.c.server_ip, (r.server_ip for r in requests), connection),
        in_groups=load_ids(vicidial_inbound_groups.c.group_id, (r.group for r in requests), connection),
    )


def decide(request: UpdateDid, caller: Caller, facts: DidFacts) -> Decision:
    """Refuse the request with the first check that fails, or set what was sent."""
    values: dict[str, Any] = {"user": caller.user, "did_pattern": request.did_pattern}
    if not 2 <= len(request.did_pattern) <= 50:
        return Decision([Said(MISSING, values)])
    found = facts.dids.get(folded(request.did_pattern))
    if found is None or not facts.views.sees(caller, found.user_group):
        return Decision([Said(NO_SUCH_DID, values)])
    sent = optional_columns(asdict(request), OPTIONAL, facts)
    if sent.fault is not None:
        return Decision([Said(sent.fault.line, {**values, "value": sent.fault.value})])
    if not sent.columns:
        return Decision([Said(NOTHING_SENT, values)])
    event = AdminEvent(
        user=caller.user,
        client_ip=request.client_ip,
        section="DIDS",
        kind="MODIFY",
        record_id=str(found.did_id),
        code="ADMIN API UPDATE DID",
        note=f"did: {request.did_pattern} did_id: {found.did_id}|set: {' '.join(sent.columns)}",
    )
    return Decision([Said(UPDATED, values)], DidWork(did_id=found.did_id, columns=sent.columns, event=event))


def store(decisions: Sequence[Decision], facts: DidFacts, connection: Connection) -> list[Reply]:
    """Store what a batch decided, with a row of the admin log for each change."""
    work = [d.work for d in decisions if d.work]
    for one in work:
        changed = update(vicidial_inbound_dids).where(vicidial_inbound_dids.c.did_id == one.did_id)
        connection.execute(changed.values(**one.columns))
    write_admin_log([w.event for w in work], facts.moment, connection)
    return [reply(*d.said) for d in decisions]


FUNCTION = Write(
    name="update_did",
    request=UpdateDid,
    permission=Permission(level=8, flags=("modify_inbound_dids", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide),
)
