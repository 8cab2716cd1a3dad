"""A sign of life of each worker process: for /readyz and doctor, and so that the API knows how many batches to send ahead."""

import os
import socket
import threading
import time

import redis
import structlog

from protocol.messages import WORKER_LIVES, WORKERS_KEY
from settings import Settings

BEAT = 2.0

log = structlog.get_logger(__name__)


def start_heartbeat(settings: Settings, queues: list[str]) -> None:
    """Give signs of life from a thread, until the process ends. A batch under way does not stop them."""
    threading.Thread(target=_beat, args=(settings.redis_url, queues), name="heartbeat", daemon=True).start()


def _beat(redis_url: str, queues: list[str]) -> None:
    client = redis.Redis.from_url(redis_url, socket_timeout=BEAT, socket_connect_timeout=BEAT)
    name = f"{socket.gethostname()}-{os.getpid()}"
    wait = threading.Event()
    while True:
        try:
            with client.pipeline(transaction=False) as pipe:
                for key in (WORKERS_KEY + queue for queue in queues):
                    now = time.time()
                    pipe.zadd(key, {name: now})
                    pipe.zremrangebyscore(key, 0, now - WORKER_LIVES)
                    pipe.expire(key, WORKER_LIVES)
                pipe.execute()
        except redis.RedisError as error:
            log.warning("no sign of life could be given", error=type(error).__name__)
        wait.wait(BEAT)
