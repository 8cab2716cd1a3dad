"""Celery's results in Redis, with fewer steps, and with patience."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

import orjson
import redis
import structlog
from celery.backends.redis import RedisBackend
from celery.states import SUCCESS

T = TypeVar("T")

PAUSE = 0.5


class Held(NamedTuple):
    """A result: its Redis key, the seconds it is kept, its text."""

    key: bytes
    expires: int
    value: str


HELD: dict[str, Held] = {}
"""Results by the ids of their tasks, until their messages are ended (workers/transport.py)."""

log = structlog.get_logger(__name__)


class Results(RedisBackend):  # type: ignore[misc]  # Celery has no types
    """Results in Redis. Only those of a message that may have been done before are looked up before they are stored.

    While Redis is away or full, storing waits: the work is committed, and an error here would have Celery answer that it
    failed, or end the worker. A worker that is ended meanwhile loses nothing, for its message comes again.
    """

    def done(self, task_id: str, result: list[str]) -> None:
        """Store the result of a task that succeeded at its first delivery: what Celery's mark_as_done stores, without its request."""
        meta = {"status": SUCCESS, "result": result, "traceback": None, "children": [], "date_done": datetime.now(UTC).isoformat()}
        value = orjson.dumps({**meta, "task_id": task_id}).decode()
        self._patiently(task_id, lambda: self._tell(self.get_key_for_task(task_id), value, SUCCESS, task_id))

    def _store_result(self, task_id: str, result: Any, state: str, traceback: Any = None, request: Any = None, **more: Any) -> Any:
        return self._patiently(task_id, lambda: self._store(task_id, result, state, traceback, request, **more))

    def _patiently(self, task_id: str, store: Callable[[], T]) -> T:
        while True:
            try:
                return store()
            except (redis.RedisError, OSError) as error:
                log.warning("a result cannot be stored yet", task_id=task_id, error=type(error).__name__)
                time.sleep(PAUSE)

    def _store(self, task_id: str, result: Any, state: str, traceback: Any, request: Any, **more: Any) -> Any:
        if request is None or (request.delivery_info or {}).get("redelivered"):
            return super()._store_result(task_id, result, state, traceback=traceback, request=request, **more)
        meta = {**self._get_result_meta(result=result, state=state, traceback=traceback, request=request), "task_id": task_id}
        self._tell(self.get_key_for_task(task_id), self.encode(meta), state, task_id)
        return result

    def _tell(self, key: bytes, value: str, state: str, _task_id: str) -> None:
        self._set_with_state(key, value, state)


class HeldResults(Results):
    """Results of tasks whose messages are ended in the same Redis: those of a first delivery are told in that step."""

    def _tell(self, key: bytes, value: str, state: str, task_id: str) -> None:
        if state == SUCCESS:
            HELD[task_id] = Held(key, self.expires, value)
        else:
            super()._tell(key, value, state, task_id)
