"""The short way of a message to its task, beside Celery's own."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import redis
from celery.contrib.testing.worker import start_worker
from celery.exceptions import Reject
from celery.worker.state import revoked

import workers.celery
from api.publisher import Publisher
from api.publishing import Message
from protocol.messages import REQUESTS_TASK
from settings import Settings
from tests.conftest import Services
from tests.waiting import wait_until
from workers.straight import ShortTask

SHORT, OWN = {"requests": []}, {"requests": [], "track": True}
REPLIES = ["SUCCESS: \u00e9\n"]
RESULT = "celery-task-meta-b-1"

Body = Callable[[Any, Any], list[str]]


@pytest.fixture
def settings(services: Services) -> Settings:
    return Settings(redis_url=services.redis_database())


@contextmanager
def working(settings: Settings, monkeypatch: pytest.MonkeyPatch, body: Body) -> Iterator[Any]:
    """A worker whose task does what `body` does; its application."""
    monkeypatch.setattr(workers.celery, "run_requests", lambda _: body)
    app = workers.celery.create_celery(settings)
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["requests"], shutdown_timeout=30):
        yield app


def send(settings: Settings, argument: Any) -> None:
    async def publish() -> None:
        publisher = Publisher(settings)
        await publisher.publish(Message(task=REQUESTS_TASK, task_id="b-1", queue="requests", argument=argument))
        await publisher.close()

    asyncio.run(publish())


def stored(settings: Settings) -> dict[str, Any]:
    """The result, once it is there and the message is ended."""
    with redis.Redis.from_url(settings.redis_url) as client:
        wait_until(lambda: client.exists(RESULT) and not client.exists("unacked"), "the result is there")
        assert int(client.ttl(RESULT)) > 0
        found: dict[str, Any] = orjson.loads(client.get(RESULT))  # type: ignore[arg-type]
        return found


def test_both_ways_store_the_same_result(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bool, str]] = []

    def body(task: Any, _: Any) -> list[str]:
        asked.append((isinstance(task, ShortTask), task.request.id))
        return REPLIES

    found = []
    for argument in (SHORT, OWN):
        with working(settings, monkeypatch, body) as app:
            send(settings, argument)
            found.append(stored(settings))
            assert app.AsyncResult("b-1").get(timeout=5) == REPLIES
            app.backend.forget("b-1")
    assert asked == [(True, "b-1"), (False, "b-1")]
    for meta in found:
        assert abs(datetime.fromisoformat(meta.pop("date_done")) - datetime.now(UTC)) < timedelta(minutes=1)
    assert found[0] == found[1]


def test_an_error_is_told_as_celery_tells_it_and_its_body_is_not_run_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Any] = []

    def body(task: Any, _: Any) -> list[str]:
        runs.append(task)
        raise ValueError("no")

    with working(settings, monkeypatch, body) as app:
        send(settings, SHORT)
        meta = stored(settings)
        assert app.tasks[REQUESTS_TASK].raised == {}
    assert len(runs) == 1
    assert (meta["status"], meta["result"]["exc_type"]) == ("FAILURE", "ValueError")


def test_a_message_that_goes_back_to_its_queue_comes_again_on_celery_s_way(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, bool]] = []

    def body(task: Any, _: Any) -> list[str]:
        seen.append((isinstance(task, ShortTask), bool(task.request.delivery_info.get("redelivered"))))
        if len(seen) == 1:
            raise Reject("an outage", requeue=True)
        return REPLIES

    with working(settings, monkeypatch, body):
        send(settings, SHORT)
        assert stored(settings)["result"] == REPLIES
    assert seen == [(True, False), (False, True)]


def test_a_task_that_was_revoked_is_not_run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    revoked.add("b-1")
    try:
        with working(settings, monkeypatch, lambda *_: REPLIES):
            send(settings, SHORT)
            assert stored(settings)["status"] == "REVOKED"
    finally:
        revoked.discard("b-1")
