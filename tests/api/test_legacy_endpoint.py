"""HTTP of the legacy endpoint: paths, methods, bodies, headers, statuses. Source: spec 00, sections 2 and 3."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.wire import ASKED, PATH, Wire

NO_FUNCTION = "ERROR: NO FUNCTION SPECIFIED\n"
MULTIPART = {"content-type": "multipart/form-data; boundary=edge"}


@pytest.mark.parametrize("path", [PATH, "/" + PATH, "///" + PATH, "/vicidial2/non_agent_api.php", "/a/b/non_agent_api.php"])
def test_any_directory_and_any_number_of_slashes(wire: Wire, path: str) -> None:
    assert wire.request("GET", f"http://dialer.example{path}", params=ASKED).text == NO_FUNCTION


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ODD"])
def test_any_method(wire: Wire, method: str) -> None:
    answer = wire.request(method, params=ASKED)
    assert (answer.status_code, answer.text) == (200, NO_FUNCTION)


def test_the_headers(wire: Wire) -> None:
    answer = wire.get()
    assert dict(answer.headers) == {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache, must-revalidate",
        "pragma": "no-cache",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "content-length": str(len(NO_FUNCTION)),
    }


def test_a_body_that_breaks_off_is_not_taken_for_the_whole(wire: Wire) -> None:
    """A caller that dies in the middle of `phone_number=60255500011` must not have 6025550001 called."""
    sent: list[dict[str, Any]] = []
    part = urlencode({**ASKED, "function": "add_lead", "list_id": "101", "phone_number": "602555"}).encode()
    coming: list[dict[str, Any]] = [{"type": "http.request", "body": part, "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "client": ("127.0.0.1", 1), "server": ("x", 80)}
    scope |= {"scheme": "http", "headers": [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"500")]}
    asyncio.run(wire.app(scope, receive, send))
    assert (wire.queue.requests, sent) == ([], [])


def test_a_head_request_gets_the_headers_alone(wire: Wire) -> None:
    answer = wire.request("HEAD", params=ASKED)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(NO_FUNCTION)))


def test_a_form(wire: Wire) -> None:
    assert wire.request("POST", data={**ASKED, "function": "nothing"}).text == NO_FUNCTION
    assert wire.rows("vicidial_api_log", "user", "function", "source") == [("6666", "nothing", "test")]


def test_a_multipart_form(wire: Wire) -> None:
    assert wire.request("POST", files={name: (None, value) for name, value in ASKED.items()}).text == NO_FUNCTION


def test_a_broken_multipart_form_is_a_form_without_fields(wire: Wire) -> None:
    assert "Login incorrect" in wire.request("POST", content=b"--edge\r\nbroken", headers=MULTIPART).text


def test_the_query_string_wins_over_the_form_even_when_it_is_empty(wire: Wire) -> None:
    assert wire.request("POST", params={**ASKED, "function": ""}, data={"function": "version"}).text == NO_FUNCTION


def test_only_the_body_of_a_post_is_read(wire: Wire) -> None:
    assert wire.request("PUT", data=ASKED).text == "ERROR: Login incorrect, please try again: |||BAD|\n"


@pytest.mark.parametrize("body", [b"", b'{"function": "version"}', b"function=version"])
def test_a_body_of_json_is_ignored(wire: Wire, body: bytes) -> None:
    assert wire.request("POST", params=ASKED, content=body, headers={"content-type": "application/json"}).text == NO_FUNCTION


@pytest.mark.parametrize(
    "query", ["user=6666&pass=1234&source=t%E9st", "user=6666&pass=1234&source=test&agent_user=%ff%fe%00", "%=%&%%=%%"]
)
def test_bytes_that_are_no_text_break_nothing(wire: Wire, query: str) -> None:
    assert wire.request("GET", f"{PATH}?{query}").status_code == 200


def test_a_body_may_be_as_large_as_the_limit_and_no_larger(wire: Wire) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    largest = b"user=6666&pass=1234&source=test&comments=".ljust(1_048_576, b"x")
    assert wire.request("POST", content=largest, headers=headers).text == NO_FUNCTION
    answer = wire.request("POST", content=largest + b"x", headers=headers)
    assert (answer.status_code, answer.text) == (413, "ERROR: REQUEST IS TOO LARGE - 1048576 bytes are allowed\n")


def test_a_body_of_unknown_length_is_stopped_at_the_limit(wire: Wire) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    assert wire.request("POST", content=endless()).status_code == 413


def test_coffee(wire: Wire) -> None:
    answer = wire.request("GET", params={"function": "brew_coffee"})
    assert (answer.status_code, answer.text) == (418, "Coffee: brew_coffee|Error 418 I'm a teapot")
    assert wire.rows("vicidial_api_log", "user", "function", "result", "result_reason", "data") == [
        ("", "brew_coffee", "ERROR", "", "Coffee: brew_coffee|Error 418 I'm a teapot")
    ]


@pytest.mark.parametrize("forwarded", [{}, {"X-Forwarded-For": "10.9.9.9"}])
def test_the_client_is_the_peer_whatever_it_says_of_itself(wire: Wire, forwarded: dict[str, str]) -> None:
    wire.client_ip = "::ffff:10.1.2.3"
    wire.request("GET", params=ASKED, headers=forwarded)
    assert wire.rows("vicidial_api_urls", "remote_ip") == [("10.1.2.3",)]


@pytest.mark.parametrize(
    ("host", "site", "address"),
    [
        ("dialer.example", "dialer.example", "http://dialer.example/vicidial/non_agent_api.php"),
        ("dialer.example:80", "dialer.example", "http://dialer.example/vicidial/non_agent_api.php"),
        ("dialer.example:443", "dialer.example", "https://dialer.example/vicidial/non_agent_api.php"),
        ("dialer.example:8443", "dialer.example", "https://dialer.example:8443/vicidial/non_agent_api.php"),
        ("[::1]:8080", "[::1]", "http://[::1]:8080/vicidial/non_agent_api.php"),
    ],
)
def test_the_address_in_the_log(wire: Wire, host: str, site: str, address: str) -> None:
    wire.request("GET", params=ASKED, headers={"host": host})
    assert wire.rows("vicidial_webservers", "webserver") == [(site,)]
    assert wire.rows("vicidial_urls", "url") == [(address,)]
