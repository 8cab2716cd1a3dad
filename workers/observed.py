"""Around every task: what is counted of it, and the job that its log lines and its spans name."""

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, TypeVar

from structlog.contextvars import bound_contextvars

from protocol.figures import BATCH_SECONDS, REDELIVERIES
from workers.running import Running

T = TypeVar("T")
Body = Callable[[Any, Mapping[str, Any]], T]


def observed(body: Body[T], running: Running) -> Body[T]:
    """The body of a task. What goes back to its queue is not counted as done."""

    def leadmill_task(task: Any, message: Mapping[str, Any]) -> T:
        delivered = task.request.delivery_info or {}
        queue, began = delivered.get("routing_key") or "", time.perf_counter()
        if delivered.get("redelivered"):
            running.figures.add(REDELIVERIES, queue)
        span = running.tracing.message(task.request, queue) if running.tracing else nullcontext()
        with bound_contextvars(job_id=task.request.id), span:
            done = body(task, message)
        running.figures.observe(BATCH_SECONDS, time.perf_counter() - began, queue)
        return done

    return leadmill_task
