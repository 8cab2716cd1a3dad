"""Coalesces the writes of one moment into one message, and hands every caller its own reply.

When nothing is under way a request is sent at once. While earlier batches are under way requests gather, for a few
milliseconds at most, and then go together: what a database calls group commit (docs/decisions/0001).
"""

import asyncio
import contextlib
import math
import time
import uuid
from typing import TYPE_CHECKING, Any

import orjson
import redis.asyncio
import structlog
from structlog.contextvars import bind_contextvars

from api.ending import end
from api.gathering import Batch, Lane, Ticket
from api.outcomes import JOB_KEY, RESULT_KEY, note_of, outcome, unknown
from api.publisher import Publisher
from api.publishing import Message, QueueFull, QueueUnavailable
from api.resending import Resender
from api.standing import Standing, Standings
from protocol.figures import OUTAGES, Figures
from protocol.messages import REQUESTS_TASK, QueuedRequest, packed
from protocol.replies import QUEUED, Reply, reply
from settings import Settings

if TYPE_CHECKING:
    from db.tracing import Tracing

__all__ = ["QueueFull", "QueueUnavailable", "WriteQueue"]

log = structlog.get_logger(__name__)

SAFETY_LOOK = 0.5
MOST_GATHERED = 20_000
"""Requests that may gather in one process: more would not get their turn before their callers have given up."""
DELIVERED_KEPT = 60


