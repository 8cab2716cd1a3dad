"""Resets and deletes of whole lists: every lead once, whatever cuts them off, and true counts."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from db.engine import open_engine, writing
from db.rows import insert_rows
from db.tables.leads import vicidial_list
from db.tables.lists import vicidial_lists
from db.tables.own import leadmill_dead_letters, leadmill_deliveries, leadmill_sweeps
from db.tables.web_logs import vicidial_admin_log
from protocol.functions import Caller
from protocol.messages import LogContext, QueuedRequest
from protocol.replies import Reply
from tests.workers.conftest import Bench
from tests.workers.dying import DIED, MOST, delivered, die
from workers import sweeps
from workers.batches import Batch
from workers.deliveries import delivery
from workers.ledger import RequestLedger
from workers.sweeps import Pace, Sweeping, TurnOver

CALLER = Caller(user="6666", level=9, rights=frozenset({"delete_lists", "modify_leads"}))
LEADS, OTHERS, CALLED = 50, 20, 33
BATCH = "batch"


@pytest.fixture
def lists(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Two lists whose leads alternate at first; slices of seven leads."""
    monkeypatch.setattr(sweeps, "MOST", 7)
    monkeypatch.setattr(sweeps, "FEWEST", 7)
    with writing(bench.engine) as connection:
        for table in (vicidial_lists, leadmill_sweeps, vicidial_admin_log):
            connection.execute(delete(table))
        insert_rows(connection, vicidial_lists, [{"list_id": n, "campaign_id": "C", "daily_reset_limit": 1} for n in (101, 102)])
        list_ids = [101 + (n % 2 if n < 2 * OTHERS else 0) for n in range(LEADS + OTHERS)]
        insert_rows(connection, vicidial_list, [{"list_id": n, "phone_number": "1", "called_since_last_reset": "N"} for n in list_ids])
        mine = select(vicidial_list.c.lead_id).where(vicidial_list.c.list_id == 101).order_by(vicidial_list.c.lead_id).limit(CALLED)
        called = list(connection.scalars(mine))
        connection.execute(update(vicidial_list).where(vicidial_list.c.lead_id.in_(called)).values(called_since_last_reset="Y"))
    return bench


def request(**parameters: str) -> QueuedRequest:
    log = LogContext(user="6666", function="update_list", source="test", client_ip="127.0.0.1")
    return QueuedRequest(function="update_list", caller=CALLER, parameters={"list_id": "101", **parameters}, log=log)


def sweeping(bench: Bench, turn: float = 60) -> Sweeping:
    return Sweeping(engine=bench.engine, batch_id=BATCH, transactional=bench.transactional, zone=None, turn=turn)


def deliver(bench: Bench, requests: list[QueuedRequest], turn: float = 60) -> list[Reply]:
    """What a worker does with a message."""
    return sweeping(bench, turn).completed(requests, bench.settle(requests, bench.ledger(BATCH)))


def leads_of(bench: Bench, list_id: int, *conditions: Any) -> int:
    with bench.engine.connect() as connection:
        wanted = select(func.count()).select_from(vicidial_list).where(vicidial_list.c.list_id == list_id, *conditions)
        return connection.execute(wanted).scalar_one()


def notes(bench: Bench) -> list[str]:
    with bench.engine.connect() as connection:
        return list(connection.scalars(select(vicidial_admin_log.c.event_notes).order_by(vicidial_admin_log.c.admin_log_id)))


BOTH = (
    "NOTICE: update_list LEADS IN LIST HAVE BEEN RESET - 6666|101|33\nNOTICE: update_list LEADS IN LIST HAVE BEEN DELETED - 6666|101|50\n"
)


def test_leads_of_the_list_alone_are_reset_and_then_deleted(lists: Bench) -> None:
    (reply,) = deliver(lists, [request(reset_list="Y", delete_leads="Y")])
    assert reply.text == "NOTICE: update_list NO UPDATES DEFINED: |6666|\n" + BOTH
    assert (leads_of(lists, 101), leads_of(lists, 102)) == (0, OTHERS)
    assert [note.split(",")[0] for note in notes(lists)] == [f"{CALLED} leads reset", f"list: 101|{LEADS} leads"]


