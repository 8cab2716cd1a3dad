"""How long an answer is given, and who waits while it is found anew. With a clock of the test's own."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from api import remembered
from api.remembered import Remembered


class Source:
    """Answers `1`, `2`, ... when it is let, or what the test sets; and the clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.asked = 0
        self.free = asyncio.Event()
        self.free.set()
        self.says: object = None
        monkeypatch.setattr(remembered, "monotonic", lambda: self.now)

    async def ask(self) -> str:
        self.asked += 1
        number = self.asked
        await self.free.wait()
        if isinstance(self.says, Exception):
            raise self.says
        return str(self.says or number)


async def rest() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


Story = Callable[[Source, Callable[[], Awaitable[str]]], Awaitable[None]]


def told(monkeypatch: pytest.MonkeyPatch, story: Story) -> None:
    """Run a story with answers that are kept for 10 seconds, unless they say `refused`."""

    async def run() -> None:
        source = Source(monkeypatch)
        kept: Remembered[str, str] = Remembered(10, lambda answer: answer != "refused")
        await story(source, lambda: kept.find("key", source.ask))

    asyncio.run(asyncio.wait_for(run(), 10))


def test_an_answer_that_is_nearly_too_old_is_found_anew_while_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(source: Source, find: Callable[[], Awaitable[str]]) -> None:
        assert await find() == "1"
        source.now += 7
        assert (await find(), source.asked) == ("1", 1)
        source.now += 1
        source.free.clear()
        assert [await find(), await find()] == ["1", "1"]
        await rest()
        assert source.asked == 2  # asked once, and nobody has waited
        source.free.set()
        await rest()
        assert await find() == "2"
        source.now += 9.9
        assert await find() == "2"

    told(monkeypatch, story)


def test_no_answer_is_given_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(source: Source, find: Callable[[], Awaitable[str]]) -> None:
        await find()
        source.now += 9
        source.free.clear()
        assert await find() == "1"
        source.now += 1
        waiting = asyncio.ensure_future(find())
        await rest()
        assert not waiting.done()
        source.free.set()
        assert (await waiting, source.asked) == ("2", 2)

    told(monkeypatch, story)


def test_a_refusal_found_ahead_counts_at_once_and_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(source: Source, find: Callable[[], Awaitable[str]]) -> None:
        await find()
        source.now += 9
        source.says = "refused"
        assert await find() == "1"
        await rest()
        assert [await find(), await find()] == ["refused", "refused"]
        assert source.asked == 4

    told(monkeypatch, story)


def test_what_fails_ahead_is_told_to_the_next_who_must_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(source: Source, find: Callable[[], Awaitable[str]]) -> None:
        await find()
        source.now += 9
        source.says = OSError("gone")
        assert await find() == "1"
        await rest()
        assert await find() == "1"
        source.now += 1
        await rest()
        with pytest.raises(OSError, match="gone"):
            await find()
        source.says = None
        assert await find() == "5"

    told(monkeypatch, story)


def test_nothing_is_kept_for_no_time() -> None:
    asked: list[int] = []

    async def ask() -> int:
        asked.append(1)
        return len(asked)

    async def both() -> list[int]:
        never: Remembered[str, int] = Remembered(0)
        return [await never.find("key", ask), await never.find("key", ask)]

    assert asyncio.run(both()) == [1, 2]
