"""Reaching Redis for a command: what goes wrong is said in one line with the way out."""

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from cli.errors import CommandError, short
from db.engine import safe_url

EXAMPLE = "write LEADMILL_REDIS_URL=redis://:PASSWORD@HOST:6379/0"


def reach_redis(url: str) -> Redis:
    """A client whose server has answered. Raises CommandError when it does not."""
    try:
        client = Redis.from_url(url, decode_responses=True, socket_connect_timeout=5, socket_timeout=5, retry=None)
        client.ping()
    except ValueError as error:
        raise CommandError(f"the address of Redis, {safe_url(url)}, is not usable: {short(error)}; {EXAMPLE}") from error
    except AuthenticationError as error:
        raise CommandError(f"Redis at {safe_url(url)} refuses the password: {short(error)}; correct LEADMILL_REDIS_URL") from error
    except (RedisError, OSError) as error:
        remedy = "start it, correct LEADMILL_REDIS_URL, or unset that and let ./leadmill up start one"
        raise CommandError(f"cannot reach Redis at {safe_url(url)}: {short(error).rstrip('.')}; {remedy}") from error
    return client
