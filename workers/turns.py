"""The task that runs the parked chunks of a job: one a message, in their order, so that other jobs have their turns between them.

A message says which turn of the job it is for. One that is late, or comes twice, finds the turn over and does nothing.
See docs/decisions/0009.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from celery.exceptions import Reject
from sqlalchemy import exists, select, update

from db.engine import Trouble, reading, trouble, writing
from db.tables.own import leadmill_jobs
from dialer.import_jobs import ChunkState, JobState, Kind, chunks, close_if_all_ran, jobs, utc_text
from protocol.import_codes import CODES, OUTCOME_UNKNOWN
from protocol.messages import turn_message
from workers.batches import AlreadyDone, StillUnderWay
from workers.deliveries import Suspect, delivery, is_redelivered
from workers.import_ledger import finish_chunk
from workers.imports import PAUSE, WHOLE_CHUNK, ChunkLoad
from workers.parked import Parked, parked_import
from workers.request_jobs import run_requests_chunk
from workers.running import Running
from workers.sweeps import TurnOver
from workers.undoing import undo_chunk

log = structlog.get_logger(__name__)


def run_turns(running: Running) -> Callable[..., None]:
    """The body of the task, for one worker process."""

    def leadmill_turn(task: Any, message: Mapping[str, Any]) -> None:
        job_id, number = message["job"], message["turn"]
        try:
            redelivered = is_redelivered(task)
            with running.places.taken(alone=redelivered), delivery(running.engine, task.request.id, redelivered=redelivered) as suspect:
                following = Turn(running, job_id, number, suspect).run()
        except Exception as error:  # as with the chunk of a message: it goes back to its queue
            if not isinstance(error, TurnOver):
                log.exception("a turn could not be run", job_id=job_id)
                time.sleep(PAUSE)
            raise Reject(error, requeue=True) from error
        if following:
            task_id, argument = turn_message(job_id, following)
            # To the end of the queue. Should it be lost, api/waking.py sends it again.
            task.apply_async((argument,), task_id=task_id, queue=task.request.delivery_info["routing_key"])

    return leadmill_turn


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a job."""

    running: Running
    job_id: str
    number: int
    suspect: Suspect | None = None

    def run(self) -> int:
        """Run the next parked chunk; the number of the turn to follow, 0 if there is none."""
        parked = self._next()
        if parked is None:
            self._rest()
            return 0
        self._begin()
        try:
            self._run(parked)
        except AlreadyDone:
            log.info("another delivery has done this chunk", task_id=parked.task_id)
        except Exception as error:
            if isinstance(error, StillUnderWay | TurnOver) or trouble(error) is not Trouble.OTHER:
                raise
            # Trying again would fail again, for ever: the job must come to its end.
            log.exception("a chunk cannot be done", task_id=parked.task_id)
            self._give_up(parked)
        with writing(self.running.engine) as connection:
            close_if_all_ran(connection, self.job_id, keep_days=self.running.settings.results_kept)
        return self._following()

    def _next(self) -> Parked | None:
        """The first parked chunk; None if there is none, the job is paused, or the turn is over."""
        wanted = (jobs.id == self.job_id, jobs.turn == self.number, jobs.paused.is_(None), chunks.state == ChunkState.PARKED)
        of_chunk = (chunks.number, chunks.first_line, chunks.rows, chunks.payload, chunks.stored)
        query = select(leadmill_jobs, *of_chunk).where(chunks.job_id == jobs.id, *wanted)
        with reading(self.running.engine) as connection:
            found = connection.execute(query.order_by(chunks.number).limit(1)).mappings().first()
        return Parked(found) if found else None

    def _begin(self) -> None:
        with writing(self.running.engine) as connection:
            unstarted = update(leadmill_jobs).where(jobs.id == self.job_id, jobs.started.is_(None), jobs.state == JobState.QUEUED)
            connection.execute(unstarted, {"started": utc_text()})

    def _run(self, parked: Parked) -> None:
        running = self.running
        if parked.kind is Kind.UNDO:
            if self.suspect is not None:
                self.suspect.trying(WHOLE_CHUNK)
            undo_chunk(running.engine, parked, transactional=running.transactional)
        elif parked.kind is Kind.REQUESTS:
            run_requests_chunk(running, parked, self.suspect)
        else:
            chunk, zone, keep_days = parked_import(running.engine, parked), running.settings.zone, running.settings.results_kept
            ChunkLoad(running.engine, chunk, zone, running.transactional, keep_days, running.figures, self.suspect).run()

    def _give_up(self, parked: Parked) -> None:
        outcomes = [(line, OUTCOME_UNKNOWN, 0, CODES[OUTCOME_UNKNOWN].says, "", ()) for line in parked.lines]
        with suppress(AlreadyDone), writing(self.running.engine) as connection:
            finish_chunk(connection, parked, outcomes, ChunkState.DONE)

    def _rest(self) -> None:
        mine = (jobs.id == self.job_id, jobs.turn == self.number, jobs.paused.is_(None))
        with writing(self.running.engine) as connection:
            left = exists().where(chunks.job_id == self.job_id, chunks.state == ChunkState.PARKED)
            connection.execute(update(leadmill_jobs).where(*mine, ~left), {"woken": None})

    def _following(self) -> int:
        mine = (jobs.id == self.job_id, jobs.turn == self.number, jobs.paused.is_(None))
        with writing(self.running.engine) as connection:
            left = exists().where(chunks.job_id == self.job_id, chunks.state == ChunkState.PARKED)
            onwards = update(leadmill_jobs).where(*mine, left).values(turn=self.number + 1, woken=utc_text())
            if connection.execute(onwards).rowcount == 1:
                return self.number + 1
        self._rest()
        return 0
