"""What becomes old and is deleted: names that were locked, answers in the ledger, settled dead letters, outcomes of imports,
request ids and idempotency keys.

The workers of the maintenance queue do it from a thread, a few thousand rows a statement.
"""

import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Engine, Table, and_, delete, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import ColumnElement

from db.engine import writing
from db.tables.own import (
    leadmill_chunks,
    leadmill_dead_letters,
    leadmill_deliveries,
    leadmill_idempotency_keys,
    leadmill_jobs,
    leadmill_ledger,
    leadmill_locks,
    leadmill_request_ids,
    leadmill_sweeps,
    leadmill_tried_leads,
)
from dialer.dead_letters import LetterState

EVERY = 600.0
"""Seconds between two rounds."""
LOCKS_EVERY = 2.0
"""Seconds between two looks for names that were locked: an import leaves ten thousand a second behind."""
SLICE = 2000
ANSWERS_KEPT = timedelta(days=2)
"""Far longer than any message can be delivered again."""
LETTERS_KEPT = timedelta(days=30)
"""Of dead letters that were retried or dropped: they hold personal data."""
KEYS_KEPT = timedelta(days=7)
TRIED_KEPT = timedelta(days=7)
"""Longer than a dry run takes to its end."""
REQUEST_IDS_KEPT = timedelta(days=1)
"""Shorter than the answers, which a request sent again is answered from."""

log = structlog.get_logger(__name__)


def start_housekeeping(engine: Engine) -> None:
    """Clean up now and then from a thread, until the process ends."""
    threading.Thread(target=_keep_house, args=(engine,), name="housekeeping", daemon=True).start()


def clean_up(engine: Engine, now: datetime) -> dict[str, int]:
    """Delete what is old at `now` (universal time); rows by table."""
    done: dict[str, int] = {}
    for table, old in _old_rows(now):
        done[table.name] = _delete(engine, table, old)
    done["outcomes"] = _forget_outcomes(engine, now)
    return done


def forget_locks(engine: Engine) -> int:
    """Delete the names that batches have locked (dialer/locks.py); one that is held is waited for.

    All at once: slice by slice, each would read again what those before have deleted and InnoDB has not purged yet.
    """
    if engine.dialect.name == "sqlite":
        return 0
    with writing(engine) as connection:
        return connection.execute(delete(leadmill_locks)).rowcount


def _keep_house(engine: Engine) -> None:
    pause, due = threading.Event(), _next_round()
    while not pause.wait(LOCKS_EVERY):
        try:
            forget_locks(engine)
            if time.monotonic() > due:
                due = _next_round()
                log.info("cleaned up", **clean_up(engine, datetime.now(UTC)))
        except SQLAlchemyError as error:
            log.warning("cleaning up failed", error=type(error).__name__)


def _next_round() -> float:
    return time.monotonic() + EVERY * random.uniform(0.8, 1.2)  # several workers, not all at once


def _old_rows(now: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    yield leadmill_ledger, leadmill_ledger.c.finished < _text(now - ANSWERS_KEPT)
    yield leadmill_sweeps, leadmill_sweeps.c.finished < _text(now - ANSWERS_KEPT)
    yield leadmill_deliveries, leadmill_deliveries.c.noted < _text(now - ANSWERS_KEPT)
    yield leadmill_request_ids, leadmill_request_ids.c.created < _text(now - REQUEST_IDS_KEPT)
    yield leadmill_tried_leads, leadmill_tried_leads.c.created < _text(now - TRIED_KEPT)
    settled = leadmill_dead_letters.c.state != LetterState.WAITING
    yield leadmill_dead_letters, and_(settled, leadmill_dead_letters.c.failed < _text(now - LETTERS_KEPT))
    yield leadmill_idempotency_keys, leadmill_idempotency_keys.c.created < _text(now - KEYS_KEPT)


def _delete(engine: Engine, table: Table, old: ColumnElement[bool]) -> int:
    """Slice by slice, so that no statement holds locks for long."""
    key, total = list(table.primary_key.columns), 0
    while True:
        with writing(engine) as connection:
            rows = connection.execute(select(*key).where(old).limit(SLICE)).all()
            if rows:
                connection.execute(delete(table).where(tuple_(*key).in_([tuple(row) for row in rows])))
        total += len(rows)
        if len(rows) < SLICE:
            return total


def _forget_outcomes(engine: Engine, now: datetime) -> int:
    """Empty the per-row outcomes of imports that ended long ago; their counters stay for ever."""
    jobs, chunks, total = leadmill_jobs.c, leadmill_chunks.c, 0
    with writing(engine) as connection:
        later = leadmill_jobs.alias()  # tries the failed rows again, or undoes: it reads them
        needed = select(later.c.id).where(later.c.source == jobs.id, later.c.finished.is_(None)).exists()
        old = list(connection.scalars(select(jobs.id).where(jobs.results_expire < _text(now), ~needed)))
    for job_id in old:
        with writing(engine) as connection:
            mine = (chunks.job_id == job_id, chunks.outcomes.is_not(None))
            total += connection.execute(update(leadmill_chunks).where(*mine).values(outcomes=None)).rowcount
            connection.execute(update(leadmill_jobs).where(jobs.id == job_id).values(results_expire=None))
    return total


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
