"""Tasks that end although they miss a cancellation."""

import asyncio

import pytest

from api import ending


def test_a_task_that_takes_a_cancellation_for_something_else_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "PATIENCE", 0.01)
    missed: list[str] = []

    async def deaf() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                missed.append("once")
                if len(missed) > 2:
                    raise

    async def failing() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise OSError

    async def both() -> None:
        tasks = [asyncio.create_task(deaf()), asyncio.create_task(failing())]
        await asyncio.sleep(0)
        await ending.end(tasks)
        assert [task.done() for task in tasks] == [True, True]
        assert isinstance(tasks[1].exception(), OSError)
        await ending.end([])

    asyncio.run(asyncio.wait_for(both(), 10))
    assert len(missed) == 3
