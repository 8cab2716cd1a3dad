"""Failed logins by address, so that nobody locks another's user out, or tries passwords, at no cost.

The dialer counts failures by user alone, and ten lock a user for 15 minutes (spec 00, section 6): whoever knows a user's name
could keep it locked. So an address gets fewer failures for one user than lock it; after those it is answered like a locked user,
known or not, and the dialer's row is not touched. Kept in the memory of one API process.
"""

import asyncio
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

OF_ONE_USER = 9
"""Failures in a row for one user from one address; the dialer locks a user at ten."""
OF_ADDRESS = 100
"""Failures from one address; beyond them only those get in who did from there before."""
WINDOW = 900.0
GOOD_FOR = 86_400.0
MOST = 50_000


@dataclass(slots=True)
class Attempts:
    """What is known of one user at one address."""

    failures: int = 0
    until: float = 0.0
    good_until: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class LoginAttempts:
    """The logins of one process. Times are those of time.monotonic."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[tuple[str, str], Attempts] = OrderedDict()
        self._of_address: Counter[str] = Counter()
        self._began = 0.0

    def of(self, user: str, client_ip: str) -> Attempts:
        """What is known of a user, whose name has no case, at an address; of IPv6 at its network, which one host may have all of."""
        key = (user.lower()[:64], _network(client_ip))
        attempts = self._attempts.setdefault(key, Attempts())
        self._attempts.move_to_end(key)
        if len(self._attempts) > MOST:
            self._attempts.popitem(last=False)
        return attempts

    def trusted(self, attempts: Attempts) -> bool:
        """Whether the last login succeeded: such need not go one after the other."""
        return not attempts.failures and attempts.good_until > time.monotonic()

    def blocked(self, attempts: Attempts, client_ip: str) -> bool:
        """Whether there were too many failures lately."""
        now = time.monotonic()
        if attempts.until <= now:
            attempts.failures = 0
        if now - self._began > WINDOW:
            self._began = now
            self._of_address.clear()
        many = self._of_address[_network(client_ip)] >= OF_ADDRESS and attempts.good_until <= now
        return many or attempts.failures >= OF_ONE_USER

    def note(self, attempts: Attempts, client_ip: str, *, succeeded: bool) -> None:
        """Note how a login ended."""
        now = time.monotonic()
        if succeeded:
            attempts.failures, attempts.good_until = 0, now + GOOD_FOR
            return
        attempts.failures, attempts.until = attempts.failures + 1, now + WINDOW
        if len(self._of_address) < MOST:
            self._of_address[_network(client_ip)] += 1


def _network(client_ip: str) -> str:
    try:
        address = ip_address(client_ip)
    except ValueError:
        return client_ip
    return client_ip if address.version == 4 else str(ip_network((address, 64), strict=False))
