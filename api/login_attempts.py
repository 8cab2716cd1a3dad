"""Failed logins by address, so that nobody locks another's user out, or tries passwords, at no cost.

The dialer counts failures by user alone, and ten lock a user for 15 minutes (spec 00, section 6): whoever knows a user's name
could keep it locked. So an address gets fewer failures for one user than lock it; after those it is answered like a locked user,
known or not, and the dialer's row is not touched. Failures are counted for all API processes (api/login_counts.py).

A password that got in from an address before is not held up: it waits for no turn, asks no Redis, and no failures of
others stop it. Any other waits until those before it are counted (docs/decisions/0010).
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from ipaddress import ip_address, ip_network

from api.login_counts import GOOD_FOR, MOST, Named, OwnCounts, SharedCounts
from dialer.callers import Login, login_name
from settings import Settings

OF_ONE_USER = 9
"""Failures in a row for one user from one address; the dialer locks a user at ten."""
OF_ADDRESS = 100
"""Failures from one address; beyond them only those get in who did from there before."""


@dataclass(slots=True)
class Place:
    """What this process knows of one user at one address. `proof`: of the password that got in last, good until `good_until`."""

    named: Named
    proof: bytes = b""
    good_until: float = 0.0
    told_until: float = 0.0
    """Until when the other processes know that the user got in."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    telling: asyncio.Task[None] | None = None

    def trusts(self, proof: bytes) -> bool:
        """Whether this password got in from here before."""
        return self.proof == proof and self.good_until > time.monotonic()


@dataclass(slots=True)
class Attempt:
    """One login. `succeeded`: how it ended; None: it was not tried to its end. `turn`: whether others wait for that."""

    allowed: bool
    turn: bool = False
    succeeded: bool | None = None


class LoginAttempts:
    """The logins of one API process, which counts failures together with the others."""

    def __init__(self, settings: Settings) -> None:
        self._places: OrderedDict[Named, Place] = OrderedDict()
        self._own = OwnCounts()
        self._shared = SharedCounts(settings)
        self._secret = secrets.token_bytes(32)

    @asynccontextmanager
    async def attempt(self, login: Login) -> AsyncIterator[Attempt]:
        """Try a login within; the block notes in the attempt whether it succeeded."""
        place = self._place(login)
        # Nothing in memory tells the password: the digest is keyed with a secret of this process.
        proof = blake2b(login.password.encode(), key=self._secret, digest_size=16).digest()
        if not place.trusts(proof):
            async with place.turn:  # one after the other, so that those of one moment are all counted
                if not place.trusts(proof):
                    attempt = await self._begin(place)
                    try:
                        yield attempt
                    finally:
                        await self._end(place, proof, attempt)
                    return
        yield (attempt := Attempt(allowed=True))
        await self._end(place, proof, attempt)

    async def close(self) -> None:
        """Close the connections."""
        await self._shared.close()

    def _place(self, login: Login) -> Place:
        named = named_place(login)
        place = self._places.setdefault(named, Place(named))
        self._places.move_to_end(named)
        if len(self._places) > MOST:
            self._places.popitem(last=False)
        return place

    async def _begin(self, place: Place) -> Attempt:
        if place.telling is not None and not place.telling.done():
            await asyncio.wait([place.telling])
        seen = await self._shared.begin(place.named) or self._own.seen(place.named)
        many = seen.of_address >= OF_ADDRESS and not seen.good
        return Attempt(allowed=not many and seen.failures < OF_ONE_USER, turn=True)

    async def _end(self, place: Place, proof: bytes, attempt: Attempt) -> None:
        if attempt.succeeded:
            await self._succeeded(place, proof, attempt)
        elif attempt.succeeded is not None:
            if place.proof == proof:
                place.good_until = 0.0
            self._own.failed(place.named)
            await self._shared.failed(place.named, turn=attempt.turn)
        elif attempt.turn:
            await self._shared.end(place.named)

    async def _succeeded(self, place: Place, proof: bytes, attempt: Attempt) -> None:
        now, failures = time.monotonic(), self._own.seen(place.named).failures
        place.proof, place.good_until = proof, now + GOOD_FOR
        if failures >= OF_ONE_USER and not attempt.turn:  # somebody else there is stopped, and stays so
            return
        self._own.succeeded(place.named)
        if failures or attempt.turn or place.told_until < now:
            place.told_until = now + GOOD_FOR / 2
            place.telling = asyncio.get_running_loop().create_task(
                self._shared.succeeded(place.named, turn=attempt.turn, stopped=OF_ONE_USER)
            )


def named_place(login: Login) -> Named:
    """One user, whose name may be written in many ways, at one address; of IPv6 its network, which one host may have all of."""
    network = _network(login.client_ip)
    return Named(_name(f"{login_name(login.user)[:64]}\0{network}"), _name(network))


def _name(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _network(client_ip: str) -> str:
    try:
        address = ip_address(client_ip)
    except ValueError:
        return client_ip
    return client_ip if address.version == 4 else str(ip_network((address, 64), strict=False))
