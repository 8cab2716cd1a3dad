"""The network between the workers and Redis: a TCP proxy on loopback whose lines can be cut, or go dead."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Network:
    """Forwards connections to a port of loopback, from a thread of its own."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._lines: set[asyncio.StreamWriter] = set()
        self._refusing = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        threading.Thread(target=self._loop.run_forever, name="network", daemon=True).start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Every connection breaks, and none can be made."""
        self._refusing = True
        self._loop.call_soon_threadsafe(self._break)
        yield
        self._refusing = False

    @contextmanager
    def dead(self) -> Iterator[None]:
        """Nothing arrives any more, and nobody is told; afterwards the connections break."""
        self._loop.call_soon_threadsafe(self._flowing.clear)
        yield
        self._loop.call_soon_threadsafe(self._break)
        self._loop.call_soon_threadsafe(self._flowing.set)

    def close(self) -> None:
        """End the thread; the connections go with the process."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _listen(self) -> int:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    async def _connected(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self._refusing:
            back.transport.abort()
            return
        try:
            far, out = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            back.transport.abort()
            return
        self._lines |= {back, out}
        await asyncio.gather(self._forward(near, out), self._forward(far, back))
        self._lines -= {back, out}

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()
        sink.close()

    def _break(self) -> None:
        for line in self._lines:
            line.transport.abort()
