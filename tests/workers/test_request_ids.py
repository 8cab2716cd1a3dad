"""A request that is sent again under its request id is done once and answered alike, whatever happens in between."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, update

from db.engine import writing
from db.tables.leads import vicidial_list
from db.tables.own import leadmill_dead_letters, leadmill_request_ids, leadmill_sweeps
from db.tables.web_logs import vicidial_api_log
from protocol.functions import Caller
from protocol.messages import QueuedRequest, replies_packed
from tests.workers.conftest import Bench
from tests.workers.test_batches import POISON, Crash, added, phones, poison
from workers.housekeeping import clean_up
from workers.ledger import RequestLedger


def named(request: QueuedRequest, request_id: str) -> QueuedRequest:
    return replace(request, request_id=request_id)


def test_the_first_reply_comes_again_and_nothing_is_done_twice(bench: Bench) -> None:
    requests = [named(bench.request(phone), f"id-{phone}") for phone in phones(4)]
    first = bench.settle(requests)
    plain = bench.request("6025551111")
    again = bench.settle([*requests[2:], plain, *requests[:2]])
    assert [r.text for r in again[:2] + again[3:]] == [r.text for r in first[2:] + first[:2]]
    assert [r.lead_id for r in again[:2]] == [r.lead_id for r in first[2:]]
    assert added(again) == [True] * 5
    assert bench.phones() == [*phones(4), "6025551111"]
    assert bench.count(vicidial_api_log) == 5


def test_within_one_batch_too(bench: Bench) -> None:
    request = named(bench.request("6025550001", duplicate_check="DUPSYS"), "one")
    other = bench.request("6025550001", duplicate_check="DUPSYS")
    first, refused, again = bench.settle([request, other, request])
    assert added([first, refused, again]) == [True, False, True]
    assert again.text == first.text
    assert bench.count(vicidial_api_log) == 2


def test_a_refusal_comes_again_as_well(bench: Bench) -> None:
    bench.settle([bench.request("6025550001")])
    request = named(bench.request("6025550001", duplicate_check="DUPSYS"), "one")
    (refused,) = bench.settle([request])
    with writing(bench.engine) as connection:
        connection.execute(vicidial_list.delete())
    assert bench.settle([request])[0].text == refused.text
    assert bench.phones() == []


def test_another_request_under_the_same_id_is_refused(bench: Bench) -> None:
    bench.settle([named(bench.request("6025550001"), "one")])
    together = [
        named(bench.request("6025550002"), "one"),
        named(bench.request("6025550003"), "two"),
        named(bench.request("6025550004"), "two"),
    ]
    wrong, new, wrong_too = bench.settle(together)
    assert wrong.text == "ERROR: add_lead REQUEST ID WAS USED FOR ANOTHER REQUEST - one|6666\n"
    assert wrong_too.text == "ERROR: add_lead REQUEST ID WAS USED FOR ANOTHER REQUEST - two|6666\n"
    assert added([new]) == [True]
    assert bench.phones() == ["6025550001", "6025550003"]


def test_ids_are_each_callers_own_and_exact(bench: Bench) -> None:
    mine = named(bench.request("6025550001"), "one")
    asked = [
        mine,
        replace(mine, caller=Caller(user="6667", level=9)),
        named(mine, "ONE"),
        replace(mine, parameters={**mine.parameters, "async": "Y"}),
    ]
    replies = [bench.settle([request])[0] for request in asked]
    assert len({r.lead_id for r in replies}) == 3
    assert replies[3].text == replies[0].text


def test_batches_at_once_do_each_id_once(bench: Bench) -> None:
    requests = [named(bench.request(phone), f"id-{phone}") for phone in phones(30)]
    told: list[dict[str, str]] = []

    def work(worker: int) -> None:
        order = requests if worker % 2 else requests[::-1]
        told.append({q.request_id: r.text for q, r in zip(order, bench.settle(order), strict=True)})

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(told) == 4
    assert sorted(bench.phones()) == phones(30)
    for request in requests:
        said = {replies[request.request_id] for replies in told} - queued_notices(told)
        assert len(said) == 1, said
    if bench.transactional:
        assert not queued_notices(told)


def queued_notices(told: list[dict[str, str]]) -> set[str]:
    return {text for replies in told for text in replies.values() if text.startswith("NOTICE: add_lead QUEUED - ")}


def test_sent_again_after_the_first_was_cut_off(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker dies with the leads stored; the caller comes again before the message does."""

    def die(*_: object) -> None:
        raise Crash

    requests = [named(bench.request(phone), f"id-{phone}") for phone in phones(3)]
    with monkeypatch.context() as patched:
        patched.setattr(RequestLedger, "record", die)
        with pytest.raises(Crash):
            bench.settle(requests, bench.ledger("cut"))
    between = bench.settle(requests)
    if bench.transactional:
        assert added(between) == [True] * 3
    else:
        assert [r.text for r in between] == [f"NOTICE: add_lead QUEUED - cut-{n}|6666\n" for n in range(3)]
    delivered = bench.settle(requests, bench.ledger("cut"))
    assert added(delivered) == [True] * 3
    assert [r.text for r in bench.settle(requests)] == [r.text for r in delivered]
    assert bench.phones() == phones(3)


