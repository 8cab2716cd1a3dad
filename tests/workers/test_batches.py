"""A batch is stored once, whole or but for its poison, whatever happens in the middle."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from db.tables.leads import vicidial_list
from db.tables.own import leadmill_dead_letters
from db.tables.web_logs import vicidial_api_log
from dialer.clock import moment
from protocol.functions import Moment
from protocol.replies import Reply
from tests.workers.conftest import Bench
from workers import batches
from workers.batches import Batch
from workers.ledger import RequestLedger

POISON = "6025559999"


class Crash(BaseException):
    """The end of the process, as far as the code in it can see."""


def added(replies: list[Reply]) -> list[bool]:
    return [r.text.startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED") for r in replies]


def phones(count: int) -> list[str]:
    return [str(6025550000 + n) for n in range(count)]


def test_a_second_delivery_gets_the_first_ones_replies(bench: Bench) -> None:
    requests = [bench.request(phone) for phone in phones(5)]
    first = bench.settle(requests, bench.ledger("again"))
    second = bench.settle(requests, bench.ledger("again"))
    assert [r.text for r in first] == [r.text for r in second]
    assert bench.phones() == phones(5)
    assert bench.count(vicidial_api_log) == 5


def test_two_deliveries_at_once_have_one_effect(bench: Bench) -> None:
    requests = [bench.request(phone) for phone in phones(40)]
    answers: list[list[str]] = []

    def deliver() -> None:
        answers.append([r.text for r in bench.settle(requests, bench.ledger("both"))])

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 3
    assert answers[0] == answers[1] == answers[2]
    assert sorted(bench.phones()) == phones(40)


def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make one telephone fail when it is stored, after other rows of the batch may have been."""
    write = batches.write_api_log

    def fail(connection: Connection, rows: Any, at: Moment) -> None:
        rows = list(rows)
        if any(entry.data.startswith(POISON) for _, entries in rows for entry in entries):
            raise ValueError("poison")
        write(connection, rows, at)

    monkeypatch.setattr(batches, "write_api_log", fail)


def test_poison_is_found_and_the_others_succeed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    poison(monkeypatch)
    numbers = phones(7)
    numbers[3] = POISON
    replies = bench.settle([bench.request(phone) for phone in numbers])
    assert added(replies) == [True, True, True, False, True, True, True]
    says = "REQUEST COULD NOT BE DONE, NOTHING WAS CHANGED" if bench.transactional else "OUTCOME UNKNOWN AFTER AN INTERRUPTION"
    assert replies[3].text.startswith(f"ERROR: add_lead {says}")
    with bench.engine.connect() as connection:
        (letter,) = connection.execute(select(leadmill_dead_letters)).mappings()
    assert (letter["position"], letter["state"], letter["user"]) == (3, "waiting", "6666")
    assert POISON in letter["request"]
    assert "ValueError: poison" in letter["error"]
    kept = [phone for phone in numbers if phone != POISON]
    assert [phone for phone in bench.phones() if phone != POISON] == kept
    assert POISON not in bench.phones() or not bench.transactional