def test_a_sweep_that_has_had_its_turn_goes_on_at_the_next_delivery(lists: Bench) -> None:
    asked, turns, reply = [request(reset_list="Y", delete_leads="Y")], 0, None
    while reply is None:
        try:
            (reply,) = deliver(lists, asked, turn=0)
        except TurnOver:
            turns += 1
    assert turns > LEADS // 7
    assert reply.text.endswith(BOTH)
    assert notes(lists)[0] == f"{CALLED} leads reset, list resets today: 1"
    assert deliver(lists, asked)[0].text == reply.text
    assert len(notes(lists)) == 2


def test_leads_added_meanwhile_stay(lists: Bench) -> None:
    asked = [request(delete_leads="Y")]
    with pytest.raises(TurnOver):
        deliver(lists, asked, turn=0)
    with writing(lists.engine) as connection:
        insert_rows(connection, vicidial_list, [{"list_id": 101, "phone_number": "new"}])
    (reply,) = deliver(lists, asked)
    assert reply.text.endswith("|101|50\n")
    assert leads_of(lists, 101) == 1


def test_two_deliveries_at_once_count_every_lead_once(lists: Bench) -> None:
    asked = [request(reset_list="Y", delete_leads="Y")]
    with pytest.raises(TurnOver):
        deliver(lists, asked, turn=0)
    said: list[str] = []
    both = [threading.Thread(target=lambda: said.append(deliver(lists, asked)[0].text)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert said[0] == said[1] == "NOTICE: update_list NO UPDATES DEFINED: |6666|\n" + BOTH
    assert notes(lists)[0] == f"{CALLED} leads reset, list resets today: 1"
    assert len(notes(lists)) == 2


def test_slices_are_smaller_while_the_database_is_slow() -> None:
    pace = Pace()
    assert (pace.leads, pace.rest(0.04), pace.leads) == (500, 0.12, 250)
    assert (pace.rest(10.0), pace.leads) == (1.0, 100)
    assert [(pace.rest(0.001), pace.leads)[1] for _ in range(3)] == [200, 400, 500]


def test_the_daily_limit_holds_within_a_batch(lists: Bench) -> None:
    first, second = deliver(lists, [request(reset_list="Y"), request(reset_list="Y")])
    assert first.text.endswith("HAVE BEEN RESET - 6666|101|33\n")
    assert second.text.endswith("LIST RESET FAILED, daily reset limit reached: 1 / 1 - 6666|101\n")


def test_a_slice_that_is_cut_off_after_its_change_is_counted_once(lists: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [request(delete_leads="Y")]
    change = cut_off_after_change(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        deliver(lists, asked)
    monkeypatch.setattr(sweeps, "_change", change)
    (reply,) = deliver(lists, asked)
    assert reply.text.endswith("|101|50\n")


def cut_off_after_change(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The worker dies when the third slice has changed its leads and not yet noted it."""
    change: Callable[..., int] = sweeps._change
    changed: list[int] = []

    def cut_off(*arguments: Any) -> int:
        changed.append(change(*arguments))
        if len(changed) == 3:
            raise KeyboardInterrupt
        return changed[-1]

    monkeypatch.setattr(sweeps, "_change", cut_off)
    return change


def test_a_sweep_that_cannot_be_done_is_answered_and_kept(lists: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> int:
        raise ValueError

    monkeypatch.setattr(sweeps, "_change", broken)
    (reply,) = deliver(lists, [request(reset_list="Y")])
    assert "ERROR: update_list OUTCOME UNKNOWN AFTER AN INTERRUPTION, CHECK BEFORE SENDING AGAIN - batch-0|6666" in reply.text
    assert leads_of(lists, 101, vicidial_list.c.called_since_last_reset == "Y") == CALLED


def test_a_slice_that_ends_the_worker_each_time_is_buried(lists: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fourth slice of the first of two sweeps does; what was swept before stays, the second sweep is done."""
    change: Callable[..., int] = sweeps._change
    with lists.engine.connect() as connection:
        ids = list(connection.scalars(select(vicidial_list.c.lead_id).order_by(vicidial_list.c.lead_id)))
    fatal = range(ids[25], ids[25] + 7)
    monkeypatch.setattr(
        sweeps, "_change", lambda row, through, c: die() if row["state"] == "delete" and through in fatal else change(row, through, c)
    )
    asked = [request(delete_leads="Y"), request(list_id="102", reset_list="Y")]
    url = lists.engine.url.render_as_string(hide_password=False)

    def work(redelivered: bool) -> list[str]:
        engine = open_engine(url)
        ledger = RequestLedger(batch_id=BATCH, transactional=lists.transactional, redelivered=redelivered)
        with delivery(engine, BATCH, redelivered=redelivered) as suspect:
            replies = Batch(engine=engine, requests=asked, ledger=ledger, zone=None, suspect=suspect).settle()
            swept = replace(sweeping(lists), engine=engine, suspect=suspect).completed(asked, replies)
            return [reply.text for reply in swept]

    codes, (first, second) = delivered(work)
    assert codes == [DIED] * MOST + [0]
    assert "ERROR: update_list OUTCOME UNKNOWN AFTER AN INTERRUPTION, CHECK BEFORE SENDING AGAIN - batch-0|6666" in first
    assert second.endswith(f"LEADS IN LIST HAVE BEEN RESET - 6666|102|{min(OTHERS, 0)}\n")
    assert 0 < leads_of(lists, 101) < LEADS
    with lists.engine.connect() as connection:
        (letter,) = connection.execute(select(leadmill_dead_letters)).mappings()
        assert connection.execute(select(leadmill_deliveries)).all() == []
    assert (letter["position"], letter["error"].partition(":")[0]) == (0, "WorkerDied")


def test_a_sweep_whose_worker_is_ended_by_others_is_done(lists: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every delivery but the last is killed after a slice: each gets on, so none is to blame."""
    change: Callable[..., int] = sweeps._change
    changed: list[int] = []
    monkeypatch.setattr(sweeps, "_change", lambda *row: die() if changed else changed.append(change(*row)) or changed[-1])
    asked = [request(delete_leads="Y")]
    lists.settle(asked, lists.ledger(BATCH))
    url = lists.engine.url.render_as_string(hide_password=False)

    def work(redelivered: bool) -> str:
        changed.clear()
        engine = open_engine(url)
        ledger = RequestLedger(batch_id=BATCH, transactional=lists.transactional)
        with delivery(engine, BATCH, redelivered=redelivered) as suspect:
            replies = Batch(engine=engine, requests=asked, ledger=ledger, zone=None, suspect=suspect).settle()
            return replace(sweeping(lists), engine=engine, suspect=suspect).completed(asked, replies)[0].text

    codes, said = delivered(work)
    assert codes[-1] == 0
    assert len(codes) > MOST
    assert said.endswith(f"HAVE BEEN DELETED - 6666|101|{LEADS}\n")
    assert lists.count(leadmill_dead_letters) == 0


def test_a_message_that_comes_again_unmarked_is_known(lists: Bench) -> None:
    """The API may have sent it twice without knowing, when a connection broke."""
    asked = [request(reset_list="Y")]
    first = deliver(lists, asked)
    unmarked = RequestLedger(batch_id=BATCH, transactional=lists.transactional, redelivered=False)
    second = sweeping(lists).completed(asked, lists.settle(asked, unmarked))
    assert [r.text for r in second] == [r.text for r in first]
    assert len(notes(lists)) == 1
    assert lists.count(leadmill_dead_letters) == 0