def test_what_could_not_be_done_is_not_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the operator who mends a dead letter and the caller who comes again would both have it done."""
    requests = [named(bench.request(phone), f"id-{phone}") for phone in ("6025550001", POISON, "6025550002")]
    with monkeypatch.context() as patched:
        poison(patched)
        first = bench.settle(requests)
    again = bench.settle(requests)
    assert [r.text for r in again] == [r.text for r in first]
    assert again[1].text.startswith("ERROR: add_lead ")
    assert bench.count(leadmill_dead_letters) == 1
    assert len([phone for phone in bench.phones() if phone != POISON]) == 2


def test_they_cost_two_statements_a_batch_and_nothing_where_none_is_sent(bench: Bench) -> None:
    def statements(requests: list[QueuedRequest]) -> int:
        ran: list[str] = []
        note = lambda *values: ran.append(values[2])  # noqa: E731
        event.listen(bench.engine, "before_cursor_execute", note)
        bench.settle(requests, RequestLedger(batch_id=f"{len(requests)}-{requests[0].request_id}", redelivered=False))
        event.remove(bench.engine, "before_cursor_execute", note)
        return sum(leadmill_request_ids.name in statement for statement in ran)

    for count in (1, 40):
        assert statements([bench.request(phone) for phone in phones(count)]) == 0
        assert statements([named(bench.request(phone), f"{count}-{phone}") for phone in phones(count)]) == 2


def test_ids_are_kept_for_a_day(bench: Bench) -> None:
    request = named(bench.request("6025550001"), "one")
    now = datetime.now(UTC)
    bench.settle([request])
    assert clean_up(bench.engine, now + timedelta(hours=23))["leadmill_request_ids"] == 0
    assert clean_up(bench.engine, now + timedelta(hours=25))["leadmill_request_ids"] == 1
    bench.settle([request])
    assert bench.phones() == ["6025550001"] * 2


def test_a_sweep_that_goes_on_is_not_begun_again(bench: Bench) -> None:
    request = named(bench.request("6025550001"), "one")
    (first,) = bench.settle([request], bench.ledger("swept"))
    sweep = {"batch_id": "swept", "position": 0, "list_id": 101, "until": 1, "deletes": 0, "claimed": {}, "state": "reset"}
    whole = replace(first, text=first.text + "NOTICE: and the rest\n")
    with writing(bench.engine) as connection:
        row = {**sweep, "through": 0, "reset": 0, "deleted": 0, "started": "2026-10-05 10:00:00"}
        connection.execute(leadmill_sweeps.insert(), row)
    try:
        assert bench.settle([request])[0].text == "NOTICE: add_lead QUEUED - swept-0|6666\n"
        with writing(bench.engine) as connection:
            connection.execute(update(leadmill_sweeps).values(state="done", reply=replies_packed([whole])))
        assert bench.settle([request])[0].text == whole.text
    finally:
        with writing(bench.engine) as connection:
            connection.execute(leadmill_sweeps.delete())
