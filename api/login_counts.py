"""Failed logins, counted by user and address and by address: those that this process has seen, and in Redis those of all."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import redis
import redis.asyncio
import structlog

from settings import Settings

WINDOW = 900
"""Seconds after the last failure that counts until the failures of one user from one address are forgotten; and after the
first one until those of an address are."""
GOOD_FOR = 86_400
"""Seconds for which it is remembered that a user got in from an address."""
TURN_LASTS = 10.0
"""Seconds after which a process that asked the dialer is no longer waited for by the others."""
TURN_LOOK = 0.02
ANSWER_BOUND = 0.5
AWAY = 5.0
"""Seconds for which a Redis that did not answer is not asked again, so that logins do not wait for it."""
MOST = 50_000
KEY = "leadmill:login:"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Named:
    """One user at one address, and the address, by names that tell neither."""

    user: str
    address: str


class Seen(NamedTuple):
    """Failures of the user at the address and of the address, and whether the user got in from there before."""

    failures: int = 0
    of_address: int = 0
    good: bool = False


@dataclass(slots=True)
class _Own:
    failures: int = 0
    until: float = 0.0
    good_until: float = 0.0


class OwnCounts:
    """The logins of this process, in memory. Times are those of time.monotonic."""

    def __init__(self) -> None:
        self._of_user: OrderedDict[str, _Own] = OrderedDict()
        self._of_address: Counter[str] = Counter()
        self._began = 0.0

    def seen(self, named: Named) -> Seen:
        """What stands now."""
        now, own = time.monotonic(), self._of_user.get(named.user, _Own())
        if now - self._began > WINDOW:
            self._began = now
            self._of_address.clear()
        return Seen(own.failures if own.until > now else 0, self._of_address[named.address], own.good_until > now)

    def failed(self, named: Named) -> None:
        """Count a failure."""
        own, now = self._find(named), time.monotonic()
        own.failures, own.until = (own.failures if own.until > now else 0) + 1, now + WINDOW
        if len(self._of_address) < MOST:
            self._of_address[named.address] += 1

    def succeeded(self, named: Named) -> None:
        """Forget the failures of the user there."""
        own = self._find(named)
        own.failures, own.good_until = 0, time.monotonic() + GOOD_FOR

    def _find(self, named: Named) -> _Own:
        own = self._of_user.setdefault(named.user, _Own())
        self._of_user.move_to_end(named.user)
        if len(self._of_user) > MOST:
            self._of_user.popitem(last=False)
        return own


@dataclass(slots=True)
class SharedCounts:
    """The logins of all API processes, in Redis. While that is away nothing is known, and nothing fails."""

    settings: Settings
    _redis: Any = field(init=False)
    _away_until: float = 0.0

    def __post_init__(self) -> None:
        bounds: dict[str, Any] = {"socket_timeout": ANSWER_BOUND, "socket_connect_timeout": ANSWER_BOUND, "retry": None}
        self._redis = redis.asyncio.Redis.from_url(self.settings.redis_url, **bounds)

    async def begin(self, named: Named) -> Seen | None:
        """Take the turn to try a password of the user at the address, and what stands then; None while Redis is away.

        Processes take turns as the attempts within one do, so that those of one moment are all counted. Who does not
        get it in time goes on without.
        """
        until = time.monotonic() + TURN_LASTS
        while True:
            found = await self._answers(
                ("SET", f"{KEY}turn:{named.user}", "1", "NX", "PX", int(TURN_LASTS * 1000)),
                ("GET", f"{KEY}failed:{named.user}"),
                ("GET", f"{KEY}failed-from:{named.address}"),
                ("EXISTS", f"{KEY}good:{named.user}"),
            )
            if found is None:
                return None
            got, failures, of_address, good = found
            if got or time.monotonic() > until:
                return Seen(int(failures or 0), int(of_address or 0), bool(good))
            await asyncio.sleep(TURN_LOOK)

    async def failed(self, named: Named, *, turn: bool) -> None:
        """Count a failure; where it had the turn, others have it now."""
        mine, all_of = f"{KEY}failed:{named.user}", f"{KEY}failed-from:{named.address}"
        counted = (("INCR", mine), ("EXPIRE", mine, WINDOW), ("SET", all_of, 0, "NX", "EX", WINDOW), ("INCR", all_of))
        await self._answers(*counted, *_over(named, turn))

    async def succeeded(self, named: Named, *, turn: bool, stopped: int) -> None:
        """Forget the failures of the user there, unless it did not need the turn and others are `stopped` by so many."""
        if not turn:
            found = await self._answers(("GET", f"{KEY}failed:{named.user}"))
            if found is None or int(found[0] or 0) >= stopped:
                return
        good = ("SET", f"{KEY}good:{named.user}", "1", "EX", GOOD_FOR)
        await self._answers(good, ("DEL", f"{KEY}failed:{named.user}"), *_over(named, turn))

    async def end(self, named: Named) -> None:
        """Let others have their turn: no password was tried."""
        await self._answers(*_over(named, turn=True))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _answers(self, *commands: tuple[object, ...]) -> list[Any] | None:
        """What Redis answers to the commands, done as one; None if it does not."""
        if self._away_until > time.monotonic():
            return None
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                for command in commands:
                    pipe.execute_command(*command)
                return list(await pipe.execute())
        except (redis.RedisError, OSError) as error:
            log.warning("logins are counted by this process alone for now", error=type(error).__name__)
            self._away_until = time.monotonic() + AWAY
            return None


def _over(named: Named, turn: bool) -> Sequence[tuple[object, ...]]:
    return [("DEL", f"{KEY}turn:{named.user}")] if turn else []
