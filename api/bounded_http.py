"""HTTP on one connection, with bounds on how long a caller may keep us waiting: for a request, its body, or the taking of a reply.

uvicorn waits for ever: whoever sends a byte now and then ("slow loris") keeps a connection, and what was read, for as long as he likes.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.joined_writes import JoinedWrites

TOO_SLOW = STATUS_LINE[HTTPStatus.REQUEST_TIMEOUT] + b"connection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol with time-outs. While we ourselves do not read, as an import does whose queue is full, no time passes."""

    headers_wait = 30.0
    """Seconds that a caller has for the head of a request."""
    body_wait = 30.0
    """Seconds in which a body has to end, or else to have grown by `body_rate` bytes for each of them; and again and again."""
    body_rate = 500
    taking_wait = 120.0
    """Seconds in which a caller must take something of a reply that is longer than what the network holds."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._patience: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self._in_body = False
        self._held_up = False
        """Whether we have not read for a while since the last look at the body."""
        self._received = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_headers()

    def data_received(self, data: bytes) -> None:
        if self._patience is None:
            self._await_headers()
        super().data_received(data)
        if self._in_body:
            self._received += len(data)
            self._held_up = self._held_up or self.flow.read_paused
            if self._patience is None:
                self._await_body()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._in_body = True
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.transport is self.transport:
            self.cycle.transport = JoinedWrites(self.transport, self.loop)  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        self._stop_waiting()
        self._in_body = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = self._taking or self.loop.call_later(self.taking_wait, self.transport.abort)

    def resume_writing(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        super().resume_writing()

    def _await_headers(self) -> None:
        self._patience = self.loop.call_later(self.headers_wait, self.transport.close)

    def _await_body(self) -> None:
        self._received = 0
        self._held_up = self.flow.read_paused
        self._patience = self.loop.call_later(self.body_wait, self._look_at_body)

    def _look_at_body(self) -> None:
        if self._held_up or self._received >= self.body_wait * self.body_rate:
            self._await_body()
            return
        if self.cycle is not None and not self.cycle.response_started and not self.pipeline:
            self.transport.write(TOO_SLOW)
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
