"""Messages that have the parked chunks of a job run, one after the other: the first one, and any that was lost.

A worker sends each further one itself. What it says, or what the broker held, can be lost; so a job whose turn was
begun long ago gets its message again. One too many has no effect (workers/turns.py).
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import select, update

from api.database import Database, DatabaseUnavailable
from api.publishing import QueueUnavailable
from db.tables.own import leadmill_jobs
from dialer.import_jobs import jobs, utc_text
from protocol.messages import TURN_TASK, turn_message
from settings import Settings

LOOK = 5.0
AT_ONCE = 100
QUEUE = "imports"

log = structlog.get_logger(__name__)


class Queue(Protocol):
    """The way of a message to the workers (api/queue.py)."""

    async def publish(self, task: str, argument: Any, *, queue: str, task_id: str) -> None:
        """Send one message that nobody waits for. Raises QueueUnavailable."""


async def send_turn(queue: Queue, job_id: str, turn: int, name: str = QUEUE) -> None:
    """Send the message of a turn. Where the queue is away it is sent later: the turn is in the database."""
    task_id, argument = turn_message(job_id, turn)
    with suppress(QueueUnavailable):
        await queue.publish(TURN_TASK, argument, queue=name, task_id=task_id)


class Waker:
    """Looks for jobs whose message may be lost."""

    def __init__(self, settings: Settings, database: Database, queue: Queue) -> None:
        self._patience = timedelta(seconds=settings.visibility_timeout)
        self._database = database
        self._queue = queue

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            with suppress(DatabaseUnavailable):
                await self.look()

    async def look(self) -> None:
        """Send the messages again that are due."""
        for job_id, turn, name in await self._database.run(self._due):
            log.warning("the turn of a job is sent again", job_id=job_id, turn=turn)
            await send_turn(self._queue, job_id, turn, name)

    def _due(self) -> list[tuple[str, int, str]]:
        """Jobs that were woken long ago; they count as woken now, so that of all API processes one sends the message."""
        woken = jobs.woken < utc_text(datetime.now(UTC) - self._patience)
        with self._database.reading() as connection:
            query = select(jobs.id, jobs.turn, jobs.woken, jobs.recipe).where(woken, jobs.finished.is_(None), jobs.paused.is_(None))
            found = connection.execute(query.limit(AT_ONCE)).all()
        due = []
        for job in found:
            with self._database.writing() as connection:
                same = update(leadmill_jobs).where(jobs.id == job.id, jobs.woken == job.woken, jobs.turn == job.turn)
                if connection.execute(same, {"woken": utc_text()}).rowcount == 1:
                    due.append((job.id, job.turn, queue_of(job.recipe)))
        return due


def queue_of(recipe: Any) -> str:
    """The queue that a job's turns go through."""
    return str((recipe or {}).get("queue", QUEUE))
