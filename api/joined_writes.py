"""The head of a reply and the beginning of its body, sent at once."""

import asyncio

BEGINNING, GO_ON = b"HTTP/1.1 ", b"HTTP/1.1 100"


class JoinedWrites:
    """A transport in front of another, for one reply.

    uvicorn writes head and body one after the other, and uvloop sends each as it comes: two system calls here, and two
    packets that wake the caller. Here a head waits for what is written before the event loop goes on, and no longer.
    """

    __slots__ = ("_flushing", "_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""
        self._flushing: asyncio.Handle | None = None

    def write(self, data: bytes) -> None:
        """Send; a head with what follows it."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
            self._transport.write(self._head + data)
        elif data.startswith(BEGINNING) and not data.startswith(GO_ON):
            self._head = data
            self._flushing = self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Send what waits, and close."""
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def _flush(self) -> None:
        if self._flushing is not None:
            self.write(b"")
