"""Whose word is taken for the client's address: only a proxy's that LEADMILL_TRUSTED_PROXIES names."""

from collections.abc import Callable

import pytest

from cli.serve import server
from settings import Settings
from tests.api.wire import PATH, Wire


@pytest.mark.parametrize(
    ("trusted", "peer", "seen"),
    [
        ("", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.1", "10.0.0.1", "203.0.113.9"),
        ("10.0.0.1, 203.0.113.9", "10.0.0.1", "198.51.100.7"),
    ],
)
def test_the_client_behind_a_proxy(wire_of: Callable[..., Wire], trusted: str, peer: str, seen: str) -> None:
    wire = wire_of()
    config = server(Settings(database_url=str(wire.engine.url), trusted_proxies=trusted)).config
    config.load()
    proxied = Wire(config.loaded_app, wire.engine, wire.queue, client_ip=peer)
    proxied.request("GET", PATH, params={"function": "version"}, headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert wire.rows("vicidial_api_urls", "remote_ip") == [(seen,)]
