"""./leadmill serve: the API process."""

import asyncio
import contextlib
import errno
import socket
import sys
import time
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
import uvicorn

from cli import leash
from cli.errors import CommandError
from cli.garbage import look_for_garbage_seldom
from cli.logs import configure_log
from cli.options import Astguiclient, load_settings
from cli.traces import tracing_of
from settings import Settings

if TYPE_CHECKING:
    from api.lenient_http import LenientHttp
    from db.tracing import Tracing

# Beyond the longest wait of a caller for its reply, so that those under way get theirs.
SPARE = 5.0
# How long busy connections may take to send one more request, and so to be told that it is the last one.
FAREWELL = 0.5
# How long the event loop may go on while a thread, of a read say, waits for its turn; Python's own 5 ms is most of a quick reply.
SWITCH = 0.0005


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. (default: LEADMILL_HOST)")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. (default: LEADMILL_PORT)")] = None,
    astguiclient: Astguiclient = None,
    listen_fd: Annotated[int | None, typer.Option(help="A listening socket that is handed over: 3 under systemd.")] = None,
    leash_fd: Annotated[int | None, typer.Option(hidden=True, help="Pipe whose end means: stop.")] = None,
) -> None:
    """Run the API alone; database, Redis and workers run elsewhere.

    Ends on SIGTERM or Ctrl-C, after the requests under way have their replies. Where the socket is handed over (--listen-fd), callers
    who connect meanwhile wait for the next process: a restart fails no request (docs/operation.md).

    Examples:

      ./leadmill serve

      ./leadmill serve --host 0.0.0.0 --port 80 --astguiclient /etc/astguiclient.conf
    """
    settings = load_settings(astguiclient, host=host, port=port)
    if leash_fd is not None:
        leash.follow(leash_fd)
    listener = socket.socket(fileno=listen_fd) if listen_fd is not None else listen(settings.host, settings.port)
    configure_log("api", settings)
    serving = server(settings, tracing_of(settings, "api"))
    look_for_garbage_seldom()
    sys.setswitchinterval(SWITCH)
    with contextlib.suppress(KeyboardInterrupt):
        serving.run(sockets=[listener])


def server(settings: Settings, tracing: "Tracing | None" = None) -> uvicorn.Server:
    """The HTTP server around the API."""
    from api.app import create_app
    from api.lenient_http import LenientHttp

    api = create_app(settings, tracing=tracing)

    class Http(LenientHttp):
        """The protocol of this server alone: it learns when this one ends."""

    config = uvicorn.Config(
        api,
        loop="uvloop",
        http=Http,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # Only a proxy that was named is believed; uvicorn's own default would believe every local client.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=int(settings.sync_wait + SPARE),
    )
    return Server(config, Http, api.app.state.stopping)


class Server(uvicorn.Server):
    """Ends without failing a request, and tells those who wait for a job's end (`stopping`) that none of this process will come."""

    def __init__(self, config: uvicorn.Config, protocol: "type[LenientHttp]", stopping: Event) -> None:
        super().__init__(config)
        self._protocol = protocol
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        self._stopping.set()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and close each of the present ones after a reply: who sends just then would get none."""
        for listening in self.servers:
            listening.close()
        self._protocol.ending = True
        until = time.monotonic() + FAREWELL
        while self.server_state.connections and time.monotonic() < until:
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises CommandError when the address is taken, not ours, or not allowed."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        raise CommandError(f"cannot listen on {host} port {port}: {obstacle(error)}") from error
    return listener


def obstacle(error: OSError) -> str:
    """Why an address cannot be listened on, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return "the port is in use; end the program that uses it or choose another with --port"
    if error.errno == errno.EACCES:
        return "ports below 1024 need rights this user lacks; choose another with --port"
    return f"{error.strerror}; choose an address of this machine with --host or LEADMILL_HOST"
