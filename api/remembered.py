"""Answers that are costly to find, kept for a bounded time; those who ask meanwhile share the question under way."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

MOST = 10_000


class Remembered(Generic[K, T]):
    """Answers by key, each at most `seconds` old; 0: nothing is kept or shared.

    Only answers that `worth_keeping` approves are kept and shared, so a refusal is found anew by each who asks.
    """

    def __init__(self, seconds: float, worth_keeping: Callable[[T], bool] = lambda _: True) -> None:
        self._seconds = seconds
        self._worth_keeping = worth_keeping
        self._kept: dict[K, tuple[float, T]] = {}
        self._under_way: dict[K, asyncio.Task[T]] = {}

    async def find(self, key: K, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer kept for `key`, or what `ask` finds."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] > monotonic():
            return kept[1]
        if not self._seconds:
            return await ask()
        under_way = self._under_way.get(key)
        if under_way is None:
            return await self._found(key, ask)
        found = await asyncio.shield(under_way)
        return found if self._worth_keeping(found) else await ask()

    async def _found(self, key: K, ask: Callable[[], Awaitable[T]]) -> T:
        until = monotonic() + self._seconds
        task = self._under_way[key] = asyncio.ensure_future(ask())
        try:
            found = await asyncio.shield(task)
        finally:
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        if self._worth_keeping(found):
            self._kept.pop(key, None)
            if len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = (until, found)
        return found