class WriteQueue:
    """The way of a write into the queue and of its reply back."""

    def __init__(self, settings: Settings, figures: Figures | None = None, tracing: "Tracing | None" = None) -> None:
        self._settings = settings
        self._figures = figures or Figures()
        self._tracing = tracing
        self._instance = uuid.uuid4().hex[:12]
        self._count = 0
        self._publisher = Publisher(settings)
        self._lanes: dict[str, Lane] = {}
        self._delivered: list[str] = []
        self._redis = redis.asyncio.Redis.from_url(settings.redis_url, socket_timeout=2.0, socket_connect_timeout=2.0, retry=None)
        self._standings = Standings(settings)
        self._resender = Resender(settings, self._figures) if settings.broker_is_redis else None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Begin to listen for replies."""
        self._spawn(self._listen())
        self._spawn(self._look_for_missed())
        if self._resender is not None:
            self._spawn(self._resender.run())

    async def stop(self) -> None:
        """Send what has gathered, then close. Callers still waiting are answered by the reply or the QUEUED notice."""
        deadline = time.monotonic() + self._settings.sync_wait
        while any(lane.gathering or lane.under_way for lane in self._lanes.values()) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        await end(self._tasks)
        await self._publisher.close()
        if self._resender is not None:
            await self._resender.close()
        await self._standings.close()
        await self._redis.aclose()

    async def answer(self, request: QueuedRequest, *, queue: str, wait: float) -> Reply:
        """The reply to a write, or after `wait` seconds the QUEUED notice. Raises QueueUnavailable."""
        ticket = Ticket(request, False, asyncio.get_running_loop().create_future(), wait)
        self._gather(queue, ticket)
        text = await ticket.told
        self._name_job(ticket)
        return Reply(text) if text is not None else reply(self._queued(ticket))

    async def accept(self, request: QueuedRequest, *, queue: str) -> tuple[str, Reply]:
        """Job id and QUEUED notice as soon as the broker has the request. Raises QueueUnavailable."""
        ticket = Ticket(request, True, asyncio.get_running_loop().create_future())
        self._gather(queue, ticket)
        await ticket.told
        self._name_job(ticket)
        return ticket.job_id, reply(self._queued(ticket))

    async def publish(self, task: str, argument: Any, *, queue: str, task_id: str) -> None:
        """Send one message that no caller waits for. Raises QueueUnavailable."""
        await self._publisher.publish(Message(task=task, task_id=task_id, queue=queue, argument=argument, wants_result=False))

    async def depth(self, queue: str) -> int:
        """Messages that wait in a queue. Raises QueueUnavailable."""
        return (await self.standing(queue)).messages

    async def standing(self, queue: str) -> Standing:
        """How a queue stands now. Raises QueueUnavailable."""
        return await self._standings.of(queue)

    async def job(self, job_id: str, user: str) -> dict[str, Any] | None:
        """What is known of a user's job: function, submitted, state, and when it is done reply and finished."""
        batch_id, _, position = job_id.rpartition("-")
        try:
            note, result = await self._redis.mget(JOB_KEY + job_id, RESULT_KEY + batch_id)
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error
        if note is None or not position.isdigit():
            return None
        found: dict[str, Any] = {"id": job_id, **orjson.loads(note)}
        if found["user"].lower() != user.lower():
            return None
        return {**found, **outcome(result, int(position))}

    def _gather(self, queue: str, ticket: Ticket) -> None:
        lane = self._lanes.setdefault(queue, Lane(queue))
        if lane.full or len(lane.gathering) >= MOST_GATHERED:
            raise QueueFull(queue)
        if self._tracing is not None:
            ticket.span = self._tracing.here()
        lane.gathering.append(ticket)
        self._send_or_wait(lane)

    def _send_or_wait(self, lane: Lane) -> None:
        if not lane.gathering or lane.publishing:
            return
        loop = asyncio.get_running_loop()
        pause = lane.pause(loop.time(), limit=self._settings.batch_limit, patience=self._settings.batch_wait)
        if not pause:
            self._send(lane)
        elif lane.timer is None or lane.timer_due > loop.time() + pause:
            self._stop_timer(lane)
            lane.timer_due = loop.time() + pause
            lane.timer = loop.call_at(lane.timer_due, self._send, lane)

    def _stop_timer(self, lane: Lane) -> None:
        if lane.timer is not None:
            lane.timer.cancel()
            lane.timer = None

    def _send(self, lane: Lane) -> None:
        self._stop_timer(lane)
        if lane.publishing or not lane.gathering:
            return
        tickets, lane.gathering = lane.gathering[: self._settings.batch_limit], lane.gathering[self._settings.batch_limit :]
        self._count += 1
        batch = Batch(f"{self._instance}-{self._count:x}", tickets)
        for position, ticket in enumerate(tickets):
            ticket.job_id = f"{batch.batch_id}-{position}"
        lane.publishing = True
        lane.under_way[batch.batch_id] = batch
        self._spawn(self._publish(lane, batch))

    async def _publish(self, lane: Lane, batch: Batch) -> None:
        asynchronous = [t for t in batch.tickets if t.asynchronous]
        argument = packed([t.request for t in batch.tickets])
        if asynchronous:
            argument["track"] = True
        try:
            notes = [note_of(t) for t in batch.tickets if t.noted]
            trace = self._tracing.sent(lane.queue, [t.span for t in batch.tickets]) if self._tracing else {}
            await self._publisher.publish(
                Message(task=REQUESTS_TASK, task_id=batch.batch_id, queue=lane.queue, argument=argument, notes=notes, trace=trace)
            )
        except Exception as error:
            lane.under_way.pop(batch.batch_id, None)
            self._figures.add(OUTAGES, "queue")
            refused = error if isinstance(error, QueueUnavailable) else QueueUnavailable(type(error).__name__)
            for ticket in batch.waiting:
                ticket.told.set_exception(refused)
            if refused is not error:
                log.exception("publishing failed")
        else:
            batch.sent = time.monotonic()
            for ticket in asynchronous:
                if not ticket.told.done():
                    ticket.told.set_result(None)
            patience = max((t.wait for t in batch.tickets), default=0.0)
            asyncio.get_running_loop().call_later(patience, self._give_up, lane, batch)
        finally:
            lane.publishing = False
            self._send_or_wait(lane)

    def _give_up(self, lane: Lane, batch: Batch) -> None:
        """The wait is over: callers still there get the QUEUED notice, the work goes on."""
        lane.under_way.pop(batch.batch_id, None)
        if late := batch.waiting:
            self._spawn(self._tell_queued(late))
        self._send_or_wait(lane)

    async def _tell_queued(self, tickets: list[Ticket]) -> None:
        noted = await self._note(tickets)
        for ticket in tickets:
            if not ticket.told.done():
                ticket.told.set_result(None)
        while not noted:  # callers will ask for these jobs once Redis is back
            await asyncio.sleep(SAFETY_LOOK)
            noted = await self._note(tickets)

    async def _note(self, tickets: list[Ticket]) -> bool:
        """Whether Redis knows these jobs now."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for ticket in tickets:
                    key, value = note_of(ticket)
                    pipe.set(key, value, ex=self._settings.result_expires)
                await pipe.execute()
        except (redis.RedisError, OSError) as error:
            log.warning("job ids told but not noted yet", error=type(error).__name__)
            return False
        return True

    def _name_job(self, ticket: Ticket) -> None:
        if self._settings.log_requests:
            bind_contextvars(job_id=ticket.job_id)

    def _queued(self, ticket: Ticket) -> Any:
        return QUEUED(function=ticket.request.function, job_id=ticket.job_id, user=ticket.request.caller.user)

    async def _listen(self) -> None:
        """Hand out replies as they are published; after a lost connection look for those that were missed."""
        # Not by redis-py's own loop for this, which spends more on a reply than all that is done with it.
        pool: Any = redis.asyncio.ConnectionPool.from_url(self._settings.redis_url, socket_connect_timeout=2.0, protocol=2)
        connection = pool.make_connection()
        while True:
            try:
                await connection.connect()
                await connection.send_command("PSUBSCRIBE", f"{RESULT_KEY}{self._instance}-*")
                await connection.read_response()
                await self._look()
                while True:
                    _kind, _pattern, _channel, stored = await connection.read_response(timeout=math.inf)
                    self._hand_out(stored)
            except (redis.RedisError, OSError) as error:
                log.warning("listening for replies failed, trying again", error=type(error).__name__)
                await connection.disconnect(nowait=True)
                await asyncio.sleep(0.2)
            except asyncio.CancelledError:
                await connection.disconnect(nowait=True)
                raise

    async def _look_for_missed(self) -> None:
        """A published reply reaches at most those who listen: look at the stored results now and then as well."""
        while True:
            await asyncio.sleep(SAFETY_LOOK)
            with contextlib.suppress(redis.RedisError, OSError):
                await self._look()
                await self._forget_delivered()
            for lane in self._lanes.values():
                with contextlib.suppress(QueueUnavailable):
                    standing = await self.standing(lane.queue)
                    lane.workers, lane.full = max(1, standing.workers), standing.messages >= self._settings.queue_limit

    async def _look(self) -> None:
        old = time.monotonic() - SAFETY_LOOK
        missing = [b.batch_id for lane in self._lanes.values() for b in lane.under_way.values() if b.sent and b.sent < old]
        if missing:
            for stored in await self._redis.mget([RESULT_KEY + batch_id for batch_id in missing]):
                if stored is not None:
                    self._hand_out(stored)

    def _hand_out(self, stored: bytes | str) -> None:
        meta = orjson.loads(stored)
        if meta["status"] not in ("SUCCESS", "FAILURE"):
            return
        for lane in self._lanes.values():
            batch = lane.under_way.pop(meta["task_id"], None)
            if batch is not None:
                lane.part(batch, asyncio.get_running_loop().time())
                self._send_or_wait(lane)  # first, so that the worker has the next batch while these callers are answered
                self._tell(batch, meta)

    def _tell(self, batch: Batch, meta: dict[str, Any]) -> None:
        succeeded = meta["status"] == "SUCCESS"
        for position, ticket in enumerate(batch.tickets):
            if not ticket.told.done():
                ticket.told.set_result(meta["result"][position] if succeeded else unknown(ticket))
        if not any(t.noted for t in batch.tickets):
            self._delivered.append(batch.batch_id)

    async def _forget_delivered(self) -> None:
        """Let results that every caller has got expire soon; together, for each change costs Redis a write to its disk."""
        delivered, self._delivered = self._delivered, []
        if delivered:
            async with self._redis.pipeline(transaction=False) as pipe:
                for batch_id in delivered:
                    pipe.expire(RESULT_KEY + batch_id, DELIVERED_KEPT)
                await pipe.execute()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
