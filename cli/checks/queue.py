"""Redis and the queues: reachable, durable, and served by workers."""

from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from cli.broker import reach_redis
from cli.checks.findings import Finding, error, ok, warning
from cli.errors import CommandError, short
from cli.valkey import OLDEST
from db.engine import safe_url
from protocol.messages import QUEUES
from settings import Settings

# Seconds in which a worker that is not in the middle of a batch answers.
ANSWER_BOUND = 2.0


def check_queue(settings: Settings) -> list[Finding]:
    """Everything about Redis and the queues; `settings` name the Redis that is in use."""
    try:
        client = reach_redis(settings.redis_url)
    except CommandError as fault:
        state, _, mend = str(fault).rpartition("; ")
        return [error("Redis", state, mend)]
    told: dict[str, Any] = client.info()
    found = [check_version(told, settings.redis_url), check_persistence(told, client), check_eviction(told), check_memory(told)]
    return [*found, *check_queues(settings)]


def check_version(told: dict[str, Any], url: str) -> Finding:
    """Whether Redis or Valkey is new enough."""
    name = "Valkey" if told.get("server_name") == "valkey" else "Redis"
    version = str(told.get("valkey_version") or told.get("redis_version"))
    state = f"{name} {version} at {safe_url(url)}"
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        return error("Redis", f"{state} is too old", "move to Redis 6.2 or newer, or Valkey")
    return ok("Redis", state)


def check_persistence(told: dict[str, Any], client: Redis) -> Finding:
    """Whether what was accepted survives a restart of Redis."""
    if not told.get("aof_enabled"):
        mend = "appendonly yes and appendfsync always in its configuration (CONFIG SET appendonly yes takes effect at once)"
        return error("Persistence", "no append-only file: a restart of Redis loses queued requests", mend)
    if told.get("aof_last_write_status") != "ok":
        return error("Persistence", "the last write to the append-only file failed", "see the disk and the log of Redis")
    try:
        policy = client.config_get("appendfsync").get("appendfsync", "")
    except RedisError:
        return ok("Persistence", "append-only file; how often it is synchronised cannot be asked here")
    if policy == "always":
        return ok("Persistence", "append-only file, synchronised at every write")
    lost = "the last second" if policy == "everysec" else "what the system had not yet written"
    return warning("Persistence", f"appendfsync {policy}: a power cut loses {lost}", "CONFIG SET appendfsync always")


def check_eviction(told: dict[str, Any]) -> Finding:
    """Whether Redis would throw queued requests away when it is full."""
    policy = str(told.get("maxmemory_policy"))
    if policy != "noeviction":
        return error(
            "Eviction", f"maxmemory-policy {policy}: a full Redis throws queued requests away", "CONFIG SET maxmemory-policy noeviction"
        )
    return ok("Eviction", "noeviction")


def check_memory(told: dict[str, Any]) -> Finding:
    """Whether Redis is about to be full."""
    used, most = int(told.get("used_memory", 0)), int(told.get("maxmemory", 0))
    state = f"{used / 1e6:.0f} MB used" + (f" of {most / 1e6:.0f} MB" if most else ", no limit set")
    if most and used > 0.9 * most:
        return warning("Memory of Redis", state, "raise maxmemory; when it is full, writes are refused")
    return ok("Memory of Redis", state)


def check_queues(settings: Settings) -> list[Finding]:
    """What waits in each queue, and whether a worker of it answers."""
    from workers.celery import create_celery

    app = create_celery(settings)
    try:
        told = app.control.inspect(timeout=ANSWER_BOUND).active_queues() or {}
    except Exception as fault:  # the broker's own kinds of failure differ by broker
        return [error("Queues", f"cannot be asked: {short(fault)}", "check LEADMILL_BROKER_URL")]
    served = {queue["name"] for queues in told.values() for queue in queues}
    return [check_one(name, depth(app, name), name in served, told) for name in QUEUES]


def depth(app: Any, queue: str) -> int:
    """How many messages wait; a batch of requests or a chunk of an import is one."""
    with app.connection_for_read() as connection:
        try:
            return int(connection.default_channel.queue_declare(queue=queue, passive=True).message_count)
        except connection.channel_errors:  # no worker has made it yet, and nobody has sent anything
            return 0


def check_one(name: str, waiting: int, served: bool, told: dict[str, Any]) -> Finding:
    """One queue."""
    subject, state = f"Queue {name}", f"{waiting} messages waiting"
    if served:
        workers = sum(any(queue["name"] == name for queue in queues) for queues in told.values())
        return ok(subject, f"{state}, {workers} worker{'s' if workers > 1 else ''} answer{'' if workers > 1 else 's'}")
    mend = f"start one: ./leadmill worker --queues {name} (or ./leadmill up); a worker in the middle of a long batch answers after it"
    return error(subject, f"{state}, no worker answers", mend)
