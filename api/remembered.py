"""Answers that are costly to find, kept for a bounded time; those who ask meanwhile share the question under way.

An answer that is still asked for when it is nearly too old is found anew while it goes on being given, so that among
many who ask one after the other nobody waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

MOST = 10_000
AHEAD = 0.25
"""Share of an answer's time, at its end, in which who is given it has it found anew."""


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
        if kept is not None and (left := kept[0] - monotonic()) > 0:
            if left < self._seconds * AHEAD and key not in self._under_way:
                self._ask(key, ask)
            return kept[1]
        if not self._seconds:
            return await ask()
        under_way = self._under_way.get(key)
        if under_way is None:
            return await asyncio.shield(self._ask(key, ask))
        found = await asyncio.shield(under_way)
        return found if self._worth_keeping(found) else await ask()

    def _ask(self, key: K, ask: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
        until = monotonic() + self._seconds
        task = self._under_way[key] = asyncio.ensure_future(ask())
        task.add_done_callback(lambda _: self._told(key, until, task))
        return task

    def _told(self, key: K, until: float, task: asyncio.Task[T]) -> None:
        del self._under_way[key]
        if task.cancelled() or task.exception():  # told to whoever waits; if nobody does, to the next one who asks
            return
        self._kept.pop(key, None)
        if not self._worth_keeping(task.result()):
            return
        if len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (until, task.result())
