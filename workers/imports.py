"""The task that loads one chunk of an import."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from celery.exceptions import Reject
from sqlalchemy import Engine, select, update

from db.engine import Trouble, reading, trouble, writing
from db.tables.own import leadmill_chunks, leadmill_jobs, leadmill_ledger
from dialer.import_jobs import OPEN, TOO_MANY_ERRORS, ChunkState, JobState, all_ran, chunks, close_if_all_ran, end_at_errors, jobs, utc_text
from dialer.import_rows import import_rows
from protocol.chunks import UPDATE, Chunk, OutcomeRow, chunk_packed, chunk_unpacked
from protocol.figures import Figures
from protocol.import_codes import CODES, NOT_RUN, OUTCOME_UNKNOWN, REQUEST_FAILED
from protocol.messages import QueuedRequest, compressed
from workers.batches import AlreadyDone, Batch, StillUnderWay
from workers.deliveries import Suspect, delivery, is_redelivered
from workers.import_ledger import ChunkLedger, finish_chunk
from workers.import_outcomes import outcomes_of
from workers.import_trials import try_chunk
from workers.running import Running

log = structlog.get_logger(__name__)

ADDS, UPDATES = "add_lead", "import_lead"
"""The function that rows go through, and where duplicates are updated."""
WHOLE_CHUNK = 0
"""The position of a chunk whose rows are done together, and so can only be suspected together."""
PAUSE = 1.0
"""Seconds before the message of a chunk that could not be run goes back to the queue."""


def run_chunk(running: Running) -> Callable[..., None]:
    """The body of the task, for one worker process."""

    def leadmill_chunk(task: Any, message: Mapping[str, Any]) -> None:
        settings = running.settings
        chunk = chunk_unpacked(message)
        try:
            redelivered = is_redelivered(task)
            with running.places.taken(alone=redelivered), delivery(running.engine, chunk.task_id, redelivered=redelivered) as suspect:
                zone, keep_days = settings.zone, settings.results_kept
                ChunkLoad(running.engine, chunk, zone, running.transactional, keep_days, running.figures, suspect).run()
        except Exception as error:  # an outage, a conflict or another delivery that does not end: the message goes back to its queue
            log.exception("a chunk could not be run", task_id=chunk.task_id)
            time.sleep(PAUSE)
            raise Reject(error, requeue=True) from error

    return leadmill_chunk


class Standing(NamedTuple):
    """Where a chunk and its job are."""

    chunk: str
    job: str
    started: str | None
    paused: str | None
    problem: Mapping[str, Any] | None

    @property
    def ended(self) -> bool:
        """Whether the rows that are left shall not be loaded."""
        return self.job == JobState.CANCELLED or (self.problem or {}).get("code") == TOO_MANY_ERRORS


@dataclass(frozen=True, slots=True)
class ChunkLoad:
    """Loads one chunk, however often its message comes. `keep_days`: how long the outcomes of rows are kept after the job's end."""

    engine: Engine
    chunk: Chunk
    zone: ZoneInfo | None = None
    transactional: bool = True
    keep_days: int = 7
    figures: Figures = field(default_factory=Figures)
    suspect: Suspect | None = None

    def run(self) -> None:
        """Load the rows unless that was done or the job is paused or cancelled; end the job after its last chunk."""
        standing = self._standing()
        if standing is None:
            log.warning("a chunk of a job that is not known", task_id=self.chunk.task_id)
            return
        if standing.chunk in OPEN:
            if standing.paused:
                if self._park():
                    return
                standing = self._standing() or standing
            self._run(standing)
        if self.chunk.handling.max_errors:
            with writing(self.engine) as connection:
                end_at_errors(connection, self.chunk.job_id, self.chunk.handling.max_errors)
        with reading(self.engine) as connection:
            last = all_ran(connection, self.chunk.job_id)
        if last:
            with writing(self.engine) as connection:
                close_if_all_ran(connection, self.chunk.job_id, keep_days=self.keep_days)

    def _run(self, standing: Standing) -> None:
        try:
            self._skip() if standing.ended else self._load(first=standing.started is None)
        except AlreadyDone:
            log.info("another delivery has done this chunk", task_id=self.chunk.task_id)
        except Exception as error:
            if isinstance(error, StillUnderWay) or trouble(error) is not Trouble.OTHER:
                raise
            # Trying again would fail again, for ever: the job must come to its end.
            log.exception("a chunk cannot be done", task_id=self.chunk.task_id)
            self._give_up()

    def _standing(self) -> Standing | None:
        both = chunks.job_id == jobs.id
        mine = (jobs.id == self.chunk.job_id, chunks.number == self.chunk.number)
        query = select(chunks.state, jobs.state, jobs.started, jobs.paused, jobs.problem).where(both, *mine)
        with reading(self.engine) as connection:
            found = connection.execute(query).first()
        return Standing(*found) if found else None

    def _park(self) -> bool:
        """Keep the rows in the database until the job is resumed, so that the message need not wait; False if it is resumed by now."""
        with writing(self.engine) as connection:
            # Resuming looks for parked chunks in the transaction in which it changes this row.
            paused = connection.scalar(select(jobs.paused).where(jobs.id == self.chunk.job_id).with_for_update())
            if paused:
                mine = (chunks.job_id == self.chunk.job_id, chunks.number == self.chunk.number, chunks.state.in_(OPEN))
                values = {"state": ChunkState.PARKED, "payload": compressed(chunk_packed(self.chunk))}
                connection.execute(update(leadmill_chunks).where(*mine), values)
        return bool(paused)

    def _load(self, *, first: bool) -> None:
        if first:
            with writing(self.engine) as connection:
                mine = (jobs.id == self.chunk.job_id, jobs.started.is_(None))
                connection.execute(update(leadmill_jobs).where(*mine), {"started": utc_text()})
        if self.chunk.handling.dry_run:
            if self.suspect is not None:
                self.suspect.trying(WHOLE_CHUNK)
            try_chunk(self.engine, self.chunk, self.zone)
            return
        rows = import_rows(self.chunk)
        caller = self.chunk.caller
        function = UPDATES if self.chunk.handling.on_duplicate == UPDATE else ADDS
        requests = [
            QueuedRequest(function=function, caller=caller, parameters=parameters, raw=raw)
            for parameters, raw in zip(rows.parameters, rows.raw, strict=True)
        ]
        ledger = ChunkLedger(
            batch_id=self.chunk.task_id,
            transactional=self.transactional,
            chunk=self.chunk,
            size=len(requests),
            outcomes=lambda replies: outcomes_of(self.chunk, rows, replies),
        )
        work = Batch(
            engine=self.engine,
            requests=requests,
            ledger=ledger,
            zone=self.zone,
            logged=False,
            figures=self.figures,
            suspect=self.suspect,
        )
        replies = work.settle()
        if not ledger.finished:  # done in parts, or no row could be read
            with writing(self.engine) as connection:
                ledger.finish(connection, replies)

    def _skip(self) -> None:
        with writing(self.engine) as connection:
            finish_chunk(connection, self.chunk, self._all(NOT_RUN), ChunkState.SKIPPED)

    def _give_up(self) -> None:
        """No row can be told apart from the others: all have failed, or, where a part was stored, nobody knows."""
        begun = select(leadmill_ledger.c.first).where(leadmill_ledger.c.batch_id == self.chunk.task_id).limit(1)
        with writing(self.engine) as connection:
            code = REQUEST_FAILED if connection.execute(begun).first() is None else OUTCOME_UNKNOWN
            finish_chunk(connection, self.chunk, self._all(code), ChunkState.DONE)

    def _all(self, code: str) -> list[OutcomeRow]:
        """The same code for every row, but for those that could not be read."""
        of_rows = [self.chunk.faults.get(position, code) for position in range(len(self.chunk.rows))]
        rows = zip(of_rows, self.chunk.lines, self.chunk.rows, strict=True)
        return [(line, told, 0, CODES[told].says, "", cells) for told, line, cells in rows]
