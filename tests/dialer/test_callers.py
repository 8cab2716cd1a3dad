"""Logins and rights on a database. The recorded conversations are replayed in tests/conformance."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from db.tables.users import vicidial_users
from dialer.callers import IP_NOT_ALLOWED, LOCKED, LOGIN_INCORRECT, Login, allowed_campaigns, authenticate, viewable_groups
from dialer.system_settings import system_settings
from protocol.functions import Caller, Moment, Permission
from protocol.replies import Said, error
from tests.dialer.rows import put

NOW = Moment(now=datetime(2026, 11, 23, 12), utc=datetime(2026, 11, 23, 17), daylight=False, zone_offset=-5)
LONG_AGO, JUST_NOW = "2026-11-23 11:44:59", "2026-11-23 11:45:01"
PASSWORD = "zzpass"
HASH = "pCQF4P2thOq4GxyH36SGkbp7Enfzp8O"
HASHED = {"pass_hash_enabled": "1", "pass_key": "0123456789abcdef", "pass_cost": 4}

LogIn = Callable[..., Caller | Said]


@pytest.fixture
def log_in(connection: Connection) -> LogIn:
    """Puts the user zzapi and the system's settings, then logs in."""

    def attempt(
        user: str = "zzapi",
        password: str = PASSWORD,
        *,
        ip: str = "10.1.2.3",
        system: dict[str, Any] | None = None,
        group: dict[str, Any] | None = None,
        entries: list[dict[str, Any]] | None = None,
        **columns: Any,
    ) -> Caller | Said:
        row = {"user": "zzapi", "pass": "zzpass", "user_level": 9, "user_group": "ZG", "active": "Y", **columns}
        put(connection, vicidial_users=[row], system_settings=[system or {"use_non_latin": "0"}])
        if group is not None:
            put(connection, vicidial_user_groups=[{"user_group": "ZG", "group_name": "Z", **group}])
        if entries:
            put(connection, vicidial_ip_list_entries=entries)
        return again(connection, user, password, ip)

    return attempt


def again(connection: Connection, user: str, password: str, ip: str = "10.1.2.3") -> Caller | Said:
    login = Login(user=user, password=password, client_ip=ip)
    return authenticate(login, system_settings(connection), NOW, connection)


def noted(connection: Connection) -> tuple[int, str, str]:
    users = vicidial_users.c
    row = connection.execute(select(users.failed_login_count, users.last_login_date, users.last_ip).where(users.user == "zzapi")).one()
    return row.failed_login_count, row.last_login_date, row.last_ip


def refused_by(found: Caller | Said) -> object:
    assert isinstance(found, Said)
    return found.line


def test_the_right_password_is_noted_and_clears_the_failures(connection: Connection, log_in: LogIn) -> None:
    found = log_in(failed_login_count=3)
    assert isinstance(found, Caller)
    assert noted(connection) == (0, "2026-11-23 12:00:00", "10.1.2.3")


def test_the_user_name_has_no_case_and_is_kept_as_it_was_sent(log_in: LogIn) -> None:
    found = log_in(user="ZZAPI")
    assert isinstance(found, Caller)
    assert (found.user, found.level) == ("ZZAPI", 9)


@pytest.mark.parametrize(
    ("password", "columns"),
    [
        ("bad", {}),
        ("ZZPASS", {}),
        ("zzpass", {"pass": "zzpass "}),
        ("zzpass", {"user_level": 6}),
        ("zzpass", {"active": "N"}),
        ("", {"pass": ""}),
        ("", {}),
    ],
)
def test_what_is_no_login_counts_as_a_failure(connection: Connection, log_in: LogIn, password: str, columns: dict[str, Any]) -> None:
    assert refused_by(log_in(password=password, **columns)) is LOGIN_INCORRECT
    assert noted(connection)[0] == 1


def test_the_password_is_never_said_back(log_in: LogIn) -> None:
    found = log_in(password="SECRET")
    assert isinstance(found, Said)
    assert found.text == "ERROR: Login incorrect, please try again: |zzapi||BAD|\n"


@pytest.mark.parametrize("user", ["", "nobody"])
def test_an_unknown_user_is_no_login(log_in: LogIn, user: str) -> None:
    assert refused_by(log_in(user=user)) is LOGIN_INCORRECT


