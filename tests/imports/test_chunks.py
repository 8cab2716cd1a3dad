"""A chunk in the worker: its leads and its record are one, however often its message comes."""

from collections.abc import Sequence

import orjson
import pymysql
import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from db.engine import reading, writing
from db.tables.own import leadmill_chunks, leadmill_dead_letters, leadmill_ledger
from protocol.chunks import chunk_unpacked, outcomes_packed, outcomes_unpacked
from protocol.functions import Moment
from protocol.import_codes import CODES
from protocol.messages import QueuedRequest
from protocol.replies import Line, Reply, Result
from tasks import add_lead
from tests.databases import INNODB, MYISAM, SQLITE
from tests.imports.conftest import ImportingOf
from tests.imports.importing import Importing
from tests.imports.test_import import counted
from workers.batches import Steps, StillUnderWay
from workers.import_codes import CODE_OF
from workers.imports import ChunkLoad

FILE = "phone,comments\n" + "".join(f"{7275550000 + n},c{n}\n" for n in range(8))


@pytest.fixture(params=[SQLITE, INNODB, MYISAM])
def importing(request: pytest.FixtureRequest, importing_of: ImportingOf) -> Importing:
    return importing_of(request.param)


def sent(importing: Importing, file: str = FILE) -> tuple[str, ChunkLoad]:
    """A job of one chunk, and what loads it."""
    job_id: str = importing.post(file, list_id="101", duplicate_check="DUPLIST").json()["id"]
    ((_, message),) = importing.queue.messages
    return job_id, ChunkLoad(importing.wire.engine, chunk_unpacked(orjson.loads(message)))


def test_a_message_that_comes_again_changes_nothing(importing: Importing) -> None:
    job_id, chunk = sent(importing)
    chunk.run()
    first = importing.results(importing.job(job_id))
    chunk.run()
    assert importing.results(importing.job(job_id)) == first
    assert importing.job(job_id)["counters"] == counted(received=8, added=8)
    assert len(importing.phones()) == 8


def test_two_deliveries_at_the_same_moment_have_one_effect(importing_of: ImportingOf, monkeypatch: pytest.MonkeyPatch) -> None:
    importing = importing_of(INNODB)
    job_id, chunk = sent(importing)
    standing = ChunkLoad._standing
    runs: list[object] = []

    def late(load: ChunkLoad) -> object:
        """The other delivery does all its work between our look and our own."""
        found = standing(load)
        if not runs:
            runs.append(None)
            chunk.run()
        return found

    monkeypatch.setattr(ChunkLoad, "_standing", late)
    chunk.run()
    assert importing.job(job_id)["counters"] == counted(received=8, added=8)
    assert len(importing.phones()) == 8


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is stored together with the comment c5 fails, after it was stored."""
    answered = Steps.answered

    def fail(steps: Steps, requests: Sequence[QueuedRequest], at: Moment, connection: Connection) -> list[Reply]:
        replies = answered(steps, requests, at, connection)
        if any(request.parameters["comments"] == "c5" for request in requests):
            raise RuntimeError("poison")
        return replies

    monkeypatch.setattr(Steps, "answered", fail)


@pytest.mark.usefixtures("poison")
def test_a_poison_row_fails_alone(importing_anywhere: Importing) -> None:
    job_id, chunk = sent(importing_anywhere)
    chunk.run()
    job = importing_anywhere.job(job_id)
    assert (job["state"], job["counters"]) == ("done_with_refusals", counted(received=8, added=7, failed=1))
    rows = importing_anywhere.results(job)
    assert [row["code"] for row in rows] == ["added"] * 5 + ["request_failed"] + ["added"] * 2
    assert rows[5]["retryable"] is True
    assert rows[5]["row"] == {"phone": "7275550005", "comments": "c5"}
    with reading(importing_anywhere.wire.engine) as connection:
        assert list(connection.scalars(select(leadmill_dead_letters.c.batch_id))) == [chunk.chunk.task_id]
        assert len(connection.execute(select(leadmill_ledger)).all()) > 1
    chunk.run()
    assert importing_anywhere.job(job_id)["counters"] == job["counters"]


@pytest.mark.usefixtures("poison")
def test_a_split_chunk_that_was_cut_off_goes_on(importing_anywhere: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, chunk = sent(importing_anywhere)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("workers.imports.ChunkLedger.finish", cut_off)
        with pytest.raises(KeyboardInterrupt):
            chunk.run()
    assert importing_anywhere.job(job_id)["counters"] == counted(received=8, waiting=8)
    assert len(importing_anywhere.phones()) == 7
    chunk.run()
    assert importing_anywhere.job(job_id)["counters"] == counted(received=8, added=7, failed=1)
    assert len(importing_anywhere.phones()) == 7


def test_a_chunk_that_cannot_be_done_ends_all_the_same(importing_anywhere: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, chunk = sent(importing_anywhere)

    def fail(_chunk: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("workers.imports.import_rows", fail)
    chunk.run()
    job = importing_anywhere.job(job_id)
    assert (job["state"], job["counters"]) == ("done_with_refusals", counted(received=8, failed=8))
    assert {(row["code"], row["retryable"]) for row in importing_anywhere.results(job)} == {("request_failed", True)}


@pytest.mark.parametrize("trouble", [StillUnderWay("x"), OperationalError("x", {}, pymysql.err.OperationalError(2006, "gone"))])
def test_a_chunk_that_cannot_be_done_now_keeps_waiting(
    importing_of: ImportingOf, trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing = importing_of()
    job_id, chunk = sent(importing)

    def fail(_batch: object) -> None:
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr("workers.imports.Batch.settle", fail)
        with pytest.raises(type(trouble)):
            chunk.run()
    assert importing.job(job_id)["counters"] == counted(received=8, waiting=8)
    chunk.run()
    assert importing.job(job_id)["counters"] == counted(received=8, added=8)


def test_a_chunk_that_nobody_knows_is_left_alone(importing_anywhere: Importing) -> None:
    _, chunk = sent(importing_anywhere)
    with writing(importing_anywhere.wire.engine) as connection:
        connection.execute(leadmill_chunks.delete())
    chunk.run()
    assert importing_anywhere.phones() == []


def test_a_job_ends_when_the_last_chunk_has_run_in_whatever_order(importing_of: ImportingOf) -> None:
    importing = importing_of(import_chunk=2)
    job_id = importing.post(FILE, list_id="101").json()["id"]
    messages = [task_id for task_id, _ in importing.queue.messages]
    for task_id in (messages[3], messages[0], messages[2]):
        importing.run(task_id)
        assert importing.job(job_id)["state"] == "running"
        assert importing.job(job_id)["finished"] is None
    importing.run(messages[1])
    assert importing.job(job_id)["state"] == "done"
    assert [row["line"] for row in importing.results(importing.job(job_id))] == list(range(2, 10))


def test_every_error_line_of_add_lead_has_a_code() -> None:
    named = [value for value in vars(add_lead).values() if isinstance(value, Line)]
    grouped = [line for value in vars(add_lead).values() if isinstance(value, dict) for line in value.values() if isinstance(line, Line)]
    said = {line.reason for line in [*named, *grouped] if line.result is Result.ERROR and line is not add_lead.NO_PERMISSION}
    assert len(said) >= 16
    assert said <= set(CODE_OF)
    assert set(CODE_OF.values()) <= set(CODES)


def test_outcomes_come_back() -> None:
    row = (2, "added", 7, "SUCCESS: x", "", None)
    assert [tuple(found) for found in outcomes_unpacked(outcomes_packed([row]))] == [row]
