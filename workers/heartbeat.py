"""A sign of life of each worker process: for /readyz and doctor, and so that the API knows how many batches to send ahead."""

import os
import socket
import threading
import time
from collections.abc import Sequence

import redis
import structlog

from protocol.figures import FIGURES_KEPT, FIGURES_KEY, Figures, field
from protocol.messages import WORKER_LIVES, WORKERS_KEY
from settings import Settings

BEAT = 2.0

log = structlog.get_logger(__name__)


class Heartbeat:
    """Gives the signs of life of one process, and hands over what it has counted."""

    def __init__(self, settings: Settings, queues: Sequence[str], figures: Figures) -> None:
        self._redis = redis.Redis.from_url(settings.redis_url, socket_timeout=BEAT, socket_connect_timeout=BEAT)
        self._keys = [WORKERS_KEY + queue for queue in queues]
        self._figures = figures
        self._name = f"{socket.gethostname()}-{os.getpid()}"

    def start(self) -> None:
        """Beat from a thread, until the process ends. A batch under way does not stop it."""
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def end(self) -> None:
        """Hand over the last figures, and let nobody count on this process any more."""
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for key in self._keys:
                    pipe.zrem(key, self._name)
                pipe.execute()
            self.hand_over()
        except redis.RedisError as error:
            log.warning("the last figures are lost", error=type(error).__name__)

    def hand_over(self) -> None:
        """Add what was counted to the sums in Redis (api/metrics.py). Raises RedisError; nothing is lost by it."""
        growth = self._figures.take()
        if not growth:
            return
        try:
            with self._redis.pipeline(transaction=True) as pipe:
                for key, value in growth.items():
                    pipe.hincrbyfloat(FIGURES_KEY, field(key), value)
                pipe.expire(FIGURES_KEY, FIGURES_KEPT)
                pipe.execute()
        except redis.RedisError:
            self._figures.give_back(growth)
            raise

    def _run(self) -> None:
        wait = threading.Event()
        while True:
            try:
                self._beat()
                self.hand_over()
            except redis.RedisError as error:
                log.warning("no sign of life could be given", error=type(error).__name__)
            wait.wait(BEAT)

    def _beat(self) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            for key in self._keys:
                now = time.time()
                pipe.zadd(key, {self._name: now})
                pipe.zremrangebyscore(key, 0, now - WORKER_LIVES)
                pipe.expire(key, WORKER_LIVES)
            pipe.execute()