def test_ten_failures_lock_and_the_right_password_does_not_help(connection: Connection, log_in: LogIn) -> None:
    assert refused_by(log_in(password="bad", failed_login_count=9, last_login_date=JUST_NOW)) is LOGIN_INCORRECT
    assert refused_by(again(connection, "zzapi", "bad")) is LOCKED
    assert refused_by(again(connection, "zzapi", "zzpass")) is LOCKED
    assert noted(connection)[:2] == (10, JUST_NOW)


def test_after_fifteen_minutes_the_right_password_works(log_in: LogIn) -> None:
    assert isinstance(log_in(failed_login_count=10, last_login_date=LONG_AGO), Caller)


def test_after_fifteen_minutes_a_wrong_one_counts_from_one(connection: Connection, log_in: LogIn) -> None:
    assert refused_by(log_in(password="bad", failed_login_count=10, last_login_date=LONG_AGO)) is LOGIN_INCORRECT
    assert noted(connection)[:2] == (1, "2026-11-23 12:00:00")


@pytest.mark.parametrize("never", [None, "0000-00-00 00:00:00"])
def test_with_no_last_login_the_right_password_works_at_once(connection: Connection, log_in: LogIn, never: str | None) -> None:
    assert isinstance(log_in(failed_login_count=10, last_login_date=never), Caller)
    assert noted(connection)[0] == 0


def test_failures_that_come_together_are_all_counted(connection: Connection, log_in: LogIn) -> None:
    log_in(password="bad")
    connection.execute(update(vicidial_users).where(vicidial_users.c.user == "zzapi").values(failed_login_count=4))
    again(connection, "zzapi", "bad")
    assert noted(connection)[0] == 5


def test_a_hashed_password(log_in: LogIn) -> None:
    assert isinstance(log_in(system=HASHED, pass_hash=HASH), Caller)


@pytest.mark.parametrize(
    ("password", "stored", "system"),
    [
        ("ZZPASS", HASH, HASHED),
        ("bad", HASH, HASHED),
        ("zzpass", "x", HASHED),
        ("zzpass", "", HASHED),
        ("zzpass", HASH.lower(), HASHED),
        ("zzpass", HASH, {**HASHED, "pass_key": ""}),
        ("zzpass", "", {**HASHED, "pass_key": "short"}),
        ("zzpass", HASH, {**HASHED, "pass_cost": 99}),
    ],
)
def test_with_hashes_on_nothing_else_logs_in(log_in: LogIn, password: str, stored: str, system: dict[str, Any]) -> None:
    assert refused_by(log_in(password=password, system=system, pass_hash=stored)) is LOGIN_INCORRECT


@pytest.mark.parametrize("entry", ["10.1.2.3", "10.1.2.x"])
def test_a_white_list_lets_in_who_is_on_it(log_in: LogIn, entry: str) -> None:
    entries = [{"ip_list_id": "WHITE", "ip_address": entry}]
    assert isinstance(log_in(system={"allow_ip_lists": "1"}, group={"api_ip_list": "WHITE"}, entries=entries), Caller)


def test_a_white_list_keeps_others_out_and_nothing_is_noted(connection: Connection, log_in: LogIn) -> None:
    found = log_in(system={"allow_ip_lists": "1"}, group={"api_ip_list": "WHITE"}, failed_login_count=2)
    assert isinstance(found, Said)
    assert found.line is IP_NOT_ALLOWED
    assert found.text == "ERROR: Your IP Address is not allowed: 10.1.2.3: ||IPBLOCK|\n"
    assert noted(connection)[0] == 2


def test_a_black_list_keeps_out_who_is_on_it(log_in: LogIn) -> None:
    entries = [{"ip_list_id": "BLACK", "ip_address": "10.1.2.x"}]
    assert refused_by(log_in(system={"allow_ip_lists": "1", "system_ip_blacklist": "BLACK"}, entries=entries)) is IP_NOT_ALLOWED


def test_an_address_of_ipv6_has_no_class_c(log_in: LogIn) -> None:
    entries = [{"ip_list_id": "WHITE", "ip_address": "2001:db8::x"}]
    found = log_in(ip="2001:db8::1", system={"allow_ip_lists": "1"}, group={"api_ip_list": "WHITE"}, entries=entries)
    assert refused_by(found) is IP_NOT_ALLOWED


