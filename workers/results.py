"""Celery's results in Redis, with one step less."""

from typing import Any

from celery.backends.redis import RedisBackend


class Results(RedisBackend):  # type: ignore[misc]  # Celery has no types
    """Results in Redis. Only those of a message that may have been done before are looked up before they are stored."""

    def _store_result(self, task_id: str, result: Any, state: str, traceback: Any = None, request: Any = None, **more: Any) -> Any:
        if request is None or (request.delivery_info or {}).get("redelivered"):
            return super()._store_result(task_id, result, state, traceback=traceback, request=request, **more)
        meta = {**self._get_result_meta(result=result, state=state, traceback=traceback, request=request), "task_id": task_id}
        self._set_with_state(self.get_key_for_task(task_id), self.encode(meta), state)
        return result
