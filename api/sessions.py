"""Sessions of people who signed in on the page. They live in Redis, bounded in time; what is kept there opens nothing.

The cookie holds a random token. Redis knows its hash, the user, and a seal of the user's password (dialer/callers.py) that
only the token can make again: whoever reads Redis can neither use a session nor try passwords against it.
"""

import secrets
import time
from dataclasses import asdict, dataclass
from hashlib import blake2b, sha256
from hmac import compare_digest

import orjson
import redis.asyncio

from api.publishing import QueueUnavailable
from settings import Settings

COOKIE = "leadmill_session"
CSRF_HEADER = "X-CSRF-Token"

_KEY = "leadmill:session:"
_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who signed in. `until` is the epoch second at which it ends, used or not."""

    user: str
    seal: str
    until: float


class Sessions:
    """The sessions of all API processes. All raise QueueUnavailable while Redis is away."""

    def __init__(self, settings: Settings) -> None:
        self._idle, self._longest = settings.session_idle, settings.session_longest
        self._redis = redis.asyncio.Redis.from_url(settings.redis_url, socket_timeout=2.0, socket_connect_timeout=2.0, retry=None)

    async def begin(self, token: str, user: str, seal: str) -> Session:
        """Store a new session under a token of new_token()."""
        session = Session(user=user, seal=seal, until=time.time() + self._longest)
        try:
            await self._redis.set(_key(token), orjson.dumps(asdict(session)), ex=min(self._idle, self._longest))
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error
        return session

    async def find(self, token: str) -> Session | None:
        """The session of a token, which may now stand idle anew; None if it has ended."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.get(_key(token))
                pipe.expire(_key(token), self._idle)
                stored, _ = await pipe.execute()
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error
        session = Session(**orjson.loads(stored)) if stored else None
        return session if session and session.until > time.time() else None

    async def end(self, token: str) -> None:
        """Forget a session."""
        try:
            await self._redis.delete(_key(token))
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def new_token() -> str:
    """What the cookie of a new session holds."""
    return secrets.token_urlsafe(_BYTES)


def seal_key(token: str) -> bytes:
    """What the seal of the user's password is keyed with."""
    return blake2b(token.encode(), person=b"seal", digest_size=32).digest()


def csrf_token(token: str) -> str:
    """What a request that changes something must show beside the cookie: a page of another site cannot read it."""
    return blake2b(token.encode(), person=b"csrf", digest_size=32).hexdigest()


def shows_csrf_token(token: str, shown: str) -> bool:
    """Whether a request came from our page."""
    return compare_digest(csrf_token(token).encode(), shown.encode())


def _key(token: str) -> str:
    return _KEY + sha256(token.encode()).hexdigest()
