"""Callers who keep us waiting: byte by byte, or without taking their reply. Each is shown out, and in nobody's way until then."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import pytest

from api.bounded_http import BoundedHttp
from tests.api.serving import serving
from tests.waiting import wait_until

BODY = b"x" * 3000
LONG = b"y" * 50_000_000
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(BODY)


class Hasty(BoundedHttp):
    """Bounds that a test can wait for."""

    headers_wait = 1.0
    body_wait = 1.0
    body_rate = 100
    taking_wait = 1.0


class App:
    """Answers with the length of the body; reads only what `may_read` lets it."""

    def __init__(self) -> None:
        self.may_read = threading.Event()
        self.may_read.set()
        self.gone = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while not self.may_read.is_set():
            await asyncio.sleep(0.01)
        length, more = 0, scope["method"] == "POST"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone += 1
                return
            length, more = length + len(message["body"]), message["more_body"]
        said = LONG if scope["path"] == "/long" else b"%d" % length
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
        await send({"type": "http.response.body", "body": said, "more_body": True})
        await send({"type": "http.response.body", "body": b""})  # waits until it is taken
        self.gone += said is LONG


@pytest.fixture(scope="module")
def app() -> App:
    return App()


@pytest.fixture(scope="module")
def port(app: App) -> Iterator[int]:
    with serving(app, Hasty) as found:
        yield found


def connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def body_of(connection: socket.socket) -> int:
    """The answer's body: the number that it is."""
    answer = HTTPResponse(connection)
    answer.begin()
    assert answer.status == 200
    return int(answer.read())


def trickled(connection: socket.socket, data: bytes, every: float = 0.1) -> bytes:
    """What comes back while the data is sent byte by byte, until we are shown out or all is sent."""
    connection.settimeout(every)
    for place in range(len(data)):
        try:
            connection.sendall(data[place : place + 1])
            if said := connection.recv(65536):
                return said
        except TimeoutError:
            continue
        except OSError:
            return b""
        else:
            return b""
    raise AssertionError("nobody minded")


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX-Slow: "], ids=["from the first byte", "in a header"])
def test_a_head_byte_by_byte(port: int, begun: bytes) -> None:
    with connected(port) as slow:
        slow.sendall(begun)
        assert trickled(slow, (b"GET /" if not begun else b"") + b"z" * 1000) == b""


def test_a_body_byte_by_byte(port: int, app: App) -> None:
    before = app.gone
    with connected(port) as slow:
        slow.sendall(HEAD)
        assert trickled(slow, BODY).startswith(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n")
    wait_until(lambda: app.gone == before + 1, "the application knows that nothing more will come")


def test_a_body_that_never_comes_although_the_answer_is_there(port: int) -> None:
    with connected(port) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\n\r\n")
        assert body_of(slow) == 0
        assert trickled(slow, BODY) == b""


def test_a_body_that_takes_long_but_grows(port: int) -> None:
    """500 bytes in each tenth of a second: longer than `body_wait` in all, yet fast enough."""
    pause = threading.Event()
    with connected(port) as steady:
        steady.sendall(HEAD.replace(b"3000", b"12500"))
        for _ in range(25):
            steady.sendall(b"x" * 500)
            pause.wait(0.1)
        assert body_of(steady) == 12500


def test_no_time_passes_while_we_do_not_read(port: int, app: App) -> None:
    app.may_read.clear()
    with connected(port) as caller:
        caller.sendall(HEAD.replace(b"3000", b"200000") + b"x" * 199_999)
        caller.settimeout(2.5 * Hasty.body_wait)
        with pytest.raises(TimeoutError):
            caller.recv(100)
        app.may_read.set()
        caller.settimeout(30)
        caller.sendall(b"x")
        assert body_of(caller) == 200000


def test_a_reply_that_is_not_taken(port: int, app: App) -> None:
    before = app.gone
    with connected(port) as slow:
        slow.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        assert slow.recv(15) == b"HTTP/1.1 200 OK"
        wait_until(lambda: app.gone == before + 1, "nobody waits any longer for it to be taken", timeout=30)
        assert taken(slow) < len(LONG)


def taken(connection: socket.socket) -> int:
    """Bytes that still come."""
    total = 0
    try:
        while piece := connection.recv(1_000_000):
            total += len(piece)
    except ConnectionResetError:
        return total
    return total


def test_others_are_answered_meanwhile(port: int) -> None:
    slow = [connected(port) for _ in range(50)]
    for number, one in enumerate(slow):
        one.sendall(HEAD if number % 2 else b"GET / HT")
    with connected(port) as quick:
        quick.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert body_of(quick) == 0
    for one in slow:
        assert b"HTTP/1.1 200" not in one.recv(65536)
        one.close()
