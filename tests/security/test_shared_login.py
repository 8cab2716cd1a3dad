"""Failed logins at several API processes, which count them together in Redis."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.authentication import Authentication
from api.database import DatabaseUnavailable
from settings import Settings
from tests.api.conftest import WireOf
from tests.api.wire import ASKED, PATH, NotedQueue, Wire
from tests.conftest import Services
from tests.security.test_login import failures, kind
from tests.servers import Leash, start_valkey

WRONG = "wrong"
Try = Callable[..., Coroutine[Any, Any, str]]


class Pair:
    """Two API processes of one dialer; what is asked of them runs in one event loop."""

    def __init__(self, wire_of: WireOf, redis_url: str) -> None:
        self.wire: Wire = wire_of(redis_url=redis_url)
        url = self.wire.engine.url.render_as_string(hide_password=False)
        other = create_app(Settings(database_url=url, redis_url=redis_url, caller_cache=0, settings_cache=0), NotedQueue())
        self.apps = [self.wire.app, other]

    def run(self, story: Callable[[Try], Coroutine[Any, Any, Any]]) -> Any:
        """What the story returns; it is told how to try a login at the first or the second process."""

        async def told() -> Any:
            try:
                return await story(self._try)
            finally:
                for app in self.apps:
                    await authentication(app).close()

        try:
            return asyncio.run(told())
        finally:
            self.apps[1].app.state.database.close()

    async def _try(self, number: int, password: str = WRONG, user: str = "6666", address: str = "10.1.1.1") -> str:
        transport = httpx.ASGITransport(self.apps[number], client=(address, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://dialer.example") as client:
            said = await client.get(PATH, params=ASKED | {"user": user, "pass": password})
            return "away" if said.status_code == 503 else kind(said.text.partition(":")[2].strip())


def authentication(app: Any) -> Authentication:
    found: Authentication = app.app.state.authentication
    return found


@pytest.fixture
def pair(wire_of: WireOf, services: Services) -> Pair:
    return Pair(wire_of, services.redis_database())


def test_failures_at_any_process_count(pair: Pair) -> None:
    async def story(attempt: Try) -> list[str]:
        said = [await attempt(n % 2) for n in range(12)]
        return [*said, await attempt(0, "1234"), await attempt(1, "1234", address="10.2.2.2")]

    assert pair.run(story) == ["BAD"] * 9 + ["LOCK"] * 4 + ["in"]
    assert failures(pair.wire) == 0


def test_attempts_of_one_moment_at_two_processes_are_all_counted(pair: Pair) -> None:
    async def story(attempt: Try) -> list[str]:
        return sorted(await asyncio.gather(*(attempt(n % 2) for n in range(30))))

    assert pair.run(story) == ["BAD"] * 9 + ["LOCK"] * 21
    assert failures(pair.wire) == 9


def test_a_success_at_one_process_clears_the_failures_at_all(pair: Pair) -> None:
    async def story(attempt: Try) -> list[str]:
        said = [await attempt(0) for _ in range(8)]
        said += [await attempt(1, "1234"), await attempt(1)]
        return said + [await attempt(0) for _ in range(9)]

    assert pair.run(story) == ["BAD"] * 8 + ["in"] + ["BAD"] * 9 + ["LOCK"]


def test_who_got_in_from_an_address_is_not_stopped_by_others_there(pair: Pair) -> None:
    async def story(attempt: Try) -> list[str]:
        first = await attempt(0, "1234")
        others = [await attempt(n % 2) for n in range(12)]
        return [first, others[-1], await attempt(0, "1234"), await attempt(0), await attempt(1)]

    assert pair.run(story) == ["in", "LOCK", "in", "LOCK", "LOCK"]


def test_an_address_that_tries_many_users_is_stopped_everywhere(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.login_attempts.OF_ADDRESS", 10)

    async def story(attempt: Try) -> list[str]:
        first = await attempt(0, "1234")
        said = [await attempt(n % 2, user=f"user{n}") for n in range(12)]
        # The second process has not seen the success, and knows of it all the same.
        return [first, *said, await attempt(1, "1234")]

    assert pair.run(story) == ["in"] + ["BAD"] * 10 + ["LOCK"] * 2 + ["in"]


def test_ways_to_write_a_name_are_one(pair: Pair) -> None:
    pair.wire.change("system_settings", use_non_latin="1")
    pair.wire.change("vicidial_users", user="jose")

    async def story(attempt: Try) -> list[str]:
        return [
            await attempt(0, user=name)
            for name in ("jose", "JOSE", "jo'se", "jos\u00e9", "jose ", " jose", "j ose", "jose;", "jose#", "Jose")
        ]

    assert pair.run(story) == ["BAD"] * 9 + ["LOCK"]


def test_a_known_caller_asks_redis_for_nothing(wire_of: WireOf, tmp_path: Path, leash: Leash) -> None:
    valkey, url = start_valkey(tmp_path, leash)

    async def story(attempt: Try) -> list[str]:
        said = [await attempt(0, "1234")]
        valkey.signal(signal.SIGSTOP)
        return said + [await asyncio.wait_for(attempt(0, "1234"), 60) for _ in range(3)]

    pair = Pair(wire_of, url)
    asked = count_asked(pair)
    assert pair.run(story) == ["in"] * 4
    assert len(asked) == 2, "the turn and the failures before the first login, and its success after it"
    valkey.kill()


def count_asked(pair: Pair) -> list[Any]:
    """Every question that the first process has for Redis about logins."""
    shared = authentication(pair.apps[0])._attempts._shared
    asked: list[Any] = []
    pipeline = shared._redis.pipeline
    shared._redis.pipeline = lambda **options: asked.append(options) or pipeline(**options)
    return asked


def test_without_redis_each_process_counts_by_itself_and_locks_nobody_out(wire_of: WireOf, tmp_path: Path, leash: Leash) -> None:
    """Redis does not answer at all: the first login waits half a second for it, the others do not."""
    valkey, url = start_valkey(tmp_path, leash)
    valkey.signal(signal.SIGSTOP)

    async def story(attempt: Try) -> list[str]:
        said = [await attempt(0, "1234", address="10.3.3.3")]
        return said + [await attempt(n % 2, user="nobody") for n in range(22)]

    said = Pair(wire_of, url).run(story)
    valkey.kill()
    assert said == ["in"] + ["BAD"] * 18 + ["LOCK"] * 4


def test_what_the_database_could_not_check_is_no_failure(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(attempt: Try) -> list[str]:
        def away(*_: object) -> Any:
            raise DatabaseUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(Authentication, "_authenticate", away)
            said = [await attempt(0, "1234") for _ in range(12)]
        return [*said, await attempt(0, "1234")]

    assert pair.run(story) == ["away"] * 12 + ["in"]
