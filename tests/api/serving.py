"""An ASGI application behind uvicorn with a protocol of ours, on a free port."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn

from tests.waiting import wait_until


@contextmanager
def serving(app: Any, protocol: type[asyncio.Protocol]) -> Iterator[int]:
    """The port on which it is served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, lifespan="off", log_level="critical"))
        thread = Thread(target=asyncio.run, args=(server.serve([listener]),))
        thread.start()
        try:
            wait_until(lambda: server.started, "uvicorn has started")
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
