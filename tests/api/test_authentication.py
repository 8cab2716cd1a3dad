"""Remembered callers, the recorded faults of the login, and HTTP Basic. The rules themselves: tests/dialer/test_callers.py."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.authentication import SignedIn
from api.problems import answer_problems
from tests.api.wire import ASKED, PATH, Wire

WireOf = Callable[..., Wire]

INCORRECT = "ERROR: Login incorrect, please try again: |{user}||BAD|\n"
NO_FUNCTION = "ERROR: NO FUNCTION SPECIFIED\n"
ADD = {"function": "add_lead", "phone_number": "7275551111"}


def failures(wire: Wire) -> int:
    [(count,)] = wire.rows("vicidial_users", "failed_login_count")
    return int(count)


@pytest.mark.parametrize(("user", "password"), [("6666", "wrong"), ("nobody", "1234"), ("6666", "")])
def test_the_password_is_neither_said_nor_written(wire: Wire, user: str, password: str) -> None:
    assert wire.lines(user=user, **{"pass": password}) == INCORRECT.format(user=user)
    assert wire.rows("vicidial_api_log", "user") == []
    assert wire.rows("vicidial_api_urls", "url") == []


def test_fault_an_empty_password_is_nobodys(wire: Wire) -> None:
    wire.change("vicidial_users", **{"pass": ""})
    assert wire.request("GET", params={"user": "6666", "source": "test"}).text == INCORRECT.format(user="6666")
    assert failures(wire) == 1


def test_fault_a_password_has_case_a_user_name_has_not(wire: Wire) -> None:
    wire.change("vicidial_users", user="zzapi", **{"pass": "zzpass"})
    assert wire.lines(user="ZZAPI", **{"pass": "ZZPASS"}) == INCORRECT.format(user="ZZAPI")
    assert wire.lines(user="ZZAPI", **{"pass": "zzpass"}) == NO_FUNCTION
    assert wire.rows("vicidial_api_log", "user") == [("ZZAPI",)]


def test_fault_a_user_who_never_logged_in_may_at_once(wire: Wire) -> None:
    wire.change("vicidial_users", failed_login_count=10, last_login_date=None)
    assert wire.lines() == NO_FUNCTION
    assert failures(wire) == 0


def test_fault_without_a_hash_key_nobody_gets_in(wire: Wire) -> None:
    wire.change("system_settings", pass_hash_enabled="1", pass_key="")
    assert wire.lines() == INCORRECT.format(user="6666")


def test_fault_a_callers_id_is_no_password(wire: Wire) -> None:
    wire.put(vicidial_auto_calls=[{"callerid": "V1107000000000000001", "server_ip": "10.0.0.1", "lead_id": 0}])
    asked = {"function": "blind_monitor", "source": "queuemetrics", "stage": "MONITOR", "pass": "V1107000000000000001"}
    assert wire.lines(**asked) == INCORRECT.format(user="6666")


def test_fault_agent_user_with_an_apostrophe_is_logged(wire: Wire) -> None:
    assert wire.lines(function="nothing", agent_user="o'neil") == NO_FUNCTION
    assert wire.rows("vicidial_api_log", "agent_user") == [("o'neil",)]


def test_the_password_is_cleaned_like_any_parameter(wire: Wire) -> None:
    assert wire.lines(**{"pass": "1'2 3;4"}) == NO_FUNCTION


def without_database(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(wire.app.app.state.database, "run", refuse)


def test_a_caller_that_is_remembered_costs_no_database_access(wire_of: WireOf, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = wire_of(caller_cache=60, settings_cache=60)
    assert wire.lines(**ADD).startswith("SUCCESS")
    without_database(wire, monkeypatch)
    assert wire.lines(**ADD).startswith("SUCCESS")


@pytest.mark.parametrize("change", [{"pass": "12345"}, {"user": "6667"}])
def test_only_the_same_login_is_remembered(wire_of: WireOf, change: dict[str, str]) -> None:
    wire = wire_of(caller_cache=60, settings_cache=60)
    assert wire.lines() == NO_FUNCTION
    assert "Login incorrect" in wire.lines(**change)


def test_a_caller_from_another_address_is_asked_anew(wire_of: WireOf) -> None:
    wire = wire_of(caller_cache=60)
    assert wire.lines() == NO_FUNCTION
    wire.change("system_settings", allow_ip_lists="1", system_ip_blacklist="BLACK")
    wire.put(vicidial_ip_list_entries=[{"ip_list_id": "BLACK", "ip_address": "10.1.2.x"}])
    wire.client_ip = "10.1.2.3"
    assert wire.lines() == "ERROR: Your IP Address is not allowed: 10.1.2.3: ||IPBLOCK|\n"


def test_what_is_not_remembered_is_seen_at_once(wire: Wire) -> None:
    assert wire.lines() == NO_FUNCTION
    wire.change("vicidial_users", active="N")
    assert wire.lines() == INCORRECT.format(user="6666")


def test_no_failure_is_remembered(wire_of: WireOf) -> None:
    wire = wire_of(caller_cache=60, settings_cache=60)
    for _ in range(3):
        assert wire.lines(**{"pass": "wrong"}) == INCORRECT.format(user="6666")
    assert failures(wire) == 3
    assert wire.lines() == NO_FUNCTION


def test_callers_that_come_together_log_in_once(wire_of: WireOf) -> None:
    wire = wire_of(caller_cache=60, settings_cache=60)
    authentication = wire.app.app.state.authentication
    asked: list[object] = []
    plain = authentication._authenticate
    authentication._authenticate = lambda *login: asked.append(login) or plain(*login)
    options = {"method": "GET", "url": PATH, "params": ASKED | ADD}
    assert all(answer.text.startswith("SUCCESS") for answer in wire.requests([options] * 20))
    assert len(asked) == 1


def test_wrong_passwords_that_come_together_all_count(wire_of: WireOf) -> None:
    wire = wire_of(caller_cache=60, settings_cache=60)
    options = {"method": "GET", "url": PATH, "params": {**ASKED, "pass": "wrong"}}
    wire.requests([options] * 5)
    assert failures(wire) == 5


class TestBasic:
    """The same login for /v1, refused with problem documents."""

    @pytest.fixture
    def ask(self, wire: Wire) -> Callable[..., httpx.Response]:
        app = FastAPI()
        answer_problems(app)
        app.state.authentication = wire.app.app.state.authentication

        @app.get("/v1/me")
        async def me(caller: SignedIn) -> str:
            return caller.user

        def ask(**options: Any) -> httpx.Response:
            async def asked() -> httpx.Response:
                async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
                    return await client.get("/v1/me", **options)

            return asyncio.run(asked())

        return ask

    def test_the_right_password(self, ask: Callable[..., httpx.Response]) -> None:
        assert ask(auth=("6666", "1234")).json() == "6666"

    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
    def test_a_password_with_letters_beyond_ascii(self, ask: Callable[..., httpx.Response], wire: Wire, encoding: str) -> None:
        wire.change("vicidial_users", **{"pass": "pässwort"})
        assert ask(auth=(b"6666", "pässwort".encode(encoding))).json() == "6666"

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"auth": ("6666", "wrong")},
            {"auth": ("", "")},
            {"headers": {"authorization": "Basic x"}},
            {"headers": {"authorization": "Bearer NjY2NjoxMjM0"}},
        ],
    )
    def test_no_login(self, ask: Callable[..., httpx.Response], options: dict[str, Any]) -> None:
        answer = ask(**options)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.json()["status"] == 401

    def test_a_locked_user(self, ask: Callable[..., httpx.Response], wire: Wire) -> None:
        wire.change("vicidial_users", failed_login_count=10, last_login_date="2037-01-01 00:00:00")
        answer = ask(auth=("6666", "1234"))
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "login-locked", "900")

    def test_an_address_that_is_not_allowed(self, ask: Callable[..., httpx.Response], wire: Wire) -> None:
        wire.change("system_settings", allow_ip_lists="1", system_ip_blacklist="BLACK")
        wire.put(vicidial_ip_list_entries=[{"ip_list_id": "BLACK", "ip_address": "127.0.0.1"}])
        assert ask(auth=("6666", "1234")).json()["code"] == "ip-not-allowed"
