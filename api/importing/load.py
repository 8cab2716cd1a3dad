"""One import while its file comes in: the job's row, and its chunks on their way into the queue."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol, TypeVar

import orjson
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.requests import ClientDisconnect

from api.database import Database, DatabaseUnavailable
from api.importing import records
from api.importing.lead_values import cut_values
from api.importing.options import Options
from api.importing.reading import Reading
from api.importing.rows import Rows
from api.importing.webhooks import NewWebhook, store_webhook
from api.problems import Problem
from api.publishing import QueueUnavailable
from dialer.import_columns import Column, repeated
from dialer.import_jobs import ChunkState, JobState, close_if_all_ran
from protocol.chunks import Chunk, chunk_packed, recipe_of
from protocol.functions import Caller
from protocol.messages import CHUNK_TASK
from settings import Settings

QUEUE = "imports"
PATIENCE = 15.0
"""Seconds that a queue which cannot be reached is waited for in the middle of an upload."""
LOOK = 0.1
OF_ALL = 4
"""Times settings.import_ahead: chunks of all imports that may wait."""
SHARE = 1
"""Chunks of an import that may wait however long the queue is, beside the one that was just sent."""
TOUCH = 20.0

REUSED = "idempotency-key-reused"

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Queue(Protocol):
    """The way of a chunk to the workers (api/queue.py). All raise QueueUnavailable."""

    async def publish(self, task: str, argument: Any, *, queue: str, task_id: str) -> None:
        """Send one message that nobody waits for."""

    async def depth(self, queue: str) -> int:
        """Messages that wait."""


@dataclass(slots=True, kw_only=True)
class Load:
    """One import that is being received."""

    settings: Settings
    database: Database
    queue: Queue
    caller: Caller
    options: Options
    columns: Sequence[Column]
    key: str = ""
    webhook: NewWebhook | None = None
    non_latin: bool = False
    job_id: str = field(default_factory=records.new_id)
    _number: int = 0
    _rows: int = 0
    _there: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    async def begin(self) -> None:
        """Make the job. Raises Problem if another upload has taken the key meanwhile."""
        try:
            await self._write(self._store_job)
        except IntegrityError as error:
            raise in_use() from error

    async def resume(self, job: records.Job) -> None:
        """Go on with an interrupted job: its chunks are compared, and those not done sent again."""
        self.job_id = job.id
        if not await self._write(lambda connection: records.reopen(connection, job.id)):
            raise in_use()
        self._there = await self._write(lambda connection: records.stored_chunks(connection, job.id))

    async def take(self, reading: Reading, still_holds: Callable[[], bool]) -> None:
        """Send all rows, then seal the job. `still_holds`: whether the options at the end are those of the beginning.

        Raises Problem; the job then says what has become of it.
        """
        async with self._sealed_on_failure():
            async for rows in reading.chunks():
                await self._take(rows)
            if not still_holds():
                raise Problem(422, "option-after-file", "The form holds options behind the file; put them before it")
            content_hash = await reading.content_hash()
            await self._write(lambda connection: self._seal_whole(connection, reading.size, content_hash))
        await self._close()

    def _store_job(self, connection: Connection) -> None:
        if self.key:
            records.claim_key(connection, self.caller.user, self.key, self.job_id)
        more = {"filename": self.options.filename, "recipe": recipe_of(self._chunk(Rows()))}
        records.store_job(connection, self.job_id, self.caller, options=self.options.shown(), columns=self.columns, **more)
        store_webhook(connection, self.job_id, self.webhook)

    async def _take(self, rows: Rows) -> None:
        chunk = self._chunk(rows)
        known = self._there.get(chunk.number)
        digest = blake2b(orjson.dumps([rows.cells, rows.lines]), digest_size=16).hexdigest()
        if known is not None and known[0] != digest:
            raise reused()
        if known is None:
            line, count = rows.lines[0], len(rows.cells)
            if not await self._write(lambda connection: records.store_chunk(connection, self.job_id, chunk.number, count, line, digest)):
                raise await self._ended()
        self._number += 1
        self._rows += len(rows.cells)
        if known is None or known[1] == ChunkState.WAITING:
            message = chunk_packed(chunk)
            await self._patiently(lambda: self.queue.publish(CHUNK_TASK, message, queue=QUEUE, task_id=chunk.task_id))
            await self._wait_for_room()

    async def _ended(self) -> Problem:
        """Why no more rows are wanted."""
        problem = await self._write(lambda connection: records.problem_of(connection, self.job_id))
        if problem:
            return Problem(422, problem["code"], problem["title"])
        return Problem(409, "job-cancelled", "The import was cancelled while its file was coming in")

    def _chunk(self, rows: Rows) -> Chunk:
        return Chunk(
            job_id=self.job_id,
            number=self._number,
            caller=self.caller,
            columns=self.columns,
            options=self.options.lead,
            rows=rows.cells,
            lines=rows.lines,
            faults=rows.faults,
            handling=self.options.handling,
            non_latin=self.non_latin,
        )

    async def _wait_for_room(self) -> None:
        """Read no further while enough waits: memory of the broker must not grow with the file."""
        touched = time.monotonic()
        while await self._crowded():
            await asyncio.sleep(LOOK)
            if time.monotonic() - touched > TOUCH:
                touched = time.monotonic()
                await self._write(lambda connection: records.touch(connection, self.job_id))

    async def _crowded(self) -> bool:
        """Whether enough chunks wait: of this import, so that it leaves the workers to others, or of all, for the broker's sake.

        Some of each import may always wait, so that one that begins late has its turn however many there are.
        """
        ahead, waiting = self.settings.import_ahead, await self.database.run(self._waiting)
        depth = await self._patiently(lambda: self.queue.depth(QUEUE))  # 0 where the broker does not tell
        return waiting > ahead or (waiting > SHARE and depth > OF_ALL * ahead)

    def _waiting(self) -> int:
        with self.database.reading() as connection:
            return records.waiting_chunks(connection, self.job_id)

    async def _patiently(self, ask: Callable[[], Any]) -> Any:
        """What the queue answers; one that is away for a moment is waited for."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return await ask()
            except QueueUnavailable:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.5)

    @asynccontextmanager
    async def _sealed_on_failure(self) -> AsyncIterator[None]:
        try:
            yield
        except Problem as problem:
            # Another file under the key of an interrupted import leaves that as it was.
            await self._give_up(JobState.INTERRUPTED if problem.document["code"] == REUSED else JobState.FAILED, problem)
            raise
        except QueueUnavailable as error:
            away = Problem(503, "queue-unavailable", "The queue cannot be reached; send the file again under the same Idempotency-Key")
            await self._give_up(JobState.INTERRUPTED, away)
            raise away from error
        except (ClientDisconnect, asyncio.CancelledError):
            broken_off = Problem(499, "upload-broken-off", "The upload was broken off")
            await asyncio.shield(self._give_up(JobState.INTERRUPTED, broken_off))
            raise

    async def _give_up(self, state: JobState, problem: Problem) -> None:
        """Seal the job as it is; what has been sent is still loaded."""
        problem.headers["Location"] = f"/v1/imports/{self.job_id}"
        told = {name: problem.document[name] for name in ("code", "title")}
        problem.document["job_id"] = self.job_id
        log.warning("import not received whole", job_id=self.job_id, code=told["code"])
        with suppress(DatabaseUnavailable):
            await self._write(lambda connection: self._seal(connection, state, problem=told))
            await self._close()

    def _seal_whole(self, connection: Connection, size: int, content_hash: str) -> None:
        earlier = records.same_content(connection, self.job_id, self.caller.user, content_hash)
        again = [f"The same file was loaded less than a day ago: import {earlier}"] if earlier else []
        empty = [] if self._rows else ["The file has a header, but no rows"]
        warning = "\n".join([*warnings_of(self.columns, self.options), *empty, *again])
        # Of a file that was only tried no later one is the same again.
        known = "" if self.options.handling.dry_run else content_hash
        self._seal(connection, JobState.QUEUED, size=size, content_hash=known, warning=warning)
        if self.key:
            records.seal_key(connection, self.caller.user, self.key, payload_hash(content_hash, self.options))

    def _seal(self, connection: Connection, state: JobState, **columns: object) -> None:
        records.seal(connection, self.job_id, state, rows_received=self._rows, chunks_sent=self._number, **columns)

    async def _close(self) -> None:
        days = self.settings.results_kept
        await self._write(lambda connection: close_if_all_ran(connection, self.job_id, keep_days=days))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        def run() -> T:
            with self.database.writing() as connection:
                return work(connection)

        return await self.database.run(run)


def warnings_of(columns: Sequence[Column], options: Options) -> list[str]:
    """What a user may not expect of these columns and options."""
    names = repeated(columns)
    twice = [f"The header names {', '.join(names)[:200]} more than once; the first of each is taken"] if names else []
    return twice + cut_values(options.lead)


def payload_hash(content_hash: str, options: Options) -> str:
    """What an idempotency key stands for: the file and what is to be done with it."""
    return blake2b(orjson.dumps([content_hash, options.shown()], option=orjson.OPT_SORT_KEYS), digest_size=32).hexdigest()


def in_use() -> Problem:
    """Another upload under the same key is under way."""
    return Problem(409, "idempotency-key-in-use", "An upload under this Idempotency-Key is still coming in")


def reused() -> Problem:
    """The key stands for another file."""
    return Problem(422, REUSED, "This Idempotency-Key stands for another file or other options")
