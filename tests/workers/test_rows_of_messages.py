"""Messages that a worker takes one with the end of the other."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import redis
from celery.worker import state
from kombu import Consumer, Exchange, Queue

from api.publishing import Message
from protocol.messages import REQUESTS_TASK, SENT_KEY
from tests.conftest import Services
from tests.workers.channels import WorkerChannel
from workers import steps, transport
from workers.steps import Steps


class Taker(WorkerChannel):
    """A worker's channel that takes messages, and what is done with each."""

    def __init__(self, redis_url: str) -> None:
        super().__init__(redis_url)
        self.ids: list[str] = []

    def send(self, *task_ids: str) -> None:
        said = {"said": '"id": "none"'}
        self.publish(*(Message(task=REQUESTS_TASK, task_id=task_id, queue="requests", argument=said) for task_id in task_ids))

    def take(self, done: Callable[[Any], object], *queues: str) -> list[str]:
        """The ids of what the worker's loop takes at once."""

        def received(message: Any) -> None:
            self.ids.append(message.headers["id"])
            done(message)

        consumed = [Queue(name, Exchange(""), routing_key=name) for name in queues or ("requests",)]
        with Consumer(self.channel, consumed, on_message=received, auto_declare=False):
            self.connection.drain_events(timeout=5)
        return self.ids

    def waiting(self) -> int:
        return int(self.redis.llen("requests"))  # type: ignore[arg-type]

    def noted(self) -> list[str]:
        self.channel.steps.complete("PING")
        return [str(note) for note in self.redis.hvals("unacked")]  # type: ignore[union-attr]


@pytest.fixture
def taker(services: Services) -> Iterator[Taker]:
    with closing(Taker(services.redis_database())) as made:
        yield made


def test_a_message_is_taken_with_the_end_of_the_one_before(taker: Taker) -> None:
    taker.send("b-1", "b-2", "b-3")
    assert taker.take(lambda message: message.ack()) == ["b-1", "b-2", "b-3"]
    assert not taker.redis.exists("requests", "unacked", "unacked_index", SENT_KEY + "requests")


def test_a_message_so_taken_is_noted_as_any_other(taker: Taker) -> None:
    taker.send("b-1", "b-2")
    notes: list[list[str]] = []

    def done(message: Any) -> None:
        notes.append(taker.noted())
        if message.headers["id"] == "b-1":
            message.ack()

    taker.take(done)
    assert notes == [['[{"headers": {"id": "b-1"}}, "", "requests"]'], ['[{"headers": {"id": "b-2"}}, "", "requests"]']]
    taker.channel.qos.restore_unacked_once()
    assert taker.waiting() == 1
    assert not taker.redis.exists("unacked", "unacked_index")


def test_a_message_that_was_given_back_is_noted_when_it_comes_again(taker: Taker) -> None:
    taker.send("b-1", "b-2")
    taker.take(lambda message: message.ack() if message.headers["id"] == "b-1" else message.reject(requeue=True))
    assert taker.ids == ["b-1", "b-2"]
    noted: list[str] = []
    taker.take(lambda message: noted.extend(taker.noted()) or message.ack())
    assert noted == ['[{"headers": {"id": "b-2"}}, "", "requests"]']


def test_a_message_without_a_copy_is_noted_in_whole(taker: Taker) -> None:
    taker.send("b-1")
    taker.app.send_task(REQUESTS_TASK, ({},), task_id="c-1", queue="requests")
    sent = str(taker.redis.lindex("requests", 0))
    notes: list[list[str]] = []

    def done(message: Any) -> None:
        notes.append(taker.noted())
        message.ack()

    assert taker.take(done) == ["b-1", "c-1"]
    assert notes[1] == [f'[{sent}, "", "requests"]']


def test_what_is_no_message_is_left_in_the_queue(taker: Taker) -> None:
    taker.send("b-1")
    taker.redis.lpush("requests", '{"headers": {}}')
    assert taker.take(lambda message: message.ack()) == ["b-1"]
    assert taker.waiting() == 1
    taker.redis.flushdb()


def test_a_worker_of_several_queues_looks_at_all_of_them(taker: Taker) -> None:
    taker.send("b-1", "b-2")
    assert taker.take(lambda message: message.ack(), "requests", "maintenance") == ["b-1"]


def test_a_row_ends_in_time_for_who_asks_the_worker(taker: Taker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "ROW", 0.0)
    taker.send("b-1", "b-2")
    assert taker.take(lambda message: message.ack()) == ["b-1"]


def test_a_message_that_a_thread_ends_is_followed_by_none(taker: Taker) -> None:
    taker.send("b-1", "b-2")

    def ended_by_a_thread(message: Any) -> None:
        ending = threading.Thread(target=message.ack)
        ending.start()
        ending.join(30)

    assert taker.take(ended_by_a_thread) == ["b-1"]
    assert taker.waiting() == 1


def test_a_worker_that_is_to_end_takes_no_other_message(taker: Taker, monkeypatch: pytest.MonkeyPatch) -> None:
    taker.send("b-1", "b-2")

    def asked_to_end(message: Any) -> None:
        monkeypatch.setattr(state, "should_stop", 0)
        message.ack()

    assert taker.take(asked_to_end) == ["b-1"]
    assert taker.waiting() == 1


@pytest.mark.parametrize("copied", [True, False])
def test_an_end_whose_reply_is_lost_takes_no_second_message(taker: Taker, monkeypatch: pytest.MonkeyPatch, copied: bool) -> None:
    taker.send("b-1")
    if copied:
        taker.send("b-2")
    else:
        taker.app.send_task(REQUESTS_TASK, ({},), task_id="b-2", queue="requests")
    taker.send("b-3")
    settle, lost = Steps._settle, list[bytes]()

    def losing(of: Steps) -> Any:
        told = settle(of)
        if told and not lost:
            lost.append(told)
            raise redis.ConnectionError
        return told

    monkeypatch.setattr(Steps, "_settle", losing)
    monkeypatch.setattr(steps, "PAUSE", 0.0)
    assert taker.take(lambda message: message.ack()) == ["b-1", "b-2", "b-3"]
    assert lost
    assert not taker.redis.exists("requests", "unacked", "unacked_index", SENT_KEY + "requests")
