"""The head of a reply goes with the beginning of its body, and waits for nothing else."""

import asyncio
from typing import Any

from api.joined_writes import JoinedWrites

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Sent(list[bytes]):
    """Stands for the network: what was sent at once, each time."""

    def write(self, data: bytes) -> None:
        self.append(data)

    def close(self) -> None:
        self.append(b"closed")


async def after(*steps: tuple[Any, ...]) -> Sent:
    """What was sent after these calls, of one moment."""
    sent = Sent()
    joined = JoinedWrites(sent, asyncio.get_running_loop())  # type: ignore[arg-type]
    for name, *arguments in steps:
        getattr(joined, name)(*arguments)
    return sent


def test_head_and_body_go_at_once() -> None:
    assert asyncio.run(after(("write", HEAD), ("write", b"one"), ("write", b"two"))) == [HEAD + b"one", b"two"]


def test_a_head_does_not_wait_for_a_body_that_comes_later() -> None:
    async def moments() -> list[list[bytes]]:
        sent = await after(("write", HEAD))
        at_once = list(sent)
        await asyncio.sleep(0)
        return [at_once, list(sent)]

    assert asyncio.run(moments()) == [[], [HEAD]]


def test_who_waits_to_go_on_is_told_at_once() -> None:
    assert asyncio.run(after(("write", b"HTTP/1.1 100 Continue\r\n\r\n"))) == [b"HTTP/1.1 100 Continue\r\n\r\n"]


def test_a_head_without_a_body_is_sent_before_the_end() -> None:
    assert asyncio.run(after(("write", HEAD), ("close",))) == [HEAD, b"closed"]


def test_nothing_is_sent_twice() -> None:
    async def moments() -> list[bytes]:
        sent = await after(("write", HEAD), ("write", b"one"), ("close",))
        await asyncio.sleep(0)
        return sent

    assert asyncio.run(moments()) == [HEAD + b"one", b"closed"]
