"""The body of a POST as PHP reads it."""

import pytest

from protocol.forms import form

BOUNDARY = b"multipart/form-data; boundary=edge"


def part(name: str, value: str, more: str = "") -> bytes:
    return f'--edge\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'.encode()


def test_an_urlencoded_form() -> None:
    assert form(b"application/x-www-form-urlencoded; charset=UTF-8", b"user=6666&comments=a+b") == {"user": "6666", "comments": "a b"}


def test_a_multipart_form_with_a_file_that_is_left_out() -> None:
    body = (
        part("user", "6666")
        + part("upload", "x", '; filename="leads.csv"')
        + part("agent.user", "a+b%20é")
        + part("l[]", "1")
        + b"--edge--\r\n"
    )
    assert form(BOUNDARY, body) == {"user": "6666", "agent_user": "a+b%20é", "l": "Array"}


@pytest.mark.parametrize(
    "content_type", [b"", b"application/json", b"text/plain", b"multipart/form-data", b"multipart/form-data; boundary="]
)
def test_any_other_content_is_ignored(content_type: bytes) -> None:
    assert form(content_type, b'{"user": "6666"}') == {}


@pytest.mark.parametrize("body", [b"", b"junk", b"--edge", part("user", "6666")[:30]])
def test_a_broken_multipart_form_has_no_parameters(body: bytes) -> None:
    assert form(BOUNDARY, body) == {}


def test_parts_before_the_break_count() -> None:
    assert form(BOUNDARY, part("user", "6666") + part("pass", "1234") + b"--edge\r\nbroken") == {"user": "6666", "pass": "1234"}
