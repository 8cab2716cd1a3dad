"""One POST to an address that somebody outside names: only where it may go, never further, and not for long.

The name is looked up once; every address that it has must be allowed, and one of just these is connected to, so that a name
cannot lead elsewhere a moment later. No redirect is followed, no proxy used, nothing read but the status.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpcore
import httpx

from protocol.public_addresses import Network, may_call

CONNECT_BOUND = 5.0
WHOLE_BOUND = 15.0


class NotAllowed(Exception):
    """The name leads to an address that is not public."""


class Allowed(httpcore.SyncBackend):
    """Connects to allowed addresses only, and lets a connection live no longer than WHOLE_BOUND."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks
        self._until = time.monotonic() + WHOLE_BOUND

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the host that takes one. Raises NotAllowed, httpcore.ConnectError."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("its name is not known") from error
        addresses = list(dict.fromkeys(str(address[4][0]) for address in found))
        if not addresses or not all(may_call(address, self._networks) for address in addresses):
            raise NotAllowed
        for address in addresses:
            try:
                return Bounded(super().connect_tcp(address, port, timeout, local_address, socket_options), self._until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class Bounded(httpcore.NetworkStream):
    """A connection that ends at a moment, however slowly the other side speaks."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What comes, until the moment. Raises httpcore.ReadTimeout."""
        return self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send. Raises httpcore.WriteTimeout."""
        self._stream.write(buffer, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """End it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same, encrypted."""
        return Bounded(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout, httpcore.ConnectTimeout)), self._until)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of the socket."""
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None, late: type[Exception]) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise late("it took too long")
        return left if timeout is None else min(left, timeout)


def post(url: str, headers: Mapping[str, str], body: bytes, networks: Sequence[Network]) -> int:
    """The status that a POST is answered with. Raises NotAllowed; httpcore's errors where there is no answer."""
    parsed = httpx.URL(url)
    target = httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path)
    timeout = {"connect": CONNECT_BOUND, "read": WHOLE_BOUND, "write": WHOLE_BOUND, "pool": WHOLE_BOUND}
    with (
        httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=Allowed(networks)) as pool,
        pool.stream("POST", target, headers=list(headers.items()), content=body, extensions={"timeout": timeout}) as answer,
    ):
        return int(answer.status)
