"""The short way of a message to its task.

For each message Celery makes a request and a context of thirty fields, looks who wants to hear of it, and writes what came
of it as text for a line that is not logged: twice the work of all that a message needs besides. A first delivery whose body
returns needs none of it. Any other goes Celery's own way, as does what the body raises.
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from celery import Task
from celery.concurrency.solo import TaskPool
from celery.worker.state import revoked
from celery.worker.strategy import default

log = logging.getLogger(__name__)

Handler = Callable[..., None]


class ShortRequest(NamedTuple):
    """What the body of a task may ask of the message."""

    id: str
    delivery_info: dict[str, Any]
    traceparent: str | None


class ShortTask(NamedTuple):
    """Stands for the task before its body."""

    request: ShortRequest


class StraightTask(Task):  # type: ignore[misc]  # Celery has no types
    """A task with a result that returns in the thread of the worker's loop."""

    Strategy = "workers.straight:straight"
    body: Callable[..., Any]
    """What is done; `worth_celery` tells of an argument that needs more of its task than a ShortTask has."""
    worth_celery: Callable[[Any], bool]
    raised: dict[str, Exception]
    """What bodies on the short way have raised, by the id of the message, until Celery handles it."""


def on_both_ways(task: Any, argument: Any) -> Any:
    """The body of a StraightTask on Celery's own way, which handles what was raised on the short one."""
    error = task.raised.pop(task.request.id, None)
    if error is not None:
        raise error
    return task.body(task, argument)


def straight(task: StraightTask, app: Any, consumer: Any) -> Handler:
    """A strategy of Celery (Task.Strategy): what is done with a message of the task."""
    celery_s_own: Handler = default(task, app, consumer)
    if not isinstance(consumer.pool, TaskPool):
        return celery_s_own
    body, worth_celery, raised, tell = task.body, task.worth_celery, task.raised, app.backend.done
    connection_errors = consumer.connection_errors

    def handle(message: Any, payload: Any, ack: Any, reject: Any, callbacks: Any) -> None:
        headers, delivery_info = message.headers, message.delivery_info
        task_id = headers["id"]
        if delivery_info.get("redelivered") or task_id in revoked:
            return celery_s_own(message, payload, ack, reject, callbacks)
        (argument,), _options, _embedded = message.decode()
        if worth_celery(argument):
            return celery_s_own(message, payload, ack, reject, callbacks)
        try:
            result = body(ShortTask(ShortRequest(task_id, delivery_info, headers.get("traceparent"))), argument)
        except Exception as error:
            raised[task_id] = error
            return celery_s_own(message, payload, ack, reject, callbacks)
        tell(task_id, result)
        message.ack_log_error(log, connection_errors)
        return None

    return handle