@pytest.mark.parametrize(
    ("system", "columns", "group"),
    [
        ({"allow_ip_lists": "0"}, {}, {"api_ip_list": "WHITE"}),
        ({"allow_ip_lists": "1"}, {"ignore_ip_list": "1"}, {"api_ip_list": "WHITE"}),
        ({"allow_ip_lists": "1"}, {}, {"api_ip_list": "W"}),
        ({"allow_ip_lists": "1"}, {}, None),
    ],
)
def test_lists_that_do_not_count(log_in: LogIn, system: dict[str, Any], columns: dict[str, Any], group: dict[str, Any] | None) -> None:
    assert isinstance(log_in(system=system, group=group, **columns), Caller)


def test_the_rights_of_a_caller(log_in: LogIn) -> None:
    found = log_in(
        user_level=8,
        modify_leads="1",
        vdc_agent_api_access="1",
        api_list_restrict="1",
        api_allowed_functions=" add_lead ",
        selected_language="German",
        group={"allowed_campaigns": " ONE TWO -", "admin_viewable_groups": " ZG -"},
    )
    assert isinstance(found, Caller)
    assert (found.level, found.user_group, found.group_exists, found.restricted) == (8, "ZG", True, True)
    assert (found.campaigns, found.viewable_groups, found.language) == (("ONE", "TWO"), ("---ALL---", "", "ZG"), "German")
    assert found.holds(Permission(level=8, flags=("modify_leads", "vdc_agent_api_access"), refusal=error("")))
    assert not found.holds(Permission(level=9, flags=("modify_leads",), refusal=error("")))
    assert not found.holds(Permission(level=7, flags=("modify_leads", "delete_users"), refusal=error("")))
    assert (found.may_use("add_lead"), found.may_use("ADD_LEAD"), found.may_use("add")) == (True, False, False)


def test_a_caller_whose_group_is_missing(log_in: LogIn) -> None:
    found = log_in()
    assert isinstance(found, Caller)
    assert (found.group_exists, found.campaigns, found.viewable_groups) == (False, (), None)


def test_a_name_that_the_login_had_to_clean_has_no_rights(log_in: LogIn) -> None:
    found = log_in(user="zzapi|", vdc_agent_api_access="1")
    assert found == Caller(user="zzapi|")


@pytest.mark.parametrize(
    ("text", "campaigns"),
    [
        ("", ()),
        (" -", ()),
        (" ONE TWO -", ("ONE", "TWO")),
        (" -ONE TWO- -", ("-ONE", "TWO-")),
        (" -ALL-CAMPAIGNS- - -", None),
        (" ONE -all-campaigns- -", None),
        (" ONE X-all -", None),
        (" ONE SMAL-ALL -", ("ONE", "SMAL-ALL")),
        (" smal-all X-ALL -", None),
    ],
)
def test_the_campaigns_of_a_user_group(connection: Connection, text: str, campaigns: tuple[str, ...] | None) -> None:
    put(connection, vicidial_campaigns=[{"campaign_id": "SMAL-ALL", "campaign_name": "x"}])
    assert allowed_campaigns(text, connection) == campaigns


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", None),
        (" A ", None),
        (" ---ALL--- ", None),
        (" ONE ---all--- TWO ", None),
        (" ONE X--ALL--X ", ("---ALL---", "", "ONE", "X--ALL--X")),
        (" ONE TWO -", ("---ALL---", "", "ONE", "TWO")),
    ],
)
def test_the_groups_a_caller_may_view(text: str, groups: tuple[str, ...] | None) -> None:
    assert viewable_groups(text) == groups


@pytest.mark.parametrize("user", ["zzapi\U0001f4de", "\U0001f4de", "zzapi\ufffd"])
def test_a_name_of_any_characters_is_only_unknown(log_in: LogIn, user: str) -> None:
    assert log_in(user) == LOGIN_INCORRECT(user=user)


def test_a_name_is_not_cut_to_the_width_of_the_column(log_in: LogIn, connection: Connection) -> None:
    put(connection, vicidial_users=[{"user": "z" * 20, "pass": PASSWORD, "user_level": 9, "active": "Y"}])
    assert log_in("z" * 21) == LOGIN_INCORRECT(user="z" * 21)
