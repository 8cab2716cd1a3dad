"""Requests as bytes on a connection, answered by uvicorn with our protocol."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.lenient_http import LenientHttp
from tests.api.serving import serving


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers the query string and the body, both as they arrived, with the status that the path names, 200 if none."""
    answer = scope["query_string"] + (await receive())["body"]
    status = int(scope["path"].strip("/") or 200)
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % len(answer))]})
    await send({"type": "http.response.body", "body": answer})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(echo, LenientHttp) as found:
        yield found


@pytest.fixture
def answers(port: int) -> Callable[..., bytes]:
    """What the server answers to pieces of bytes, each sent after the one before has gone."""

    def answers(*pieces: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    return answers


HOST = b" HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        (b"GET /?name=Jos\xc3\xa9&old=\xe9" + HOST + b"\r\n",),
        (b"GET /?name=Jos\xc3", b"\xa9&old=\xe9" + HOST + b"\r\n"),
        (b"GET /?name=Jos\xc3", b"\xa9&old=\xe9 HTTP/1.1\r", b"\nHost: x\r\n\r\n"),
    ],
)
def test_bytes_beyond_ascii_in_the_request_line(answers: Callable[..., bytes], pieces: tuple[bytes, ...]) -> None:
    assert answers(*pieces).endswith(b"\r\n\r\nname=Jos%C3%A9&old=%E9")


def test_a_teapot_says_so_in_small_letters(answers: Callable[..., bytes]) -> None:
    assert answers(b"GET /418" + HOST + b"\r\n").startswith(b"HTTP/1.1 418 I'm a teapot\r\n")


def test_headers_and_bodies_stay_as_they_are(answers: Callable[..., bytes]) -> None:
    sent = b"POST /?a=\xc3\xa9" + HOST + b"X-Name: \xc3\xa9\r\nContent-Length: 4\r\n\r\n\xc3\xa9\n\xe9"
    assert answers(sent).endswith(b"a=%C3%A9\xc3\xa9\n\xe9")


def test_the_second_request_of_a_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for sent, seen in ((b"first", b"a=first"), (b"\xc3\xa9", b"a=%C3%A9")):
            connection.sendall(b"GET /?a=" + sent + HOST + b"\r\n")
            received = b""
            while not received.endswith(seen):
                received += connection.recv(65536)


def test_what_is_no_http_is_refused(answers: Callable[..., bytes]) -> None:
    assert answers(b"\xff\xfe\xfd\r\n\r\n").startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "pieces", [[b""], [b"GET / HT"], [b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "], [b"GET /?a" + HOST + b"\r\n", b"GET /?b"]]
)
def test_who_does_not_send_the_head_of_a_request_is_shown_out(pieces: list[bytes]) -> None:
    class Hasty(LenientHttp):
        headers_wait = 0.2

    with serving(echo, Hasty) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
        for piece in pieces:
            slow.sendall(piece)
        assert b"".join(iter(lambda: slow.recv(65536), b"")).count(b"HTTP/1.1 200") == len(pieces) - 1
