"""Which addresses a webhook may call."""

import pytest

from protocol.public_addresses import may_call, networks_of

PRIVATE = """
127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254 100.64.0.1 192.0.0.8 192.0.2.1
198.18.0.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1
fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2001:db8::1 2002:7f00:1:: 2002:a00:1:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::1 2001:0:7f00:1::
""".split()


@pytest.mark.parametrize("address", [*PRIVATE, "", "localhost", "127.1", "0x7f000001", "2130706433"])
def test_what_is_not_public_is_not_called(address: str) -> None:
    assert not may_call(address, ())


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public_is_called(address: str) -> None:
    assert may_call(address, ())


def test_what_the_operator_allows_is_called() -> None:
    allowed = networks_of(" 10.1.0.0/16, fd00::/8,")
    assert may_call("10.1.2.3", allowed)
    assert may_call("::ffff:10.1.2.3", allowed)
    assert may_call("fd00::1", allowed)
    assert not may_call("10.2.0.1", allowed)
    assert not may_call("2002:a02:1::", allowed)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        networks_of("10.0.0.0/8,nonsense")
