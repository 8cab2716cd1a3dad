"""update_user: changes a user, sets its ranks in campaigns, or deletes it.

Source: spec update_user. Every update unlocks the account. USER DOES NOT EXIST shows the request's server_ip, as the
reference does; passwords stand in no answer and no log.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from dialer.admin_log import AdminEvent
from dialer.collation import folded
from dialer.optional_fields import OptionalField, length, one_of, optional_columns, whole
from dialer.restrictions import sees_group
from dialer.users import NAME_WIDTH, Ranks, User, UserChanges, password_columns, same_level
from protocol.functions import LATER, Caller, Decision, Permission, Write
from protocol.replies import Said, error, notice, success
from tasks.recovery import Effect, Own, Recovery
from tasks.user_facts import UserFacts, UserWork, load, store

NO_PERMISSION = error("update_user USER DOES NOT HAVE PERMISSION TO UPDATE USERS: |{user}|0", "0")
MISSING = error("update_user YOU MUST USE ALL REQUIRED FIELDS: |{user}|{agent_user}|", "{agent_user}|")
NO_SUCH_USER = error("update_user USER DOES NOT EXIST: |{user}|{server_ip}", "{server_ip}")
USER_NOT_ALLOWED = error(
    "update_user USER DOES NOT HAVE PERMISSION TO UPDATE THIS USER: |{user}|{agent_user}|{compared}|{own_level}\n",
    "{agent_user}|{compared}|{own_level}\n",
)
MAY_NOT_DELETE = error("update_user USER DOES NOT HAVE PERMISSION TO DELETE USERS: |{user}|0", "0")
DELETED = success("update_user USER HAS BEEN DELETED - {user}|{agent_user}|", "{agent_user}|")
BAD_NAME = error("update_user YOU MUST USE A VALID FULL NAME, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_LEVEL = error(
    "update_user YOU MUST USE A VALID USER LEVEL, THIS IS AN OPTIONAL FIELD: |{user}|{value}|{own_level}|{same_level}",
    "{value}|{own_level}|{same_level}",
)
BAD_GROUP = error("update_user YOU MUST USE A VALID USER GROUP, THIS IS AN OPTIONAL FIELD: |{user}|{value}|0", "{value}|0")
BAD_LOGIN = error("update_user YOU MUST USE A VALID PHONE LOGIN, THIS IS AN OPTIONAL FIELD: |{user}|{value}|0|0", "{value}|0|0")
BAD_PHONE_PASSWORD = error("update_user YOU MUST USE A VALID PHONE PASSWORD, THIS IS AN OPTIONAL FIELD: |{user}|")
BAD_HOTKEYS = error("update_user YOU MUST USE A VALID HOTKEYS SETTING, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_VOICEMAIL = error("update_user YOU MUST USE A VALID VOICEMAIL ID, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_EMAIL = error("update_user YOU MUST USE A VALID EMAIL, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_CUSTOM_ONE = error("update_user YOU MUST USE A VALID CUSTOM ONE, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_CUSTOM_TWO = error("update_user YOU MUST USE A VALID CUSTOM TWO, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_CUSTOM_THREE = error("update_user YOU MUST USE A VALID CUSTOM THREE, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_CUSTOM_FOUR = error("update_user YOU MUST USE A VALID CUSTOM FOUR, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_CUSTOM_FIVE = error("update_user YOU MUST USE A VALID CUSTOM FIVE, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_ACTIVE = error("update_user ACTIVE MUST BE Y OR N, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_WRAPUP = error(
    "update_user wrapup_seconds_override MUST BE A VALID DIGIT BETWEEN -1 AND 9999, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}"
)
BAD_RANK = error("update_user YOU MUST USE A VALID CAMPAIGN RANK, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
BAD_GRADE = error("update_user YOU MUST USE A VALID CAMPAIGN GRADE, THIS IS AN OPTIONAL FIELD: |{user}|{value}", "{value}")
RANKED = notice(
    "update_user USER CAMPAIGN RANKS HAVE BEEN UPDATED - {user}|{agent_user}|{campaign_rank}|{campaign_grade}",
    "{agent_user}|{campaign_rank}|{campaign_grade}",
)
RANKED_IN_ONE = notice(
    "update_user USER CAMPAIGN RANKS HAVE BEEN UPDATED - {user}|{agent_user}|{campaign_rank}|{campaign_grade}|{campaign_id}|1",
    "{agent_user}|{campaign_rank}|{campaign_grade}|{campaign_id}|1",
)
NOTHING_SENT = error("update_user NO UPDATES DEFINED: |{user}|")
UPDATED = success("update_user USER HAS BEEN UPDATED - {user}|{agent_user}|", "{agent_user}|")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateUser:
    """The parameters of update_user."""

    agent_user: str = ""
    agent_pass: str = ""
    agent_full_name: str = ""
    agent_user_level: str = ""
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
    active: str = ""
    wrapup_seconds_override: str = ""
    campaign_rank: str = ""
    campaign_grade: str = ""
    camp_rg_only: str = ""
    campaign_id: str = ""
    delete_user: str = ""
    server_ip: str = ""
    client_ip: str = ""
    numbered: ClassVar[bool] = False


def _level_valid(value: str, caller: Caller, _facts: UserFacts) -> bool:
    return whole(1, caller.level if same_level(caller) else caller.level - 1)(value) and whole(1, 9)(value)


def _group_valid(value: str, caller: Caller, facts: UserFacts) -> bool:
    return len(value) <= NAME_WIDTH and facts.group_usable(caller, value)


def _login_valid(value: str, _caller: Caller, facts: UserFacts) -> bool:
    return len(value) <= NAME_WIDTH and folded(value) in facts.logins


FIELDS = (
    OptionalField(parameter="agent_full_name", column="full_name", valid=length(1, 50), fault=BAD_NAME, may_be_blank=True),
    OptionalField(parameter="agent_user_level", column="user_level", valid=_level_valid, fault=BAD_LEVEL),
    OptionalField(parameter="agent_user_group", column="user_group", valid=_group_valid, fault=BAD_GROUP),
    OptionalField(parameter="phone_login", column="phone_login", valid=_login_valid, fault=BAD_LOGIN, may_be_blank=True),
    OptionalField(parameter="phone_pass", column="phone_pass", valid=length(1, 20), fault=BAD_PHONE_PASSWORD, may_be_blank=True),
    OptionalField(parameter="hotkeys_active", column="hotkeys_active", valid=one_of("0", "1"), fault=BAD_HOTKEYS),
    OptionalField(parameter="voicemail_id", column="voicemail_id", valid=length(2, 10), fault=BAD_VOICEMAIL, may_be_blank=True),
    OptionalField(parameter="email", column="email", valid=length(5, 100), fault=BAD_EMAIL, may_be_blank=True),
    OptionalField(parameter="custom_one", column="custom_one", valid=length(1, 100), fault=BAD_CUSTOM_ONE, may_be_blank=True),
    OptionalField(parameter="custom_two", column="custom_two", valid=length(1, 100), fault=BAD_CUSTOM_TWO, may_be_blank=True),
    OptionalField(parameter="custom_three", column="custom_three", valid=length(1, 100), fault=BAD_CUSTOM_THREE, may_be_blank=True),
    OptionalField(parameter="custom_four", column="custom_four", valid=length(1, 100), fault=BAD_CUSTOM_FOUR, may_be_blank=True),
    OptionalField(parameter="custom_five", column="custom_five", valid=length(1, 100), fault=BAD_CUSTOM_FIVE, may_be_blank=True),
    OptionalField(parameter="active", column="active", valid=one_of("Y", "N"), fault=BAD_ACTIVE),
    OptionalField(parameter="wrapup_seconds_override", column="wrapup_seconds_override", valid=whole(-1, 9999), fault=BAD_WRAPUP),
    OptionalField(parameter="campaign_rank", valid=whole(-9, 9), fault=BAD_RANK),
    OptionalField(parameter="campaign_grade", valid=whole(1, 10), fault=BAD_GRADE),
)


def decide(request: UpdateUser, caller: Caller, facts: UserFacts) -> Decision:
    """Refuse the request with the first check that fails, delete the user, or set what was sent."""
    values: dict[str, Any] = {
        **{name: getattr(request, name) for name in ("agent_user", "server_ip", "campaign_rank", "campaign_grade", "campaign_id")},
        "user": caller.user,
        "own_level": caller.level,
        "compared": "<=" if same_level(caller) else "<",
        "same_level": int(same_level(caller)),
    }
    if not 2 <= len(request.agent_user) <= NAME_WIDTH:
        return Decision([Said(MISSING, values)])
    if folded(request.agent_user) in facts.touched:
        return LATER
    found = facts.user(request.agent_user)
    if found is None:
        return Decision([Said(NO_SUCH_USER, values)])
    if found.level > caller.level - (not same_level(caller)) or not sees_group(caller, found.user_group):
        return Decision([Said(USER_NOT_ALLOWED, values)])
    if request.delete_user == "Y":
        return _deleted(request, caller, found, facts, values)
    sent = optional_columns(asdict(request), FIELDS, caller, facts)
    if sent.fault is not None:
        return Decision([Said(sent.fault.line, {**values, "value": sent.fault.value})])
    if request.agent_pass:
        sent.columns.update(password_columns(request.agent_pass, facts.settings))
    return _updated(request, caller, found, facts, values, sent.columns)


def _deleted(request: UpdateUser, caller: Caller, found: User, facts: UserFacts, values: dict[str, Any]) -> Decision:
    if "delete_users" not in caller.rights:
        return Decision([Said(MAY_NOT_DELETE, values)])
    facts.touched.add(folded(request.agent_user))
    event = _event(request, caller, "DELETE", "ADMIN API DELETE USER", f"user: {request.agent_user}")
    return Decision([Said(DELETED, values)], UserWork(changes=UserChanges(user_id=found.user_id, deleted=True), events=[event]))


def _updated(
    request: UpdateUser, caller: Caller, found: User, facts: UserFacts, values: dict[str, Any], columns: dict[str, str]
) -> Decision:
    said, work = [], UserWork(changes=UserChanges(user_id=found.user_id), events=[])
    ranks = _ranks(request, facts)
    if ranks is not None:
        work.changes.ranks = ranks
        one = request.camp_rg_only == "1"
        note = f"user: {request.agent_user}|rank: {request.campaign_rank}|grade: {request.campaign_grade}|campaigns: {len(ranks.campaigns)}"
        work.events.append(_event(request, caller, "MODIFY", "ADMIN API UPDATE USER RANK", note))
        said.append(Said(RANKED_IN_ONE if one else RANKED, values))
    if columns:
        work.changes.columns = {"failed_login_count": "0", **columns}
        note = f"user: {request.agent_user}|set: {' '.join(columns)}"
        work.events.append(_event(request, caller, "MODIFY", "ADMIN API UPDATE USER", note))
    said.append(Said(UPDATED if columns else NOTHING_SENT, values))
    if work.events:
        facts.touched.add(folded(request.agent_user))
    return Decision(said, work)


def _ranks(request: UpdateUser, facts: UserFacts) -> Ranks | None:
    """The ranks to be set; None if none is sent, or no campaign is meant."""
    columns: dict[str, str] = {}
    if request.campaign_rank:
        columns.update(campaign_rank=request.campaign_rank, campaign_weight=request.campaign_rank)
    if request.campaign_grade:
        columns["campaign_grade"] = request.campaign_grade
    one = folded(request.campaign_id) if request.camp_rg_only == "1" else None
    campaigns = [campaign_id for campaign_id in facts.campaigns if one is None or folded(campaign_id) == one]
    return Ranks(request.agent_user, campaigns, columns) if columns and campaigns else None


def _event(request: UpdateUser, caller: Caller, kind: str, code: str, note: str) -> AdminEvent:
    return AdminEvent(
        user=caller.user, client_ip=request.client_ip, section="USERS", kind=kind, record_id=request.agent_user, code=code, note=note
    )


def _own(request: UpdateUser, _facts: UserFacts) -> Own:
    if request.delete_user == "Y":
        return {NO_SUCH_USER: Effect(DELETED, "USERS", request.agent_user, "ADMIN API DELETE USER")}
    # a user of another group or level may be one that the caller cannot change any more
    return {USER_NOT_ALLOWED: None} if request.agent_user_group or request.agent_user_level else {}


FUNCTION = Write(
    name="update_user",
    request=UpdateUser,
    permission=Permission(level=8, flags=("modify_users", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=Recovery(load=load, decide=decide, own=_own),
)
