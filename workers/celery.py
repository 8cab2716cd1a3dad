"""The Celery application of the workers: queues, delivery, limits. Every worker and every sender must agree on these."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
from celery import Celery, signals
from kombu.entity import Exchange, Queue
from kombu.serialization import register

from protocol.messages import CHUNK_TASK, JSON, JSON_TYPE, QUEUES, QUORUM, REQUESTS_TASK, TURN_TASK
from settings import Settings
from workers.heartbeat import Heartbeat
from workers.housekeeping import start_housekeeping
from workers.imports import run_chunk
from workers.observed import observed
from workers.requests import run_requests, tracked
from workers.running import Running
from workers.straight import StraightTask, on_both_ways
from workers.turns import run_turns
from workers.webhooks import start_webhooks

if TYPE_CHECKING:
    from db.tracing import Tracing


def create_celery(settings: Settings, tracing: "Tracing | None" = None, threads: int = 1) -> Celery:
    """The application with its tasks, ready to be given to a worker with so many threads."""
    register(JSON, orjson.dumps, orjson.loads, content_type=JSON_TYPE, content_encoding="utf-8")
    results = "HeldResults" if settings.broker == settings.redis_url else "Results"
    app = Celery("leadmill", broker=settings.broker, backend=f"workers.results:{results}+{settings.redis_url}", set_as_current=False)
    app.conf.update(configuration(settings))
    running = Running(settings, tracing, threads)
    options: dict[str, Any] = {"acks_late": True, "reject_on_worker_lost": True, "resultrepr_maxsize": 8, "shared": False, "bind": True}
    requests = {"body": staticmethod(observed(run_requests(running), running)), "worth_celery": staticmethod(tracked), "raised": {}}
    app.task(on_both_ways, name=REQUESTS_TASK, base=StraightTask, **requests, **options)
    for name, body in ((CHUNK_TASK, run_chunk(running)), (TURN_TASK, run_turns(running))):
        app.task(observed(body, running), name=name, ignore_result=True, **options)
    signals.worker_ready.connect(_when_ready(running), weak=False)
    return app


def _when_ready(running: Running) -> Callable[..., None]:
    def begin(sender: Any, **_: object) -> None:
        queues = [queue.name for queue in sender.task_consumer.queues]
        heartbeat = Heartbeat(running.settings, queues, running.figures)
        heartbeat.start()
        signals.worker_shutdown.connect(lambda **_: heartbeat.end(), weak=False)
        if "maintenance" in queues:
            start_housekeeping(running.engine)
            start_webhooks(running.engine, running.settings)

    return begin


def configuration(settings: Settings) -> dict[str, Any]:
    """Celery's settings, each with the reason where it is not the default."""
    arguments = None if settings.broker_is_redis else QUORUM
    return {
        "task_queues": [Queue(name, Exchange(""), routing_key=name, queue_arguments=arguments) for name in QUEUES],
        "task_default_queue": "requests",
        "task_create_missing_queues": False,
        "task_serializer": JSON,
        "result_serializer": JSON,
        "accept_content": [JSON],
        "result_accept_content": [JSON],
        "result_expires": settings.result_expires,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_concurrency": 1,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_soft_shutdown_timeout": 10,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # A Redis that is full, loads its file or is a replica answers with an error: connect again, do not end.
        "broker_channel_error_retry": True,
        "broker_transport_options": transport(settings),
        # Of AMQP: as with Redis, a worker that is silent for so long is taken for dead, and its message delivered again.
        "broker_heartbeat": settings.visibility_timeout,
        **({"broker_transport": "workers.transport:Transport"} if settings.broker_is_redis else {}),
        "result_backend_transport_options": {"retry_policy": {"timeout": 5.0}},
        "redis_socket_timeout": 5.0,
        "redis_socket_connect_timeout": 2.0,
        "redis_retry_on_timeout": False,
        "enable_utc": True,
    }


def transport(settings: Settings) -> dict[str, Any]:
    """Options of the broker connection. The visibility time-out must be the same in every process."""
    if not settings.broker_is_redis:
        return {"confirm_publish": True}
    return {
        "visibility_timeout": settings.visibility_timeout,
        # Look for messages of vanished workers every 5 s; kombu's default is every 100 s.
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # Only one worker looks at a time. One that was killed while it looked must not keep the others from it for 5 minutes.
        "unacked_mutex_expire": 10,
        "socket_keepalive": True,
        "socket_connect_timeout": 2.0,
    }
