"""/metrics: the figures of the whole system for Prometheus, at any of its API processes.

Each process hands the growth of its counts to Redis every few seconds; a scrape tells the sums, and how things stand now.
"""

import asyncio
import hmac
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import redis.asyncio
from fastapi import APIRouter, Request, Response
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select

from api.database import Database, DatabaseUnavailable
from api.problems import Problem
from api.queue import QueueUnavailable, WriteQueue
from db.tables.own import leadmill_dead_letters, leadmill_jobs
from dialer.import_jobs import JobState
from protocol.figures import FIGURES, FIGURES_EVERY, FIGURES_KEPT, FIGURES_KEY, Figure, Figures, Key, field, key_of
from protocol.messages import QUEUES
from settings import Settings

Counts = dict[tuple[str, ...], dict[str, float]]
"""Of one figure: by the values of its labels the counts of its parts."""

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """The figures in Prometheus's text format; docs/operation.md explains them."""
    state = request.app.state
    _require_token(request, state.settings.metrics_token)
    counted, standing, kept = await asyncio.gather(state.sums.read(), queue_gauges(state.queue), database_gauges(state.database))
    return Response(generate_latest(Collected([*counted, *standing, *kept])), media_type=CONTENT_TYPE_LATEST)


def _require_token(request: Request, token: str) -> None:
    sent = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and not hmac.compare_digest(sent.encode(), token.encode()):
        raise Problem(401, "token-wrong", "The token of /metrics is missing or wrong", headers={"WWW-Authenticate": "Bearer"})


class Sums:
    """The counts of all processes, in Redis. Where Redis is away the growth waits in memory."""

    def __init__(self, settings: Settings, figures: Figures) -> None:
        self._figures = figures
        self._redis = redis.asyncio.Redis.from_url(settings.redis_url, socket_timeout=2.0, socket_connect_timeout=2.0, retry=None)

    async def run(self) -> None:
        """Hand over the growth of this process now and then, until cancelled."""
        while True:
            await asyncio.sleep(FIGURES_EVERY)
            with suppress(redis.RedisError, OSError):
                await self.hand_over()

    async def hand_over(self) -> None:
        """Add the growth of this process to the sums. Raises RedisError; nothing is lost by it."""
        growth = self._figures.take()
        if not growth:
            return
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                for key, value in growth.items():
                    pipe.hincrbyfloat(FIGURES_KEY, field(key), value)
                pipe.expire(FIGURES_KEY, FIGURES_KEPT)
                await pipe.execute()
        except (redis.RedisError, OSError):
            self._figures.give_back(growth)
            raise

    async def read(self) -> list[Metric]:
        """The sums, this process's own up to now; none while Redis is away."""
        try:
            await self.hand_over()
            found: Any = await self._redis.hgetall(FIGURES_KEY)
        except (redis.RedisError, OSError):
            return []
        sums = {key_of(name.decode()): float(value) for name, value in found.items()}
        return [family(figure, counts_of(figure, sums)) for figure in FIGURES]

    async def close(self) -> None:
        """Hand over the rest and close the connections."""
        with suppress(redis.RedisError, OSError):
            await self.hand_over()
        await self._redis.aclose()


def counts_of(figure: Figure, sums: dict[Key, float]) -> Counts:
    """What is known of a figure; what another version counted with other labels is left out."""
    counts: Counts = {}
    for (name, labels, part), value in sums.items():
        if name == figure.name and len(labels) == len(figure.labels):
            counts.setdefault(labels, {})[part] = value
    if not figure.labels and not figure.bounds:
        counts.setdefault((), {"": 0.0})
    return counts


def family(figure: Figure, counts: Counts) -> Metric:
    """A figure as Prometheus's client writes it."""
    if not figure.bounds:
        counter = CounterMetricFamily(figure.name, figure.says, labels=figure.labels)
        for labels, parts in sorted(counts.items()):
            counter.add_metric(labels, parts[""])
        return counter
    histogram = HistogramMetricFamily(figure.name, figure.says, labels=figure.labels)
    for labels, parts in sorted(counts.items()):
        total, buckets = 0.0, []
        for bound in (*map(repr, figure.bounds), "+Inf"):
            total += parts.get(bound, 0.0)
            buckets.append((bound, total))
        histogram.add_metric(labels, buckets=buckets, sum_value=parts.get("sum", 0.0))
    return histogram


async def queue_gauges(queue: WriteQueue) -> list[Metric]:
    """What waits in each queue and who is there to do it, as it is now."""
    waiting = GaugeMetricFamily("leadmill_queue_messages", "Messages that wait in a queue", labels=["queue"])
    age = GaugeMetricFamily("leadmill_queue_age_seconds", "Age of the oldest message of a queue that is not done", labels=["queue"])
    workers = GaugeMetricFamily("leadmill_workers", "Worker processes that gave a sign of life", labels=["queue"])
    up = True
    for name in QUEUES:
        try:
            standing = await queue.standing(name)
        except QueueUnavailable:
            up = False
            break
        for gauge, value in ((waiting, standing.messages), (age, standing.age), (workers, standing.workers)):
            gauge.add_metric([name], value)
    return [GaugeMetricFamily("leadmill_queue_up", "Whether the queue answers", value=int(up)), waiting, age, workers]


async def database_gauges(database: Database) -> list[Metric]:
    """What stands in the database, as it is now."""
    try:
        letters, jobs = await database.run(lambda: _standing(database))
    except DatabaseUnavailable:
        return [GaugeMetricFamily("leadmill_database_up", "Whether the database answers", value=0)]
    up = GaugeMetricFamily("leadmill_database_up", "Whether the database answers", value=1)
    waiting = GaugeMetricFamily("leadmill_dead_letters_waiting", "Dead letters that nobody has retried or dropped", value=letters)
    imports = GaugeMetricFamily("leadmill_imports_under_way", "Imports that have not ended", value=jobs)
    return [up, waiting, imports]


def _standing(database: Database) -> tuple[int, int]:
    letters, jobs = leadmill_dead_letters.c, leadmill_jobs.c
    with database.reading() as connection:
        waiting = connection.scalar(select(func.count()).where(letters.state == "waiting"))
        under_way = connection.scalar(select(func.count()).where(jobs.state.in_((JobState.RECEIVING, JobState.QUEUED, JobState.RUNNING))))
    return int(waiting or 0), int(under_way or 0)


class Collected:
    """What generate_latest wants: something to collect families from."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        return iter(self._families)
