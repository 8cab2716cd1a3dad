"""How long requests wait for company before they are sent. Pure."""

from typing import Any

import pytest
import uvloop

from api.gathering import COMPANY_WAIT, WORTH_A_BATCH, Batch, Lane, Ticket
from api.queue import WriteQueue
from protocol.functions import Caller
from protocol.messages import QueuedRequest
from settings import Settings

LIMIT, PATIENCE, NOW = 256, 0.1, 1000.0
REQUEST = QueuedRequest(function="add_lead", caller=Caller(user="6666"), parameters={})


def tickets(count: int, *, asynchronous: bool = False) -> list[Ticket]:
    told: Any = None
    return [Ticket(REQUEST, asynchronous, told) for _ in range(count)]


def lane(gathered: int, *, busy: int = 0, workers: int = 1, asynchronous: bool = False) -> Lane:
    under_way = {str(n): Batch(str(n), []) for n in range(busy)}
    return Lane("requests", tickets(gathered, asynchronous=asynchronous), under_way, workers)


def pause(of: Lane, now: float = NOW) -> float:
    return of.pause(now, limit=LIMIT, patience=PATIENCE)


def test_a_request_that_finds_a_free_worker_goes_at_once() -> None:
    assert pause(lane(1)) == 0
    assert pause(lane(1, busy=1, workers=2)) == 0


def test_requests_wait_while_every_worker_has_a_batch() -> None:
    assert pause(lane(1, busy=1)) == PATIENCE
    assert pause(lane(WORTH_A_BATCH - 1, busy=1)) == PATIENCE


def test_enough_for_a_batch_of_their_own_go_ahead_once() -> None:
    assert pause(lane(WORTH_A_BATCH, busy=1)) == 0
    assert pause(lane(WORTH_A_BATCH, busy=2)) == PATIENCE


def test_a_full_batch_waits_for_nothing() -> None:
    assert pause(lane(LIMIT, busy=5)) == 0


def test_who_only_wants_a_job_id_does_not_wait_for_workers() -> None:
    assert pause(lane(1, busy=5, asynchronous=True)) == 0


def test_callers_that_were_answered_together_go_together_again() -> None:
    met = lane(0)
    met.part(Batch("b", tickets(3)), NOW)
    met.gathering += tickets(1)
    assert pause(met) == pytest.approx(COMPANY_WAIT)
    met.gathering += tickets(2)
    assert pause(met) == 0


def test_those_who_gathered_meanwhile_wait_for_them() -> None:
    met = lane(3)
    met.part(Batch("b", tickets(1)), NOW)
    assert pause(met) == pytest.approx(COMPANY_WAIT)
    met.gathering += tickets(1)
    assert pause(met) == 0


def test_enough_for_a_batch_of_their_own_wait_for_nobody() -> None:
    met = lane(WORTH_A_BATCH)
    met.part(Batch("b", tickets(WORTH_A_BATCH)), NOW)
    assert pause(met) == 0


def test_nobody_waits_long_for_callers_that_do_not_come() -> None:
    met = lane(1)
    met.part(Batch("b", tickets(3)), NOW)
    assert pause(met, NOW + COMPANY_WAIT) == 0


def test_a_lone_caller_has_no_company() -> None:
    met = lane(0)
    met.part(Batch("a", tickets(3)), NOW)
    met.part(Batch("b", tickets(1)), NOW)
    met.gathering += tickets(1)
    assert pause(met) == 0


def test_callers_that_got_job_ids_are_no_company() -> None:
    met = lane(1)
    met.part(Batch("a", tickets(1)), NOW)
    met.part(Batch("b", tickets(5, asynchronous=True)), NOW)
    assert pause(met) == 0


def test_two_may_wait_for_less_than_a_millisecond() -> None:
    async def wait() -> None:
        queue, waiting = WriteQueue(Settings(batch_wait=0.0001)), lane(1, busy=1)
        queue._send_or_wait(waiting)
        waiting.gathering += tickets(1)
        queue._send_or_wait(waiting)
        assert waiting.timer is not None
        waiting.timer.cancel()
        waiting.gathering.clear()
        waiting.under_way.clear()
        await queue.stop()

    uvloop.run(wait())