def test_what_was_begun_and_cut_off_is_not_done_twice(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies after the leads are stored; on MyISAM they are there, elsewhere they are not."""

    def die(*_: object) -> None:
        raise Crash

    requests = [bench.request(phone, duplicate_check="DUPSYS") for phone in phones(6)]
    with monkeypatch.context() as patched:
        patched.setattr(RequestLedger, "record", die)
        with pytest.raises(Crash):
            bench.settle(requests, bench.ledger("cut"))
    assert bench.count(vicidial_list) == (0 if bench.transactional else 6)
    replies = bench.settle(requests, bench.ledger("cut"))
    assert all(added(replies))
    assert bench.phones() == phones(6)


def test_what_cannot_be_known_is_said_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the hopper row of a lead that was cut off is there nobody can tell on MyISAM."""

    def die(*_: object) -> None:
        raise Crash

    requests = [bench.request("6025550001", add_to_hopper="Y"), bench.request("6025550002")]
    with monkeypatch.context() as patched:
        patched.setattr(RequestLedger, "record", die)
        with pytest.raises(Crash):
            bench.settle(requests, bench.ledger("unknown"))
    first, second = bench.settle(requests, bench.ledger("unknown"))
    assert added([second]) == [True]
    if bench.transactional:
        assert added([first]) == [True]
    else:
        assert first.text.startswith("ERROR: add_lead OUTCOME UNKNOWN AFTER AN INTERRUPTION, CHECK BEFORE SENDING AGAIN - ")
    assert bench.phones() == ["6025550001", "6025550002"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_conflicts_are_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """A deadlock that the database reports, before or after the leads were stored."""
    if bench.kind == "sqlite":
        pytest.skip("SQLite has one writer, so no deadlocks")
    left = [2]
    record = RequestLedger.record

    def deadlock(ledger: RequestLedger, connection: Connection, first: int, replies: list[Reply], at: Moment) -> None:
        if when == "after":
            record(ledger, connection, first, replies, at)
        if left[0]:
            left[0] -= 1
            connection.rollback()
            raise OperationalError("", {}, Exception(1213, "Deadlock found"))
        if when == "before":
            record(ledger, connection, first, replies, at)

    monkeypatch.setattr(RequestLedger, "record", deadlock)
    replies = bench.settle([bench.request(phone) for phone in phones(4)])
    assert all(added(replies))
    assert bench.phones() == phones(4)


def test_a_batch_keeps_its_moment_through_all_its_tries(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conflict, then a later second, then the end: the leads of the second try are known by the moment of the first."""
    seconds, take_ids = iter(range(60)), RequestLedger.take_ids

    def later(zone: Any) -> Moment:
        return moment(zone, datetime(2026, 11, 24, 12, 0, next(seconds), tzinfo=UTC))

    def conflict_once(ledger: RequestLedger, *others: Any) -> Any:
        monkeypatch.setattr(RequestLedger, "take_ids", take_ids)
        raise OperationalError("", {}, Exception(1213, "Deadlock found"))

    def die(*_: object) -> None:
        raise Crash

    asked = [bench.request(phone) for phone in phones(3)]
    monkeypatch.setattr(batches, "moment", later)
    monkeypatch.setattr(RequestLedger, "take_ids", conflict_once)
    with monkeypatch.context() as patched:
        patched.setattr(RequestLedger, "record", die)
        with pytest.raises(Crash):
            bench.settle(asked, bench.ledger("moment"))
    assert all(added(bench.settle(asked, bench.ledger("moment"))))
    assert bench.phones() == phones(3)


def test_requests_of_one_batch_see_each_other(bench: Bench) -> None:
    replies = bench.settle([bench.request("6025550001", duplicate_check="DUPSYS") for _ in range(50)])
    assert added(replies) == [True] + [False] * 49
    lead_id = replies[0].lead_id
    assert {r.text for r in replies[1:]} == {f"ERROR: add_lead DUPLICATE PHONE NUMBER IN SYSTEM - 6025550001|101|{lead_id}|101\n"}


@pytest.mark.parametrize("together", [True, False])
def test_names_are_alike_within_a_batch_as_they_are_in_the_database(bench: Bench, together: bool) -> None:
    if bench.kind == "sqlite":
        pytest.skip("SQLite sees accents")
    wanted = bench.request("6025550001", duplicate_check="DUPNAMEPHONESYS")
    asked = [  # not cleaned, as where the dialer lets non-Latin names in
        replace(wanted, parameters={**wanted.parameters, "first_name": first, "last_name": last})
        for first, last in (("Jos\u00e9", "Stra\u00dfer"), ("JOSE", "Strasser"), ("Jos", "Strasser"))
    ]
    batches = [asked] if together else [[one] for one in asked]
    assert added([r for batch in batches for r in bench.settle(batch)]) == [True, False, True]


def test_gaps_are_what_has_no_reply() -> None:
    said = Reply("x")
    assert list(batches.gaps([None, None, said, None, said, said, None])) == [(0, 2), (3, 1), (6, 1)]
    assert list(batches.gaps([])) == []


def test_batches_at_once_accept_a_telephone_once(bench: Bench) -> None:
    """Two workers, the same telephones, different batches."""
    accepted: list[bool] = []

    def work(batch: int) -> None:
        requests = [bench.request(phone, duplicate_check="DUPSYS") for phone in (phones(30) if batch % 2 else phones(30)[::-1])]
        accepted.extend(added(Batch(engine=bench.engine, requests=requests, ledger=bench.ledger(), zone=None).settle()))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(accepted) == 120
    assert sum(accepted) == 30
    assert sorted(bench.phones()) == phones(30)
