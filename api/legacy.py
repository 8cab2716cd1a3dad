"""The legacy endpoint: HTTP in, plain text lines out. Source: spec 00, sections 2 and 3.

It is a bare ASGI callable and stands in front of the FastAPI app, because a route there costs several times as much.
"""

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus
from os import SEEK_END
from typing import BinaryIO

from starlette.types import Receive, Scope, Send

from api.authentication import address
from api.dispatch import Dispatch, Incoming
from api.observed import Noted, name_request
from protocol.forms import form
from protocol.parameters import decoded, taken
from protocol.replies import Reply, plain, reply

TOO_LARGE = plain("ERROR: REQUEST IS TOO LARGE - {limit} bytes are allowed")

SCRIPT = "/non_agent_api.php"
CSP = b"content-security-policy"
HEADERS = {
    b"content-type": b"text/html; charset=utf-8",
    b"cache-control": b"no-cache, must-revalidate",
    b"pragma": b"no-cache",
    # The reference calls every reply HTML, and replies say back what was sent: a browser must run nothing of it.
    CSP: b"default-src 'none'; sandbox",
    b"x-content-type-options": b"nosniff",
}
WITH_SCRIPT = HEADERS | {CSP: b"default-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'"}
"""For the pages of the functions below, which are made of what is escaped and have a script of their own."""
PAGES = frozenset({"sounds_list", "moh_list", "vm_list"})
LINES = ("SUCCESS", "NOTICE", "ERROR")
PIECE = 65_536
"""Bytes of a long text that are sent at a time."""
WEB_PORTS = ("", "80", "443")


class BodyTooLarge(Exception):
    """The body of a request has more bytes than allowed."""


class CallerGone(Exception):
    """The connection ended in the middle of the body: what came of it must not be taken for the whole."""


class LegacyEndpoint:
    """Answers every request for non_agent_api.php, by any method."""

    def __init__(self, dispatch: Dispatch, body_limit: int, noted: Noted) -> None:
        self._dispatch = dispatch
        self._body_limit = body_limit
        self._noted = noted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.time()
        headers = dict(scope["headers"])
        name_request(headers.get(b"x-request-id"))
        try:
            posted = await self._form(scope, headers, receive)
        except CallerGone:
            return
        except BodyTooLarge:
            too_large = reply(TOO_LARGE(limit=self._body_limit))
            await respond(send, scope, Reply(too_large.text, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return
        request = incoming(scope, headers, posted, began)
        answer = await self._dispatch.answer(request)
        function = scope["leadmill.function"] = self._noted(request.raw.get("function", ""), answer, began)
        page = function in PAGES and not answer.text.startswith(LINES)
        await respond(send, scope, answer, WITH_SCRIPT if page else HEADERS)

    async def _form(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> dict[str, str]:
        """The parameters in the body; only that of a POST is read."""
        if scope["method"] != "POST":
            return {}
        if int(headers.get(b"content-length", b"0")) > self._body_limit:
            raise BodyTooLarge
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise CallerGone
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._body_limit:
                raise BodyTooLarge
        return form(headers.get(b"content-type", b""), body) if body else {}


def incoming(scope: Scope, headers: Mapping[bytes, bytes], posted: Mapping[str, str], began: float) -> Incoming:
    """The request as the rest of the API sees it."""
    host = headers.get(b"host", b"").decode("latin-1") or named_host(scope["server"])
    site, port = split_host(host)
    secure = scope["scheme"] == "https" or "443" in port
    site_and_port = site if port in WEB_PORTS else f"{site}:{port}"
    return Incoming(
        raw=taken(decoded(scope["query_string"]), posted),
        query=scope["query_string"],
        form=posted,
        client_ip=address(scope["client"][0] if scope["client"] else ""),
        host=host,
        site=site,
        address=f"{'https' if secure else 'http'}://{site_and_port}/{scope['path'].lstrip('/')}",
        prefers_async=b"prefer" in headers and prefers_async(headers[b"prefer"]),
        began=began,
    )


def split_host(host: str) -> tuple[str, str]:
    """Name and port of a Host header; an IPv6 address keeps its brackets."""
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and port.isdecimal() else (host, "")


def named_host(server: tuple[str, int | None] | None) -> str:
    """What the request would have named, had it a Host header."""
    return "" if server is None else server[0] if server[1] is None else f"{server[0]}:{server[1]}"


def prefers_async(header: bytes) -> bool:
    """Whether a Prefer header (RFC 7240) asks for an answer before the work is done."""
    return any(preference.partition(b";")[0].strip().lower() == b"respond-async" for preference in header.split(b","))


async def respond(send: Send, scope: Scope, answer: Reply, headers: Mapping[bytes, bytes] = HEADERS) -> None:
    """Send the reply; a HEAD request gets the headers alone."""
    text = answer.text.encode()
    if answer.headers:
        headers = {**headers} | {name.encode(): value.encode() for name, value in answer.headers.items()}
    length = (b"content-length", str(len(text) if answer.body is None else answer.body.seek(0, SEEK_END)).encode())
    await send({"type": "http.response.start", "status": answer.status, "headers": [*headers.items(), length]})
    if answer.body is not None:
        await send_file(send, answer.body, wanted=scope["method"] != "HEAD")
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else text})


async def send_file(send: Send, body: BinaryIO, *, wanted: bool) -> None:
    """Send a long text piece by piece, as fast as the client takes it, and close it."""
    with body:
        body.seek(0)
        while wanted and (piece := await asyncio.to_thread(body.read, PIECE)):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
