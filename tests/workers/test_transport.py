"""A message in a Redis broker, from its sending to its end, as the worker's transport notes it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from celery.app.task import Context

from api.publishing import Message
from protocol.messages import REQUESTS_TASK, SENT_AT_KEY, SENT_KEY
from tests.conftest import Services
from tests.servers import Leash, start_valkey
from tests.waiting import wait_until
from tests.workers.channels import WorkerChannel
from workers import steps

MESSAGE = Message(
    task=REQUESTS_TASK, task_id="b-1", queue="requests", argument={"requests": ["much" * 1000]}, notes=[("leadmill:job:b-1-0", b"{}")]
)


class Broker(WorkerChannel):
    """A Redis with one message in it, and the channel of a worker."""

    def __init__(self, redis_url: str) -> None:
        super().__init__(redis_url)
        self.publish(MESSAGE)

    def taken(self) -> Any:
        message = self.channel.basic_get("requests")
        assert message
        return message

    def left(self) -> dict[str, int]:
        """How many messages each key holds, of those that there are."""
        sizes = {
            "queue": self.redis.llen("requests"),
            "taken": self.redis.hlen("unacked"),
            "taken at": self.redis.zcard("unacked_index"),
            "copies": self.redis.hlen(SENT_KEY + "requests"),
            "copied at": self.redis.zcard(SENT_AT_KEY + "requests"),
        }
        return {name: int(size) for name, size in sizes.items() if size}  # type: ignore[arg-type]


@pytest.fixture
def broker(services: Services) -> Iterator[Broker]:
    with closing(Broker(services.redis_database())) as made:
        yield made


def test_a_message_is_there_with_its_notes_and_a_copy(broker: Broker) -> None:
    assert broker.left() == {"queue": 1, "copies": 1, "copied at": 1}
    assert broker.redis.lindex("requests", 0) == broker.redis.hget(SENT_KEY + "requests", "b-1")
    assert int(broker.redis.ttl("leadmill:job:b-1-0")) > 0


def test_celery_reads_what_is_sent(broker: Broker) -> None:
    message = broker.taken()
    assert message.headers["task"] == REQUESTS_TASK
    assert message.decode() == [[MESSAGE.argument], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
    assert message.properties["correlation_id"] == "b-1"


def test_a_taken_message_is_noted_by_its_id(broker: Broker) -> None:
    broker.taken()
    broker.channel.steps.complete("PING")
    assert broker.left() == {"taken": 1, "taken at": 1, "copies": 1, "copied at": 1}
    assert len(broker.redis.hvals("unacked")[0]) < 100


@pytest.mark.parametrize("way", ["given back", "found by another"])
def test_a_taken_message_comes_again_in_whole(broker: Broker, way: str) -> None:
    sent = orjson.loads(str(broker.redis.lindex("requests", 0)))
    message = broker.taken()
    broker.channel.steps.complete("PING")
    if way == "given back":
        message.reject(requeue=True)
    else:
        with broker.app.connection_for_read() as other:
            other.default_channel.qos.restore_by_tag(message.delivery_tag)
    assert broker.left() == {"queue": 1, "copies": 1, "copied at": 1}
    again = orjson.loads(str(broker.redis.lindex("requests", 0)))
    assert again["body"] == sent["body"]
    assert again["headers"] == {**sent["headers"], "redelivered": True}


def test_a_message_done_by_another_does_not_come_again(broker: Broker) -> None:
    message = broker.taken()
    broker.channel.steps.complete("PING")
    broker.redis.delete(SENT_KEY + "requests")
    broker.channel.qos.restore_by_tag(message.delivery_tag)
    assert broker.redis.llen("requests") == 0


@pytest.mark.parametrize("end", ["ack", "reject"])
def test_nothing_is_left_of_a_message_that_is_done(broker: Broker, end: str) -> None:
    getattr(broker.taken(), end)()
    assert broker.left() == {}


def test_a_result_is_told_with_the_end_of_its_message(broker: Broker) -> None:
    message, task = broker.taken(), broker.app.tasks[REQUESTS_TASK]
    heard = broker.redis.pubsub(ignore_subscribe_messages=True)
    heard.subscribe("celery-task-meta-b-1")
    heard.get_message(timeout=5)
    task.backend.mark_as_done("b-1", ["SUCCESS"], request=Context(message.headers, delivery_info=message.delivery_info))
    assert broker.redis.get("celery-task-meta-b-1") is None
    message.ack()
    assert broker.app.AsyncResult("b-1").get(timeout=5) == ["SUCCESS"]
    told = heard.get_message(timeout=5)
    assert told
    assert orjson.loads(told["data"])["result"] == ["SUCCESS"]
    heard.close()


def test_a_connection_that_is_lost_ends_no_worker(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chaos found it: as Celery closes a lost connection, kombu gives back what a thread is still at, and knows no more where to."""
    message = broker.taken()
    broker.channel._disconnect_pools()
    with monkeypatch.context() as patched:
        patched.setattr(broker.channel.connection, "client", None)
        broker.channel.qos.restore_unacked_once()
    message.ack()
    assert broker.left() == {}


def test_a_message_that_was_given_back_ends_without_an_error(broker: Broker) -> None:
    message = broker.taken()
    broker.channel.qos.restore_unacked_once()
    message.ack()
    assert broker.left() == {"queue": 1, "copies": 1, "copied at": 1}


def test_a_step_that_gets_no_answer_is_taken_anew(tmp_path: Path, leash: Leash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "ANSWER_BOUND", 0.2)
    valkey, url = start_valkey(tmp_path, leash)
    broker = Broker(url)
    message = broker.taken()
    valkey.signal(signal.SIGSTOP)
    ending = threading.Thread(target=message.ack)
    ending.start()
    wait_until(lambda: not broker.channel.steps._connection.is_connected, "it is not waited for any longer")
    valkey.signal(signal.SIGCONT)
    ending.join(30)
    assert broker.left() == {}
    broker.connection.close()
    valkey.stop()
