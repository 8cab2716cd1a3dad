"""Waiting for a condition in place of sleeping for a guess."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SHORTEST, LONGEST = 0.005, 0.1


def wait_until(condition: Callable[[], T], what: str, *, timeout: float = 10.0) -> T:
    """The first true value of `condition`. Fails, saying what was waited for, after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    pause = SHORTEST
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s in vain: {what} (last seen: {value!r})")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST)
