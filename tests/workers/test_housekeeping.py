"""What is old goes, what is not stays."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from db.engine import writing
from db.tables.own import leadmill_chunks, leadmill_jobs, leadmill_ledger
from tests.workers.conftest import Bench
from workers import housekeeping


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def test_old_answers_are_deleted_in_slices(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    bench.settle([bench.request("6025550001")], bench.ledger("new"))
    for n in range(5):
        bench.settle([bench.request(f"602555100{n}")], bench.ledger(f"old-{n}"))
    old = text(now - timedelta(days=3))
    with writing(bench.engine) as connection:
        connection.execute(update(leadmill_ledger).where(leadmill_ledger.c.batch_id.startswith("old-")).values(finished=old))
    monkeypatch.setattr(housekeeping, "SLICE", 2)
    assert housekeeping.clean_up(bench.engine, now)["leadmill_ledger"] == 5
    with bench.engine.connect() as connection:
        assert list(connection.scalars(select(leadmill_ledger.c.batch_id))) == ["new"]


def test_outcomes_of_old_imports_are_forgotten_and_their_counters_kept(bench: Bench) -> None:
    now = datetime.now(UTC)
    job = {"kind": "import", "user": "6666", "state": "done", "created": text(now)}
    chunk = {"number": 0, "first_line": 2, "rows": 1, "state": "done", "added": 1, "outcomes": b"x"}
    with writing(bench.engine) as connection:
        for job_id, expires in (("gone", now - timedelta(days=1)), ("here", now + timedelta(days=1))):
            connection.execute(insert(leadmill_jobs), {**job, "id": job_id, "results_expire": text(expires)})
            connection.execute(insert(leadmill_chunks), {**chunk, "job_id": job_id})
    try:
        assert housekeeping.clean_up(bench.engine, now)["outcomes"] == 1
        with bench.engine.connect() as connection:
            rows = connection.execute(select(leadmill_chunks.c.job_id, leadmill_chunks.c.outcomes, leadmill_chunks.c.added)).all()
        assert sorted(tuple(row) for row in rows) == [("gone", None, 1), ("here", b"x", 1)]
    finally:
        with writing(bench.engine) as connection:
            connection.execute(leadmill_jobs.delete())
            connection.execute(leadmill_chunks.delete())
