"""update_phone: changes or deletes a phone, and its server is asked to write its configuration anew.

Source: spec update_phone. Every update empties install_directory, a column of no use, as the reference does. A login that
any other phone has is refused; `--BLANK--` empties outbound_alt_cid; passwords stand in no answer and no log.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from dialer.admin_log import AdminEvent
from dialer.collation import folded
from dialer.optional_fields import BLANK, OptionalField, length, one_of, optional_columns, whole
from dialer.phone_extensions import PROTOCOLS, Key, Phone, PhoneChanges, login_held, phone_key, zone_valid
from dialer.restrictions import sees_group
from protocol.functions import LATER, Caller, Decision, Permission, Write
from protocol.replies import Said, error, notice, success
from tasks.phone_facts import PhoneFacts, PhoneWork, load, store
from tasks.recovery import Effect, Own, Recovery

NO_PERMISSION = error("update_phone USER DOES NOT HAVE PERMISSION TO UPDATE PHONES: |{user}|0", "0")
MISSING = error("update_phone YOU MUST USE ALL REQUIRED FIELDS: |{user}|{extension}|{server_ip}", "{extension}|{server_ip}")
NO_SUCH_SERVER = error("update_phone SERVER DOES NOT EXIST: |{user}|{server_ip}", "{server_ip}")
NO_SUCH_PHONE = error("update_phone PHONE DOES NOT EXIST ON THIS SERVER: |{user}|{server_ip}|{extension}", "{server_ip}|{extension}")
MAY_NOT_DELETE = notice("update_phone USER DOES NOT HAVE PERMISSION TO DELETE PHONES: |{user}|0", "0")
DELETED = success("update_phone PHONE HAS BEEN DELETED - {user}|{extension}|{server_ip}|", "{extension}|{server_ip}|")
BAD_ZONE = error("update_phone YOU MUST USE A VALID TIMEZONE: |{user}|{value}", "{value}")
BAD_EMAIL = error("update_phone YOU MUST USE A VALID EMAIL: |{user}|{value}", "{value}")
BAD_CONTEXT = error("update_phone YOU MUST USE A VALID PHONE CONTEXT: |{user}|{value}", "{value}")
BAD_NAME = error("update_phone YOU MUST USE A VALID PHONE NAME: |{user}|{value}", "{value}")
BAD_REGISTRATION = error("update_phone YOU MUST USE A VALID REGISTRATION PASSWORD: |{user}|")
BAD_PROTOCOL = error("update_phone YOU MUST USE A VALID PROTOCOL: |{user}|{value}", "{value}")
BAD_PASSWORD = error("update_phone YOU MUST USE A VALID PHONE PASSWORD: |{user}|")
LOGIN_EXISTS = error("update_phone LOGIN ALREADY EXISTS: |{user}|{value}", "{value}")
BAD_VOICEMAIL = error("update_phone YOU MUST USE A VALID VOICEMAIL NUMBER: |{user}|{value}", "{value}")
BAD_DIALPLAN = error("update_phone YOU MUST USE A VALID DIALPLAN NUMBER: |{user}|{value}", "{value}")
BAD_ACTIVE = error("update_phone ACTIVE MUST BE Y OR N, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_CID = error("update_phone OUTBOUND CID MUST BE FROM 6 TO 18 DIGITS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_GROUP = error("update_phone USER GROUP MUST BE FROM 2 TO 20 CHARACTERS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_ALT_CID = error("update_phone OUTBOUND ALT CID MUST BE FROM 6 TO 18 DIGITS, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_RING_TIMEOUT = error(
    "update_phone PHONE RING TIMEOUT MUST BE FROM 2 TO 180 SECONDS, THIS IS AN OPTIONAL FIELD: |{user}|{outbound_alt_cid}",
    "{outbound_alt_cid}",
)
BAD_DELETE_AFTER_EMAIL = error(
    "update_phone DELETE VOICEMAIL AFTER EMAIL MUST BE Y OR N, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}"
)
NOTHING_SENT = notice("update_phone NO UPDATES DEFINED: |{user}|")
UPDATED = success("update_phone PHONE HAS BEEN UPDATED - {user}|{extension}|{server_ip}|", "{extension}|{server_ip}|")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePhone:
    """The parameters of update_phone; `raw` are all of them as they were sent."""

    extension: str = ""
    server_ip: str = ""
    local_gmt: str = ""
    email: str = ""
    phone_context: str = ""
    phone_full_name: str = ""
    registration_password: str = ""
    protocol: str = ""
    phone_pass: str = ""
    phone_login: str = ""
    voicemail_id: str = ""
    dialplan_number: str = ""
    active: str = ""
    outbound_cid: str = ""
    admin_user_group: str = ""
    outbound_alt_cid: str = ""
    phone_ring_timeout: str = ""
    delete_vm_after_email: str = ""
    delete_phone: str = ""
    client_ip: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)
    alias_id: ClassVar[str] = ""

    @property
    def key(self) -> Key:
        """The phone it is about."""
        return self.extension, self.server_ip

    @property
    def logins(self) -> tuple[str, ...]:
        """The logins it depends on."""
        return (self.phone_login,)

    @property
    def optional(self) -> dict[str, str]:
        """The optional parameters; the cleaning of outbound_alt_cid leaves BLANK of what is to empty it."""
        sent: dict[str, str] = asdict(self)
        return {**sent, "outbound_alt_cid": BLANK} if self.raw.get("outbound_alt_cid") == BLANK else sent


def _zone_valid(value: str, *_: Any) -> bool:
    return zone_valid(value)


def _login_free(value: str, phone: Phone, facts: PhoneFacts) -> bool:
    return all(other == phone for other in facts.logins.get(login_held(value), ()))


FIELDS = (
    OptionalField(parameter="local_gmt", column="local_gmt", valid=_zone_valid, fault=BAD_ZONE),
    OptionalField(parameter="email", column="email", valid=length(5, 300), fault=BAD_EMAIL, may_be_blank=True),
    OptionalField(parameter="phone_context", column="phone_context", valid=length(2, 30), fault=BAD_CONTEXT, may_be_blank=True),
    OptionalField(parameter="phone_full_name", column="fullname", valid=length(2, 30), fault=BAD_NAME, may_be_blank=True),
    OptionalField(parameter="registration_password", column="conf_secret", valid=length(2, 30), fault=BAD_REGISTRATION, may_be_blank=True),
    OptionalField(parameter="protocol", column="protocol", valid=one_of(*PROTOCOLS), fault=BAD_PROTOCOL),
    OptionalField(parameter="phone_pass", column="pass", valid=length(2, 30), fault=BAD_PASSWORD),
    OptionalField(parameter="phone_login", column="login", valid=_login_free, fault=LOGIN_EXISTS),
    OptionalField(parameter="voicemail_id", column="voicemail_id", valid=length(2, 30), fault=BAD_VOICEMAIL, may_be_blank=True),
    OptionalField(parameter="dialplan_number", column="dialplan_number", valid=length(3, 30), fault=BAD_DIALPLAN),
    OptionalField(parameter="active", column="active", valid=one_of("Y", "N"), fault=BAD_ACTIVE),
    OptionalField(parameter="outbound_cid", column="outbound_cid", valid=length(6, 18), fault=BAD_CID),
    OptionalField(parameter="admin_user_group", column="user_group", valid=length(2, 20), fault=BAD_GROUP),
    OptionalField(parameter="outbound_alt_cid", column="outbound_alt_cid", valid=length(6, 18), fault=BAD_ALT_CID, may_be_blank=True),
    OptionalField(parameter="phone_ring_timeout", column="phone_ring_timeout", valid=whole(2, 180), fault=BAD_RING_TIMEOUT),
    OptionalField(parameter="delete_vm_after_email", column="delete_vm_after_email", valid=one_of("Y", "N"), fault=BAD_DELETE_AFTER_EMAIL),
)


def decide(request: UpdatePhone, caller: Caller, facts: PhoneFacts) -> Decision:
    """Refuse the request with the first check that fails, delete the phone, or set what was sent."""
    shown = ("extension", "server_ip", "outbound_alt_cid")
    values: dict[str, Any] = {"user": caller.user, **{name: getattr(request, name) for name in shown}}
    if len(request.extension) < 2 or not request.server_ip:
        return Decision([Said(MISSING, values)])
    if request.server_ip not in facts.servers:
        return Decision([Said(NO_SUCH_SERVER, values)])
    mine = {phone_key(*request.key), login_held(request.phone_login)} - {""}
    if mine & facts.touched:
        return LATER
    phone = facts.phone(*request.key)
    if phone is None or not sees_group(caller, phone.user_group):
        return Decision([Said(NO_SUCH_PHONE, values)])
    if request.delete_phone == "Y":
        return _deleted(request, caller, phone, facts, values)
    sent = optional_columns(request.optional, FIELDS, phone, facts)
    if sent.fault is not None:
        return Decision([Said(sent.fault.line, {**values, "value": sent.fault.value})])
    if not sent.columns:
        return Decision([Said(NOTHING_SENT, values)])
    facts.touched.update((*mine, folded(phone.login)))
    changes = PhoneChanges(key=request.key, columns={"install_directory": "", **sent.columns}, rebuilt=request.server_ip)
    event = _event(request, caller, "MODIFY", "ADMIN API UPDATE PHONE", f"|set: {' '.join(sent.columns)}")
    return Decision([Said(UPDATED, values)], PhoneWork(changes=changes, event=event))


def _deleted(request: UpdatePhone, caller: Caller, phone: Phone, facts: PhoneFacts, values: dict[str, Any]) -> Decision:
    if "ast_delete_phones" not in caller.rights:
        return Decision([Said(MAY_NOT_DELETE, values)])
    facts.touched.update((phone_key(*request.key), folded(phone.login)))
    changes = PhoneChanges(key=request.key, deleted=True, rebuilt=request.server_ip)
    event = _event(request, caller, "DELETE", "ADMIN API DELETE PHONE")
    return Decision([Said(DELETED, values)], PhoneWork(changes=changes, event=event))


def _event(request: UpdatePhone, caller: Caller, kind: str, code: str, more: str = "") -> AdminEvent:
    return AdminEvent(
        user=caller.user,
        client_ip=request.client_ip,
        section="PHONES",
        kind=kind,
        record_id=request.extension,
        code=code,
        note=f"phone: {request.extension}|{request.server_ip}{more}",
    )


def _own(request: UpdatePhone, _facts: PhoneFacts) -> Own:
    if request.delete_phone == "Y":
        note = f"phone: {request.extension}|{request.server_ip}"
        return {NO_SUCH_PHONE: Effect(DELETED, "PHONES", request.extension, "ADMIN API DELETE PHONE", note)}
    # a phone of another group may be one that the caller does not see any more
    return {NO_SUCH_PHONE: None} if request.admin_user_group else {}


FUNCTION = Write(
    name="update_phone",
    request=UpdatePhone,
    permission=Permission(level=8, flags=("ast_admin_access", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own),
)
