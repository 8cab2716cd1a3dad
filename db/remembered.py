"""Small reference data kept in memory for a bounded time, one copy a database connection."""

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from sqlalchemy import Connection

T = TypeVar("T")

REMEMBER = "leadmill_remember"
"""Execution option of the engine: seconds that what was read may be remembered; absent or 0: not at all."""


def remembered(connection: Connection, name: str, load: Callable[[Connection], T], *, least: float = 0) -> T:
    """What `load` returns, from memory if it was read less than the engine's REMEMBER seconds ago.

    What hardly ever changes may be remembered for `least` seconds at least, unless nothing may be remembered at all.
    """
    age = connection.get_execution_options().get(REMEMBER, 0)
    age = age and max(age, least)
    found = connection.info.get(name)
    if age and found is not None and monotonic() - found[0] < age:
        value: T = found[1]
        return value
    value = load(connection)
    connection.info[name] = (monotonic(), value)
    return value
