"""A request that ends the worker's process is found and buried after a bounded number of deliveries; all others are done."""

from typing import Any

import pytest
from sqlalchemy import delete, select

from db.engine import open_engine, writing
from db.tables.own import leadmill_dead_letters, leadmill_deliveries
from tests.workers.conftest import Bench
from tests.workers.dying import DIED, MOST, delivered, die
from tests.workers.test_batches import POISON, added, phones
from workers import batches
from workers.batches import Batch
from workers.deliveries import Suspect, delivery
from workers.ledger import RequestLedger

BATCH = "dying"


@pytest.fixture(autouse=True)
def nothing_noted(bench: Bench) -> None:
    with writing(bench.engine) as connection:
        connection.execute(delete(leadmill_deliveries))


def dies_of_poison(monkeypatch: pytest.MonkeyPatch) -> None:
    write = batches.write_api_log

    def fatal(connection: Any, rows: Any, at: Any) -> None:
        rows = list(rows)
        if any(entry.data.startswith(POISON) for _, entries in rows for entry in entries if entry.result == "SUCCESS"):
            die()
        write(connection, rows, at)

    monkeypatch.setattr(batches, "write_api_log", fatal)


def test_a_request_that_kills_the_worker_is_buried(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    dies_of_poison(monkeypatch)
    numbers = phones(5)
    numbers[2] = POISON
    requests = [bench.request(phone) for phone in numbers]
    url = bench.engine.url.render_as_string(hide_password=False)

    def work(redelivered: bool) -> list[str]:
        engine = open_engine(url)
        ledger = RequestLedger(batch_id=BATCH, transactional=bench.transactional, redelivered=redelivered)
        with delivery(engine, BATCH, redelivered=redelivered) as suspect:
            return [r.text for r in Batch(engine=engine, requests=requests, ledger=ledger, zone=None, suspect=suspect).settle()]

    codes, replies = delivered(work)
    assert codes == [DIED] * MOST + [0]
    says = "REQUEST COULD NOT BE DONE, NOTHING WAS CHANGED" if bench.transactional else "OUTCOME UNKNOWN AFTER AN INTERRUPTION"
    assert replies[2].startswith(f"ERROR: add_lead {says}")
    assert [text.startswith("SUCCESS: ") for text in replies] == [True, True, False, True, True]
    assert [phone for phone in bench.phones() if phone != POISON] == [phone for n, phone in enumerate(phones(5)) if n != 2]
    with bench.engine.connect() as connection:
        (letter,) = connection.execute(select(leadmill_dead_letters)).mappings()
        assert connection.execute(select(leadmill_deliveries)).all() == []
    assert (letter["position"], letter["error"].partition(":")[0]) == (2, "WorkerDied")


def test_a_delivery_that_ends_is_not_held_against_the_message(bench: Bench) -> None:
    def fails() -> None:
        with delivery(bench.engine, "often", redelivered=True) as suspect:
            raise ValueError(suspect)

    for _ in range(2 * MOST):
        with pytest.raises(ValueError, match="None"):
            fails()
    assert bench.count(leadmill_deliveries) == 0


def test_who_is_suspected_and_innocent_is_done_once(bench: Bench) -> None:
    """Workers killed by something else: every request is done, one by one, and none is buried."""
    requests = [bench.request(phone) for phone in phones(4)]
    bench.settle(requests[:1], bench.ledger("innocent"))
    suspect = Suspect(engine=bench.engine, batch_id="innocent")
    replies = Batch(engine=bench.engine, requests=requests, ledger=bench.ledger("innocent"), zone=None, suspect=suspect).settle()
    assert added(replies) == [True] * 4
    assert bench.phones() == phones(4)
    assert bench.count(leadmill_dead_letters) == 0
