"""Deliveries in processes of their own, which may end in the middle as a crash of a driver ends a worker."""

import os
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

from workers.deliveries import DEATHS, WHOLE

MOST = 1 + WHOLE + DEATHS
"""Deliveries of one message that the same request can end."""
DIED = 77


def die(*_: Any, **__: Any) -> Any:
    """End this process at once."""
    os._exit(DIED)


def delivered(work: Callable[[bool], Any]) -> tuple[list[int], Any]:
    """How each delivery of a message ended, and what the last one returned; `work` is told whether it is a redelivery."""
    codes: list[int] = []
    while not codes or (codes[-1] == DIED and len(codes) <= 4 * MOST):
        code, returned = _in_a_process(work, redelivered=bool(codes))
        codes.append(code)
    return codes, returned


def _in_a_process(work: Callable[[bool], Any], *, redelivered: bool) -> tuple[int, Any]:
    processes = get_context("fork")
    told, tell = processes.Pipe(duplex=False)
    process = processes.Process(target=lambda: tell.send(work(redelivered)))
    process.start()
    tell.close()
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode, told.recv() if process.exitcode == 0 else None
