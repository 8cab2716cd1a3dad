"""Ending what goes on beside the requests."""

import asyncio
from collections.abc import Collection
from typing import Any

PATIENCE = 0.1
"""Seconds until a task that goes on is cancelled anew."""


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they are over, whatever they raise.

    Once is not enough: a cancellation that comes in the moment of a reply redis-py takes for a time-out of its own, and a loop
    that waits out such trouble goes on for ever.
    """
    going_on = set(tasks)
    while going_on:
        for task in going_on:
            task.cancel()
        _, going_on = await asyncio.wait(going_on, timeout=PATIENCE)
