"""How many messages a process has under way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event

import pytest

from tests.waiting import wait_until
from workers.places import Places

BOUND = 30


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def test_a_message_has_others_beside_it(pool: ThreadPoolExecutor) -> None:
    places, together = Places(2), Barrier(2)

    def run() -> None:
        with places.taken(alone=False):
            together.wait(BOUND)

    for done in [pool.submit(run) for _ in range(4)]:
        done.result(BOUND)


def test_one_that_is_to_be_alone_waits_and_keeps_others_out(pool: ThreadPoolExecutor) -> None:
    places, under_way, go_on = Places(2), Event(), Event()
    there: list[str] = []

    @contextmanager
    def seen(name: str) -> Iterator[None]:
        there.append(name)
        yield
        there.remove(name)

    def first() -> None:
        with places.taken(alone=False), seen("first"):
            under_way.set()
            assert go_on.wait(BOUND)

    def alone() -> list[str]:
        with places.taken(alone=True), seen("alone"):
            return there.copy()

    running = pool.submit(first)
    assert under_way.wait(BOUND)
    redelivered = [pool.submit(alone) for _ in range(2)]
    wait_until(lambda: places._alone.locked(), "one waits for the other place")
    assert there == ["first"]
    go_on.set()
    assert [found.result(BOUND) for found in redelivered] == [["alone"]] * 2
    running.result(BOUND)


def test_a_message_that_fails_leaves_its_place() -> None:
    places = Places(2)
    for alone in (False, True) * 2:
        with pytest.raises(ValueError, match="fails"), places.taken(alone=alone):
            raise ValueError("fails")
