"""HTTP/1.1 as legacy callers send it: with letters in the request line that they should have percent-encoded.

Apache takes such bytes, and the parser of uvicorn refuses the request. Source: spec 00, section 2.
"""

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


class LenientHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol on one connection; bytes beyond ASCII in a request line are percent-encoded first.

    Give it to uvicorn as `http`. A request line may come in several pieces; where requests are sent without waiting for
    the replies, only that of the first in a piece is looked at.
    """

    headers_wait = 30.0
    """Seconds that a caller has for the head of a request."""
    ending = False
    """Whether each connection is closed after its next reply: set on the class when the process is to end."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_request_line = True
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_headers()

    def data_received(self, data: bytes) -> None:
        if self._in_request_line:
            if self._patience is None:
                self._await_headers()
            if not data.isascii():
                line, end, rest = data.partition(b"\n")
                data = _BEYOND_ASCII.sub(lambda found: b"%%%02X" % found[0][0], line) + end + rest
            self._in_request_line = b"\n" not in data
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()
        if self.ending and self.cycle is not None:
            self.cycle.keep_alive = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_headers(self) -> None:
        """Close the connection of a caller who does not send the head of a request in time; idle ones must not pile up."""
        self._patience = self.loop.call_later(self.headers_wait, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def on_message_complete(self) -> None:
        self._in_request_line = True
        super().on_message_complete()
