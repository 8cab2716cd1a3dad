"""update_phone_alias: changes or deletes a phone alias. Source: spec update_phone_alias.

The event of an update is named as that of update_phone, as the reference does. A list of logins that the column would cut
is refused.
"""

from dataclasses import dataclass
from typing import Any

from dialer.admin_log import AdminEvent
from dialer.collation import folded
from dialer.phone_extensions import LOGINS_WIDTH, Key, PhoneChanges, alias_mark
from protocol.functions import LATER, Caller, Decision, Permission, Write
from protocol.parameters import size
from protocol.replies import Said, error, notice, success
from tasks.phone_facts import PhoneFacts, PhoneWork, load, store
from tasks.recovery import Effect, Own, Recovery

NO_PERMISSION = error("update_phone_alias USER DOES NOT HAVE PERMISSION TO UPDATE PHONE ALIASES: |{user}|0", "0")
MISSING = error(
    "update_phone_alias YOU MUST USE ALL REQUIRED FIELDS: |{user}|{alias_id}|{alias_name}|{phone_logins}",
    "{alias_id}|{alias_name}|{phone_logins}",
)
NO_SUCH_ALIAS = error("update_phone_alias PHONE ALIAS DOES NOT EXIST: |{user}|{alias_id}", "{alias_id}")
MAY_NOT_DELETE = notice("update_phone_alias USER DOES NOT HAVE PERMISSION TO DELETE PHONE ALIASES: |{user}|0", "0")
DELETED = success("update_phone_alias PHONE ALIAS HAS BEEN DELETED - {user}|{alias_id}", "{alias_id}")
BAD_NAME = error("update_phone_alias YOU MUST USE A VALID ALIAS NAME: |{user}|{alias_name}", "{alias_name}")
NO_SUCH_PHONE = error("update_phone_alias PHONE DOES NOT EXIST: |{user}|{missing_login}", "{missing_login}")
NOTHING_SENT = notice("update_phone_alias NO UPDATES DEFINED: |{user}|")
UPDATED = success("update_phone_alias PHONE ALIAS HAS BEEN UPDATED - {user}|{alias_id}|", "{alias_id}|")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePhoneAlias:
    """The parameters of update_phone_alias."""

    alias_id: str = ""
    alias_name: str = ""
    phone_logins: str = ""
    delete_alias: str = ""
    client_ip: str = ""

    @property
    def key(self) -> Key:
        """No phone of its own."""
        return "", ""

    @property
    def logins(self) -> tuple[str, ...]:
        """The logins that the alias is to have; a single character counts as none sent."""
        return tuple(self.phone_logins.split(",")) if len(self.phone_logins) > 1 else ()

    @property
    def complete(self) -> bool:
        """Whether the id and something to do are there, and the logins fit their column."""
        sent = self.logins or self.alias_name or self.delete_alias
        return len(self.alias_id) > 1 and bool(sent) and len(self.phone_logins) <= LOGINS_WIDTH


def decide(request: UpdatePhoneAlias, caller: Caller, facts: PhoneFacts) -> Decision:
    """Refuse the request with the first check that fails, delete the alias, or set what was sent."""
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
    if not facts.alias_exists(request.alias_id):
        return Decision([Said(NO_SUCH_ALIAS, values)])
    if request.delete_alias == "Y":
        if "ast_delete_phones" not in caller.rights:
            return Decision([Said(MAY_NOT_DELETE, values)])
        facts.touched.add(mine)
        event = _event(request, caller, "DELETE", "ADMIN API DELETE PHONE ALIAS")
        return Decision(
            [Said(DELETED, values)], PhoneWork(changes=PhoneChanges(alias_id=request.alias_id, alias_deleted=True), event=event)
        )
    return _updated(request, caller, facts, values)


def _updated(request: UpdatePhoneAlias, caller: Caller, facts: PhoneFacts, values: dict[str, Any]) -> Decision:
    if request.alias_name and not 2 <= size(request.alias_name) <= 50:
        return Decision([Said(BAD_NAME, values)])
    missing = facts.missing_login(request.logins)
    if missing is not None:
        return Decision([Said(NO_SUCH_PHONE, {**values, "missing_login": missing})])
    columns = {"logins_list": request.phone_logins} if request.logins else {}
    if request.alias_name:
        columns["alias_name"] = request.alias_name
    if not columns:
        return Decision([Said(NOTHING_SENT, values)])
    facts.touched.add(alias_mark(request.alias_id))
    event = _event(request, caller, "MODIFY", "ADMIN API UPDATE PHONE", f"phones: {request.phone_logins}")
    return Decision([Said(UPDATED, values)], PhoneWork(changes=PhoneChanges(alias_id=request.alias_id, alias_columns=columns), event=event))


def _event(request: UpdatePhoneAlias, caller: Caller, kind: str, code: str, note: str = "") -> AdminEvent:
    return AdminEvent(
        user=caller.user,
        client_ip=request.client_ip,
        section="PHONEALIASES",
        kind=kind,
        record_id=request.alias_id,
        code=code,
        note=note,
    )


def _own(request: UpdatePhoneAlias, _facts: PhoneFacts) -> Own:
    if request.delete_alias != "Y":
        return {}
    return {NO_SUCH_ALIAS: Effect(DELETED, "PHONEALIASES", request.alias_id, "ADMIN API DELETE PHONE ALIAS")}


FUNCTION = Write(
    name="update_phone_alias",
    request=UpdatePhoneAlias,
    permission=Permission(level=8, flags=("ast_admin_access", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own),
)
