"""Trying passwords, finding out users, locking others out."""

import datetime as dt
from collections.abc import Callable

import pytest

from api import login_attempts, login_counts
from dialer import callers
from tests.api.wire import ASKED, PATH, USER, Wire

OTHER_ADDRESS, WRONG = "10.9.8.7", "wrong"


def tried(wire: Wire, user: str = "6666", password: str = WRONG) -> str:
    return wire.lines(user=user, **{"pass": password}).partition(":")[2].strip()


def kind(said: str) -> str:
    return "BAD" if "|BAD|" in said else "LOCK" if "|LOCK|" in said else "in"


def failures(wire: Wire) -> int:
    return sum(int(count) for (count,) in wire.rows("vicidial_users", "failed_login_count"))


def test_one_address_cannot_lock_a_user_for_others(wire: Wire) -> None:
    assert [kind(tried(wire)) for _ in range(30)] == ["BAD"] * 9 + ["LOCK"] * 21
    assert failures(wire) == 9
    assert kind(tried(wire, password="1234")) == "LOCK"
    wire.client_ip = OTHER_ADDRESS
    assert kind(tried(wire, password="1234")) == "in"


def test_attempts_of_one_moment_are_all_counted(wire: Wire) -> None:
    sent = {"method": "GET", "url": PATH, "params": ASKED | {"pass": "wrong"}}
    said = [answer.text for answer in wire.requests([sent] * 40)]
    assert sorted(map(kind, said)) == ["BAD"] * 9 + ["LOCK"] * 31
    assert failures(wire) == 9


def test_an_address_that_tries_many_users_is_stopped_but_not_who_got_in_from_there(wire: Wire) -> None:
    assert kind(tried(wire, password="1234")) == "in"
    said = [kind(tried(wire, user=f"user{n}")) for n in range(login_attempts.OF_ADDRESS + 5)]
    assert said == ["BAD"] * login_attempts.OF_ADDRESS + ["LOCK"] * 5
    assert kind(tried(wire, password="1234")) == "in"


def test_what_the_dialer_answers_without_looking_at_a_password_is_no_failure(wire: Wire) -> None:
    wire.change("vicidial_users", failed_login_count=10, last_login_date=f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S}")
    assert {kind(tried(wire, password=password)) for password in [WRONG, "1234"] * 10} == {"LOCK"}
    wire.change("vicidial_users", last_login_date="2020-11-01 10:00:00")
    assert kind(tried(wire, password="1234")) == "in"


def test_addresses_of_one_ipv6_network_are_one(wire: Wire) -> None:
    for n in range(9):
        wire.client_ip = f"2001:db8::{n:x}"
        assert kind(tried(wire)) == "BAD"
    wire.client_ip = "2001:db8::ffff"
    assert kind(tried(wire)) == "LOCK"


def test_the_wait_is_over_after_fifteen_minutes(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(10):
        tried(wire)
    monkeypatch.setattr(login_counts, "time", _Later())
    assert kind(tried(wire, password="1234")) == "in"


class _Later:
    """A clock that is 15 minutes ahead."""

    def monotonic(self) -> float:
        import time

        return time.monotonic() + login_counts.WINDOW + 1


def test_a_success_clears_the_failures(wire: Wire) -> None:
    for _ in range(3):
        assert [kind(tried(wire)) for _ in range(8)] == ["BAD"] * 8
        assert kind(tried(wire, password="1234")) == "in"


def test_an_unknown_user_is_answered_as_a_known_one(wire: Wire) -> None:
    known, unknown = ([tried(wire, user).replace(user, "U") for _ in range(12)] for user in ("6666", "nobody"))
    assert known == unknown


@pytest.mark.parametrize("user", ["6666", "nobody", "inactive"])
def test_a_password_is_hashed_whoever_is_asked_for(wire: Wire, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.put(vicidial_users=[{**USER, "user": "inactive", "active": "N"}])
    wire.change("system_settings", pass_hash_enabled="1", pass_key="0123456789abcdef", pass_cost=4)
    hashed: list[str] = []
    monkeypatch.setattr(callers, "digest", lambda password, *_: hashed.append(password) or "x")
    assert kind(tried(wire, user)) == "BAD"
    assert hashed == ["wrong"]


def test_passwords_are_compared_in_constant_time(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(callers.hmac, "compare_digest", lambda *both: compared.append(both) or both[0] == both[1])
    assert kind(tried(wire, password="1234")) == "in"
    assert compared == [(b"1234", b"1234")]


def test_basic_of_v1_is_under_the_same_rules(wire: Wire) -> None:
    ask: Callable[[], int] = lambda: wire.request("GET", "/v1/jobs/x", auth=("6666", "wrong")).status_code  # noqa: E731
    assert [ask() for _ in range(11)] == [401] * 9 + [429] * 2
    assert kind(tried(wire)) == "LOCK"


def test_a_forged_address_is_not_believed(wire: Wire) -> None:
    for n in range(12):
        said = wire.request(
            "GET", params=ASKED | {"pass": "wrong"}, headers={"X-Forwarded-For": f"10.0.0.{n}", "Forwarded": f"for=10.0.0.{n}"}
        )
    assert kind(said.text) == "LOCK"


def test_no_rights_by_source_or_callers_id(wire: Wire) -> None:
    wire.change("vicidial_users", user_level=1)
    assert kind(wire.lines(function="blind_monitor", source="queuemetrics", stage="MONITOR")) == "BAD"


@pytest.mark.parametrize("name", ["DB", "db", "debug"])
def test_a_request_for_statements_is_ignored(wire: Wire, name: str) -> None:
    said = wire.lines(function="agent_status", agent_user="'", **{name: "9"})
    assert said == wire.lines(function="agent_status", agent_user="'")
    assert "SELECT" not in said
