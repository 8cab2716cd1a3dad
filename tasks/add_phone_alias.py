"""add_phone_alias: a name under which an agent logs in to any of several phones.

Source: spec add_phone_alias. An id, or a list of logins, that its column would cut is refused.
"""

from dataclasses import dataclass
from typing import Any

from dialer.admin_log import AdminEvent
from dialer.collation import folded
from dialer.phone_extensions import ALIAS_WIDTH, LOGINS_WIDTH, Key, PhoneChanges, alias_mark
from protocol.functions import LATER, Caller, Decision, Permission, Write
from protocol.replies import FIELDS, Said, error, success
from tasks.phone_facts import PhoneFacts, PhoneWork, load, store
from tasks.recovery import Effect, Own, Recovery

NO_PERMISSION = error("add_phone_alias USER DOES NOT HAVE PERMISSION TO ADD PHONE ALIASES: |{user}|0", "0")
MISSING = error(
    "add_phone_alias YOU MUST USE ALL REQUIRED FIELDS: |{user}|{alias_id}|{alias_name}|{phone_logins}",
    "{alias_id}|{alias_name}|{phone_logins}",
)
EXISTS = error("add_phone_alias PHONE ALIAS ALREADY EXISTS: |{user}|{alias_id}", "{alias_id}")
NO_SUCH_PHONE = error("add_phone_alias PHONE DOES NOT EXIST: |{user}|{missing_login}", "{missing_login}")
ADDED = success("add_phone_alias PHONE ALIAS HAS BEEN ADDED - {user}|{alias_id}|{alias_name}|{phone_logins}", FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPhoneAlias:
    """The parameters of add_phone_alias."""

    alias_id: str = ""
    alias_name: str = ""
    phone_logins: str = ""
    admin_user_group: str = ""
    client_ip: str = ""

    @property
    def key(self) -> Key:
        """No phone of its own."""
        return "", ""

    @property
    def logins(self) -> tuple[str, ...]:
        """The logins of the alias, as sent."""
        return tuple(self.phone_logins.split(","))

    @property
    def complete(self) -> bool:
        """Whether the required fields are there, and their columns hold them."""
        return 2 <= len(self.alias_id) <= ALIAS_WIDTH and bool(self.alias_name) and 2 <= len(self.phone_logins) <= LOGINS_WIDTH


def decide(request: AddPhoneAlias, caller: Caller, facts: PhoneFacts) -> Decision:
    """Refuse the request with the first check that fails, or make the new alias."""
    values: dict[str, Any] = {
        "user": caller.user,
        "alias_id": request.alias_id,
        "alias_name": request.alias_name,
        "phone_logins": request.phone_logins,
    }
    if not request.complete:
        return Decision([Said(MISSING, values)])
    mine = alias_mark(request.alias_id)
    if facts.touched & {mine, *map(folded, request.logins)}:
        return LATER
    if facts.alias_exists(request.alias_id):
        return Decision([Said(EXISTS, values)])
    missing = facts.missing_login(request.logins)
    if missing is not None:
        return Decision([Said(NO_SUCH_PHONE, {**values, "missing_login": missing})])
    facts.touched.add(mine)
    row = {
        "alias_id": request.alias_id,
        "alias_name": request.alias_name,
        "logins_list": request.phone_logins,
        "user_group": request.admin_user_group or "---ALL---",
    }
    event = AdminEvent(
        user=caller.user,
        client_ip=request.client_ip,
        section="PHONEALIASES",
        kind="ADD",
        record_id=request.alias_id,
        code="ADMIN API ADD PHONE ALIAS",
        note=f"phones: {request.phone_logins}",
    )
    return Decision([Said(ADDED, values)], PhoneWork(changes=PhoneChanges(new_alias=row), event=event))


def _own(request: AddPhoneAlias, _facts: PhoneFacts) -> Own:
    return {EXISTS: Effect(ADDED, "PHONEALIASES", request.alias_id, "ADMIN API ADD PHONE ALIAS")}


FUNCTION = Write(
    name="add_phone_alias",
    request=AddPhoneAlias,
    permission=Permission(level=8, flags=("ast_admin_access", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own),
)
