"""add_phone: a new phone, and its server is asked to write its configuration anew.

Source: spec add_phone. A login that the column would cut is refused; passwords stand in no answer and no log.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from dialer.admin_log import AdminEvent
from dialer.phone_extensions import LOGIN_WIDTH, PROTOCOLS, Key, PhoneChanges, login_held, phone_key, zone_valid
from protocol.functions import LATER, Caller, Decision, Permission, Write
from protocol.replies import Said, error, success
from tasks.phone_facts import PhoneFacts, PhoneWork, load, store
from tasks.recovery import Effect, Own, Recovery

NO_PERMISSION = error("add_phone USER DOES NOT HAVE PERMISSION TO ADD PHONES: |{user}|0", "0")
MISSING = error(
    "add_phone YOU MUST USE ALL REQUIRED FIELDS: |{user}|{extension}|{dialplan_number}|{voicemail_id}|{phone_login}||{server_ip}|{protocol}"
    "||{phone_full_name}|{local_gmt}|{outbound_cid}",
    "{extension}|{dialplan_number}|{voicemail_id}|{phone_login}||{server_ip}|{protocol}||{phone_full_name}|{local_gmt}|{outbound_cid}",
)
NO_SUCH_SERVER = error("add_phone SERVER DOES NOT EXIST: |{user}|{server_ip}", "{server_ip}")
PHONE_EXISTS = error("add_phone PHONE ALREADY EXISTS ON THIS SERVER: |{user}|{server_ip}|{extension}", "{server_ip}|{extension}")
LOGIN_EXISTS = error("add_phone PHONE LOGIN ALREADY EXISTS: |{user}|{phone_login}", "{phone_login}")
BAD_ZONE = error("add_phone YOU MUST USE A VALID TIMEZONE: |{user}|{local_gmt}", "{local_gmt}")
ADDED = success(
    "add_phone PHONE HAS BEEN ADDED - {user}|{extension}|{server_ip}|{protocol}|{dialplan_number}",
    "{extension}|{server_ip}|{protocol}|{dialplan_number}",
)

SHOWN = "extension dialplan_number voicemail_id phone_login server_ip protocol phone_full_name local_gmt outbound_cid"
REQUIRED = "voicemail_id phone_login phone_pass server_ip registration_password phone_full_name local_gmt outbound_cid"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPhone:
    """The parameters of add_phone."""

    extension: str = ""
    dialplan_number: str = ""
    voicemail_id: str = ""
    phone_login: str = ""
    phone_pass: str = ""
    server_ip: str = ""
    protocol: str = ""
    registration_password: str = ""
    phone_full_name: str = ""
    local_gmt: str = ""
    outbound_cid: str = ""
    phone_context: str = ""
    email: str = ""
    admin_user_group: str = ""
    client_ip: str = ""
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
    def complete(self) -> bool:
        """Whether the required fields are there, and the login is one that its column holds."""
        if len(self.extension) < 2 or len(self.dialplan_number) < 2 or len(self.phone_login) > LOGIN_WIDTH:
            return False
        return all(getattr(self, name) for name in REQUIRED.split()) and self.protocol in PROTOCOLS


def decide(request: AddPhone, caller: Caller, facts: PhoneFacts) -> Decision:
    """Refuse the request with the first check that fails, or make the new phone."""
    values: dict[str, Any] = {"user": caller.user, **{name: getattr(request, name) for name in SHOWN.split()}}
    if not request.complete:
        return Decision([Said(MISSING, values)])
    if request.server_ip not in facts.servers:
        return Decision([Said(NO_SUCH_SERVER, values)])
    mine = {phone_key(*request.key), login_held(request.phone_login)}
    if mine & facts.touched:
        return LATER
    if facts.phone(*request.key):
        return Decision([Said(PHONE_EXISTS, values)])
    if facts.logins.get(login_held(request.phone_login)):
        return Decision([Said(LOGIN_EXISTS, values)])
    if not zone_valid(request.local_gmt):
        return Decision([Said(BAD_ZONE, values)])
    facts.touched.update(mine)
    event = AdminEvent(
        user=caller.user,
        client_ip=request.client_ip,
        section="PHONES",
        kind="ADD",
        record_id=request.extension,
        code="ADMIN API ADD PHONE",
        note=f"phone: {request.extension}|{request.server_ip}",
    )
    return Decision([Said(ADDED, values)], PhoneWork(changes=PhoneChanges(new=_row(request), rebuilt=request.server_ip), event=event))


def _row(request: AddPhone) -> dict[str, str]:
    """The columns of phones that a request sets; the others have the dialer's own defaults."""
    return {
        "extension": request.extension,
        "dialplan_number": request.dialplan_number,
        "voicemail_id": request.voicemail_id,
        "login": request.phone_login,
        "pass": request.phone_pass,
        "server_ip": request.server_ip,
        "protocol": request.protocol,
        "conf_secret": request.registration_password,
        "fullname": request.phone_full_name,
        "local_gmt": request.local_gmt,
        "outbound_cid": request.outbound_cid,
        "phone_context": request.phone_context or "default",
        "email": request.email,
        "user_group": request.admin_user_group or "---ALL---",
        "active": "Y",
        "status": "ACTIVE",
        "template_id": "",
    }


def _own(request: AddPhone, _facts: PhoneFacts) -> Own:
    effect = Effect(ADDED, "PHONES", request.extension, "ADMIN API ADD PHONE", f"phone: {request.extension}|{request.server_ip}")
    return {PHONE_EXISTS: effect}


FUNCTION = Write(
    name="add_phone",
    request=AddPhone,
    permission=Permission(level=8, flags=("ast_admin_access", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own),
)
