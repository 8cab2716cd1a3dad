"""Sessions over HTTP: what opens them, what ends them, and what Redis is told."""

import asyncio
import time
from collections.abc import Callable, Iterator

import httpx
import orjson
import pytest

from api.app import create_app
from settings import Settings
from tests.page.person import DialerDatabase
from tests.running import Leadmill

SIGN_IN = {"user": "6666", "password": "1234"}


@pytest.fixture
def client(system: Leadmill, database: DialerDatabase) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=system.address, timeout=30, trust_env=False) as made:
        yield made


@pytest.fixture
def signed_in(client: httpx.Client) -> httpx.Client:
    """A client with a session, that shows its token."""
    answer = client.post("/v1/session", json=SIGN_IN)
    assert answer.status_code == 201, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


def code(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


@pytest.mark.parametrize("path", ["/", "/page/main.js", "/page/style.css"])
def test_every_file_comes_with_its_headers(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_nothing_beside_the_page_is_served(client: httpx.Client) -> None:
    for path in ("/page/nowhere.js", "/page/", "/page/../page.py", "/page/%2e%2e/page.py"):
        assert client.get(path).status_code == 404


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: httpx.Client) -> None:
    answer = client.post("/v1/session", json=SIGN_IN)
    assert answer.json()["may_import"] is True
    attributes = answer.headers["set-cookie"].lower().split("; ")
    assert {"httponly", "samesite=strict", "path=/"} <= set(attributes)
    assert "secure" not in attributes
    assert "1234" not in answer.text


def test_over_https_the_cookie_is_for_https_alone(system: Leadmill, database: DialerDatabase) -> None:
    settings = Settings(database_url=str(system.settings["database_url"]), redis_url=str(system.settings["redis_url"]))

    app = create_app(settings)

    async def cookie() -> str:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://leads.example") as client:
            return (await client.post("/v1/session", json=SIGN_IN)).headers["set-cookie"].lower()

    assert "secure" in asyncio.run(cookie()).split("; ")
    app.app.state.database.close()


def test_redis_knows_neither_token_nor_password_and_forgets(signed_in: httpx.Client, system: Leadmill) -> None:
    token = signed_in.cookies["leadmill_session"]
    with system.redis() as redis:
        keys = list(redis.scan_iter("leadmill:session:*"))
        assert keys
        for key in keys:
            stored = redis.get(key)
            assert 0 < redis.ttl(key) <= 3600
            assert token not in key + stored
            assert "1234" not in orjson.loads(stored).values()


def test_a_session_that_is_used_lasts(signed_in: httpx.Client, system: Leadmill) -> None:
    with system.redis() as redis:
        for key in redis.scan_iter("leadmill:session:*"):
            redis.expire(key, 100)
        assert signed_in.get("/v1/imports").status_code == 200
        assert any(redis.ttl(key) > 100 for key in redis.scan_iter("leadmill:session:*"))


def test_who_signs_in_again_leaves_no_session_behind(signed_in: httpx.Client) -> None:
    first = signed_in.cookies["leadmill_session"]
    assert signed_in.post("/v1/session", json=SIGN_IN).status_code == 201
    signed_in.cookies.set("leadmill_session", first, domain="127.0.0.1")
    assert code(signed_in.get("/v1/imports")) == "session-ended"


def test_a_session_may_do_what_its_user_may(signed_in: httpx.Client) -> None:
    assert signed_in.get("/v1/session").json()["user"] == "6666"
    assert signed_in.get("/v1/imports").status_code == 200
    made = signed_in.post("/v1/imports?list_id=101", content="phone\n7271230001\n")
    assert made.status_code == 202, made.text


@pytest.mark.parametrize("token", ["", "wrong", "ä"])
def test_what_changes_something_must_show_the_token(signed_in: httpx.Client, token: str) -> None:
    headers = {"X-CSRF-Token": token.encode()} if token else {}
    del signed_in.headers["X-CSRF-Token"]
    answer = signed_in.post("/v1/imports?list_id=101", content="phone\n7271230002\n", headers=headers)
    assert (answer.status_code, code(answer)) == (403, "csrf-token-wrong")
    assert signed_in.delete("/v1/session", headers=headers).status_code == 403
    assert signed_in.get("/v1/imports").status_code == 200


def test_a_form_of_another_site_signs_nobody_in(client: httpx.Client) -> None:
    answer = client.post("/v1/session", content=orjson.dumps(SIGN_IN), headers={"Content-Type": "text/plain"})
    assert answer.status_code in (415, 422)
    assert not client.cookies


def changed_password(database: DialerDatabase) -> None:
    database.change("vicidial_users", **{"pass": "4321"})


def hashed_passwords(database: DialerDatabase) -> None:
    database.change("system_settings", pass_hash_enabled="1", pass_key="0123456789abcdef", pass_cost="4")


def inactive(database: DialerDatabase) -> None:
    database.change("vicidial_users", active="N")


def lower_level(database: DialerDatabase) -> None:
    database.change("vicidial_users", user_level=6)


@pytest.mark.parametrize("change", [changed_password, hashed_passwords, inactive, lower_level])
def test_a_session_ends_when_its_login_would_fail(
    signed_in: httpx.Client, database: DialerDatabase, change: Callable[[DialerDatabase], None]
) -> None:
    change(database)
    answer = signed_in.get("/v1/imports")
    assert (answer.status_code, code(answer)) == (401, "session-ended")
    assert not answer.headers["www-authenticate"].startswith("Basic")
    database.reset()
    assert signed_in.get("/v1/imports").status_code == 401, "for good"


def test_rights_are_those_of_now(signed_in: httpx.Client, database: DialerDatabase) -> None:
    database.change("vicidial_users", modify_leads="0")
    assert code(signed_in.get("/v1/lists")) == "no-permission"
    assert signed_in.get("/v1/session").json()["may_import"] is False


def test_ip_lists_hold_for_sessions(signed_in: httpx.Client, database: DialerDatabase) -> None:
    database.change("system_settings", allow_ip_lists="1", system_ip_blacklist="BLACK")
    database.put(vicidial_ip_list_entries=[{"ip_list_id": "BLACK", "ip_address": "127.0.0.1"}])
    assert code(signed_in.get("/v1/imports")) == "ip-not-allowed"
    database.reset()
    assert signed_in.get("/v1/imports").status_code == 200


def test_signing_in_is_locked_like_any_login(client: httpx.Client, database: DialerDatabase) -> None:
    for _ in range(2):
        answer = client.post("/v1/session", json={**SIGN_IN, "password": "wrong"})
        assert (answer.status_code, code(answer)) == (401, "login-incorrect")
        assert not answer.headers["www-authenticate"].startswith("Basic"), "a browser would open a window of its own"
    database.change("vicidial_users", failed_login_count=10, last_login_date="2037-01-01 00:00:00")
    answer = client.post("/v1/session", json=SIGN_IN)
    assert (answer.status_code, code(answer)) == (429, "login-locked")


def test_tries_on_a_password_do_not_throw_out_who_is_in(signed_in: httpx.Client, database: DialerDatabase) -> None:
    database.change("vicidial_users", failed_login_count=10, last_login_date="2037-01-01 00:00:00")
    assert signed_in.get("/v1/imports").status_code == 200


def test_signing_out_ends_the_session_everywhere(signed_in: httpx.Client) -> None:
    token = signed_in.cookies["leadmill_session"]
    assert signed_in.delete("/v1/session").status_code == 204
    assert not signed_in.cookies
    signed_in.cookies.set("leadmill_session", token)
    assert code(signed_in.get("/v1/imports")) == "session-ended"
    assert signed_in.get("/v1/session").status_code == 204


def test_a_session_ends_after_its_longest_time_though_it_is_used(signed_in: httpx.Client, system: Leadmill) -> None:
    with system.redis() as redis:
        for key in redis.scan_iter("leadmill:session:*"):
            stored = orjson.loads(redis.get(key))
            assert stored["until"] - time.time() <= 43_200
            redis.set(key, orjson.dumps({**stored, "until": time.time() - 1}), ex=60)
    assert code(signed_in.get("/v1/imports")) == "session-ended"


def test_basic_goes_before_the_cookie(signed_in: httpx.Client) -> None:
    answer = signed_in.get("/v1/imports", auth=("6666", "wrong"))
    assert (answer.status_code, code(answer)) == (401, "login-incorrect")
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_lists_and_queues(signed_in: httpx.Client) -> None:
    lists = signed_in.get("/v1/lists").json()["lists"]
    assert [(one["list_id"], one["active"]) for one in lists] == [("101", True), ("102", False)]
    queues = signed_in.get("/v1/queues").json()["queues"]
    assert {one["name"]: one["workers"] for one in queues} == {"requests": 1, "imports": 1, "maintenance": 1}


def test_who_is_restricted_sees_lists_of_its_campaigns(signed_in: httpx.Client, database: DialerDatabase) -> None:
    database.change("vicidial_users", api_list_restrict="1")
    database.put(vicidial_user_groups=[{"user_group": "ADMIN", "allowed_campaigns": " OTHER -"}])
    assert signed_in.get("/v1/lists").json()["lists"] == []
