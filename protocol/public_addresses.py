"""Which addresses a webhook may call: public ones, and those of networks that the operator names. Pure."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

TRANSLATED = ip_network("64:ff9b::/96")
"""NAT64: the last four bytes are an IPv4 address."""

ASSIGNED = ip_network("2000::/3")
"""All that is given out of IPv6 to be reached."""
PROTOCOLS = ip_network("192.0.0.0/24")
"""Addresses of protocols, which older Pythons take for public ones in part."""


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks separated by commas. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def may_call(text: str, allowed: Sequence[Network]) -> bool:
    """Whether an address may be called: it, and every IPv4 address that it stands for, is public or of an allowed network."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(_public(part) or any(part in network for network in allowed) for part in _parts(address))


def _public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in ASSIGNED:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in PROTOCOLS


def _parts(address: Address) -> Iterator[Address]:
    """The address as it is reached in the end: IPv6 has many ways to write an IPv4 address."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped:
        yield address.ipv4_mapped
    elif address in TRANSLATED:
        yield IPv4Address(address.packed[-4:])
    else:
        yield address
        yield from _inside(address)


def _inside(address: IPv6Address) -> Iterator[Address]:
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
