"""add_user: a new user, named by the request or numbered by the dialer.

Source: spec add_user. A level outside 1 to 9 and a name that the column would cut are refused; passwords stand in no log.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from dialer.admin_log import AdminEvent
from dialer.collation import folded, whole_number
from dialer.users import NAME_WIDTH, UserChanges, may_give, password_columns
from protocol.functions import LATER, Caller, Decision, Permission, Write
from protocol.replies import Said, error, success
from tasks.recovery import Effect, Own, Recovery
from tasks.user_facts import UserFacts, UserWork, load, store

NO_PERMISSION = error("add_user USER DOES NOT HAVE PERMISSION TO ADD USERS: |{user}|0", "0")
MISSING = error(
    "add_user YOU MUST USE ALL REQUIRED FIELDS: |{user}|{agent_user}||{agent_user_level}|{agent_full_name}|{agent_user_group}",
    "{agent_user}||{agent_user_level}|{agent_full_name}|{agent_user_group}",
)
LEVEL_NOT_ALLOWED = error(
    "add_user USER DOES NOT HAVE PERMISSION TO ADD USERS IN THIS USER LEVEL: |{user}|{agent_user_level}|{own_level}",
    "{agent_user_level}|{own_level}",
)
NO_SUCH_GROUP = error("add_user USER GROUP DOES NOT EXIST: |{user}|{agent_user_group}", "{agent_user_group}")
EXISTS = error("add_user USER ALREADY EXISTS: |{user}|{agent_user}", "{agent_user}")
ADDED = success(
    "add_user USER HAS BEEN ADDED - {user}|{agent_user}|{shown_password}|{agent_user_level}|{agent_full_name}|{agent_user_group}",
    "{agent_user}||{agent_user_level}|{agent_full_name}|{agent_user_group}",
)

NUMBERED = "AUTOGENERA"
"""A name with this in it asks for a number as its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUser:
    """The parameters of add_user."""

    agent_user: str = ""
    agent_pass: str = ""
    agent_user_level: str = ""
    agent_full_name: str = ""
    agent_user_group: str = ""
    phone_login: str = ""
    phone_pass: str = ""
    hotkeys_active: str = ""
    voicemail_id: str = ""
    email: str = ""
    custom_one: str = ""
    custom_two: str = ""
    custom_three: str = ""
    custom_four: str = ""
    custom_five: str = ""
    wrapup_seconds_override: str = ""
    agent_choose_ingroups: str = ""
    agent_choose_blended: str = ""
    closer_default_blended: str = ""
    in_groups: str = ""
    client_ip: str = ""
    campaign_rank: ClassVar[str] = ""
    campaign_grade: ClassVar[str] = ""

    @property
    def numbered(self) -> bool:
        """Whether the dialer is to name the user with a number."""
        return NUMBERED in self.agent_user

    @property
    def complete(self) -> bool:
        """Whether the required fields are there, and the name is one that its column holds."""
        name = len(self.agent_user)
        named = name >= 2 and (name <= NAME_WIDTH or self.numbered)
        return named and len(self.agent_pass) >= 2 and all((self.agent_user_level, self.agent_full_name, self.agent_user_group))


def decide(request: AddUser, caller: Caller, facts: UserFacts) -> Decision:
    """Refuse the request with the first check that fails, or make the new user."""
    shown = ("agent_user", "agent_user_level", "agent_full_name", "agent_user_group")
    values: dict[str, Any] = {"user": caller.user, "own_level": caller.level, **{n: getattr(request, n) for n in shown}}
    if not request.complete:
        return Decision([Said(MISSING, values)])
    if not may_give(caller, whole_number(request.agent_user_level)):
        return Decision([Said(LEVEL_NOT_ALLOWED, values)])
    if not facts.group_usable(caller, request.agent_user_group):
        return Decision([Said(NO_SUCH_GROUP, values)])
    if folded(request.agent_user) in facts.touched or (request.numbered and facts.touched):
        return LATER
    if facts.user(request.agent_user):
        return Decision([Said(EXISTS, values)])
    return _accepted(request, caller, facts, values)


def _accepted(request: AddUser, caller: Caller, facts: UserFacts, values: dict[str, Any]) -> Decision:
    name = str(facts.next_number) if request.numbered else request.agent_user
    facts.touched.add(folded(name))
    row = _row(request, name, facts)
    values.update(agent_user=name, shown_password=row["pass"])
    event = AdminEvent(
        user=caller.user,
        client_ip=request.client_ip,
        section="USERS",
        kind="ADD",
        record_id=name,
        code="ADMIN API ADD USER",
        note=f"user: {name}|level: {request.agent_user_level}|user group: {request.agent_user_group}",
    )
    number = facts.next_number if request.numbered else 0
    return Decision(
        [Said(ADDED, values)], UserWork(changes=UserChanges(new=row, number=number), events=[event], named=name if number else "")
    )


def _row(request: AddUser, name: str, facts: UserFacts) -> dict[str, str]:
    """The columns of vicidial_users that a request sets; the others have the dialer's own defaults."""
    as_sent = "phone_login phone_pass voicemail_id email custom_one custom_two custom_three custom_four custom_five"
    in_groups = request.in_groups.replace("|", " ")
    return {
        "user": name,
        "pass_hash": "",
        **password_columns(request.agent_pass, facts.settings),
        "full_name": request.agent_full_name,
        "user_level": request.agent_user_level,
        "user_group": request.agent_user_group,
        **{column: getattr(request, column) for column in as_sent.split()},
        "hotkeys_active": request.hotkeys_active or "0",
        "wrapup_seconds_override": request.wrapup_seconds_override or "-1",
        "agent_choose_ingroups": request.agent_choose_ingroups or "1",
        "agent_choose_blended": request.agent_choose_blended or "1",
        "closer_default_blended": request.closer_default_blended or "0",
        "closer_campaigns": f" {in_groups} -" if in_groups else "",
    }


def _own(request: AddUser, facts: UserFacts) -> Own:
    shown = {"shown_password": password_columns(request.agent_pass, facts.settings)["pass"]}
    return {EXISTS: Effect(ADDED, "USERS", request.agent_user, "ADMIN API ADD USER", more=shown)}


def _unsafe(request: AddUser, _decision: Decision) -> bool:
    """Nobody knows whether the number that the try gave to a user is in use already."""
    return request.numbered


FUNCTION = Write(
    name="add_user",
    request=AddUser,
    permission=Permission(level=8, flags=("modify_users", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own, unsafe=_unsafe),
)
