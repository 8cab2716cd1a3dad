"""Chunks that end the worker each time they are tried: the job comes to its end, tells of it, and goes round no more."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from tasks import WRITES, add_lead
from tests.imports.conftest import ImportingOf
from tests.imports.importing import SIGNED_IN, Importing
from tests.workers.dying import DIED, MOST, delivered, die
from workers import imports, turns
from workers.imports import run_chunk
from workers.turns import run_turns

FILE = "phone\n7275550001\n7275550002\n"
OTHER = {"function": "add_lead", "list_id": 101, "source": "crm"}


@pytest.fixture
def importing(importing_of: ImportingOf) -> Importing:
    return importing_of(batch_limit=3)


def taken(importing: Importing, *, turn: bool) -> list[int]:
    """How each delivery of the message that waits ended; each in a process of its own, as a worker takes it."""
    if turn:
        job, number = importing.queue.turns.pop(0)
        body, message = run_turns(importing.running), {"job": job, "turn": number}
    else:
        body, message = run_chunk(importing.running), orjson.loads(importing.queue.messages.pop(0)[1])

    def work(redelivered: bool) -> None:
        importing.running.engine.dispose(close=False)
        info = {"redelivered": redelivered, "routing_key": "imports"}
        task = SimpleNamespace(request=SimpleNamespace(id="message", delivery_info=info), apply_async=lambda *_, **__: None)
        body(task, message)

    return delivered(work)[0]


def test_a_request_of_a_job(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = add_lead.FUNCTION.store
    fatal: Any = lambda decisions, *more: die() if "fatal" in str(decisions) else stored(decisions, *more)  # noqa: E731
    monkeypatch.setitem(WRITES, "add_lead", replace(add_lead.FUNCTION, store=fatal))
    sent = [{**OTHER, "phone_number": 7275550000 + n, "vendor_lead_code": "fatal" if n == 1 else "x"} for n in range(3)]
    job = importing.wire.request("POST", "/v1/requests", content=orjson.dumps(sent), auth=SIGNED_IN).json()
    assert taken(importing, turn=True) == [DIED] * MOST + [0]
    path = f"/v1/requests/{job['id']}"
    told = [orjson.loads(line) for line in importing.wire.request("GET", f"{path}/results", auth=SIGNED_IN).text.splitlines()]
    assert [row["code"] for row in told] == ["done", "request_failed", "done"]
    assert importing.wire.request("GET", path, auth=SIGNED_IN).json()["state"] == "done_with_refusals"


def test_a_chunk_of_an_undo(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    job = importing.loaded(FILE, list_id="101")
    undo = importing.steer(job, "undo").json()
    monkeypatch.setattr(turns, "undo_chunk", die)
    assert taken(importing, turn=True) == [DIED] * MOST + [0]
    assert importing.job(undo["id"])["state"] == "done_with_refusals"
    assert {row["code"] for row in importing.results(undo)} == {"outcome_unknown"}
    assert len(importing.phones()) == 2


def test_a_chunk_of_a_dry_run(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "try_chunk", die)
    job = importing.post(FILE, list_id="101", dry_run="true").json()
    assert taken(importing, turn=False) == [DIED] * MOST + [0]
    assert importing.job(job["id"])["state"] == "done_with_refusals"
    assert {row["code"] for row in importing.results(job)} == {"request_failed"}
