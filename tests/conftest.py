"""Real servers and whole systems for every test that asks for them; nothing is started for those that do not."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from typing import NoReturn
from uuid import uuid4

import httpx
import hypothesis
import pytest
from sqlalchemy import make_url

from tests.brokers import Rabbit, start_rabbitmq
from tests.conformance.recorded import Case, Outcome, fixture_rows
from tests.conformance.replay import play
from tests.conformance.rows import DialerRows
from tests.conformance.sounds import put_sounds
from tests.databases import SQLITE, create_database, drop_database, run_on
from tests.running import ALL_QUEUES, Leadmill, lasting_keys
from tests.servers import Leash, start_mariadb, start_valkey

SystemOf = Callable[..., AbstractContextManager[Leadmill]]
Replay = Callable[[str, Case], Outcome]

RUNNING = pytest.StashKey[list[Leadmill]]()
ON_RABBITMQ = os.environ.get("LEADMILL_TEST_BROKER") == "rabbitmq"
"""Whether each system of the tests has its messages carried by RabbitMQ (make test-rabbitmq)."""


# How long an example takes tells of the machine. What CI looks at is the same each time; elsewhere chance finds new examples.
hypothesis.settings.register_profile("leadmill", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("leadmill")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RUNNING] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With xdist's `--dist loadgroup` one process keeps one kind of database, so that its system is started once."""
    for item in items:
        if isinstance(item, pytest.Function) and "replay" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(item.callspec.params["kind"]))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show what the running systems said last beside a test that failed."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.sections += [(f"log of {name}", text) for system in item.config.stash[RUNNING] for name, text in system.logs()]


@pytest.fixture(scope="session")
def leash() -> Iterator[Leash]:
    """What ends every process that the tests started, however pytest ends."""
    made = Leash()
    yield made
    made.close()


class Services:
    """The servers of one test process, each started when first asked for, all stopped at the end."""

    def __init__(self, folders: pytest.TempPathFactory, leash: Leash, process: int) -> None:
        self._folders = folders
        self._leash = leash
        self._mariadb = os.environ.get("LEADMILL_TEST_MARIADB_URL", "")
        self._redis = os.environ.get("LEADMILL_TEST_REDIS_URL", "")
        # Of a Redis that all test processes share, each uses databases of its own.
        self._numbers = count(4 * process if self._redis else 0)
        self._rabbit: Rabbit | None = None
        self.stack = ExitStack()

    def rabbit(self) -> Rabbit:
        """A RabbitMQ started for this process."""
        if self._rabbit is None:
            try:
                self._rabbit = start_rabbitmq(self._folders.mktemp("rabbitmq"), self._leash)
            except FileNotFoundError as error:
                missing(str(error))
            self.stack.callback(self._rabbit.stop)
        return self._rabbit

    def mariadb(self) -> str:
        """URL of a MariaDB on which tests make databases of their own: LEADMILL_TEST_MARIADB_URL, or one started for this process."""
        if not self._mariadb:
            try:
                server, self._mariadb = start_mariadb(self._folders.mktemp("mariadb"), self._leash)
            except FileNotFoundError as error:
                missing(f"{error}; or name a server in LEADMILL_TEST_MARIADB_URL")
            self.stack.callback(server.stop)
        return make_url(self._mariadb).set(database=None).render_as_string(hide_password=False)

    def redis_database(self) -> str:
        """URL of a Redis database that nobody uses yet: of LEADMILL_TEST_REDIS_URL, or of a Valkey started for this process."""
        if not self._redis:
            server, self._redis = start_valkey(self._folders.mktemp("valkey"), self._leash)
            self.stack.callback(server.stop)
        return f"{self._redis.rpartition('/')[0]}/{next(self._numbers)}"


def missing(what: str) -> NoReturn:
    """Skip on a laptop, fail where CI=true: there nothing may be left out."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory, leash: Leash, worker_id: str) -> Iterator[Services]:
    """The servers of this test process."""
    made = Services(tmp_path_factory, leash, int(worker_id.removeprefix("gw")) if worker_id != "master" else 0)
    with made.stack:
        yield made


@pytest.fixture(scope="session")
def mariadb_server(services: Services) -> str:
    """URL of a MariaDB on which tests make databases of their own."""
    return services.mariadb()


@pytest.fixture(scope="session")
def mariadb_database(mariadb_server: str) -> Iterator[Callable[[], str]]:
    """Makes an empty database on the MariaDB of the tests; its URL. It is dropped at the end."""
    made: list[str] = []

    def make() -> str:
        name = f"leadmill_{uuid4().hex[:12]}"
        run_on(mariadb_server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        made.append(name)
        return make_url(mariadb_server).set(database=name).render_as_string(hide_password=False)

    yield make
    for name in made:
        run_on(mariadb_server, f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def system_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, leash: Leash, services: Services) -> SystemOf:
    """Makes a running system of a kind of database: `with system_of("innodb", workers=[...], sync_wait=1) as system`."""

    @contextmanager
    def running(kind: str, workers: Sequence[str] = (ALL_QUEUES,), **settings: object) -> Iterator[Leadmill]:
        folder = tmp_path_factory.mktemp(kind)
        url = create_database(kind, "" if kind == SQLITE else services.mariadb(), folder)
        broker = {"broker_url": services.rabbit().url()} if ON_RABBITMQ else {}
        system = Leadmill(folder, leash, {"database_url": url, "redis_url": services.redis_database(), **broker, **settings})
        system.redis().flushdb()
        request.config.stash[RUNNING].append(system)
        try:
            system.start(workers)
            yield system
            assert not system.secrets_logged()
        except AssertionError as error:
            # The report comes when the system is gone.
            for name, text in system.logs():
                error.add_note(f"log of {name}:\n{text}")
            raise
        finally:
            system.stop()
            request.config.stash[RUNNING].remove(system)
            drop_database(url)

    return running


@pytest.fixture(autouse=True)
def no_lasting_keys(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test after which a running system holds a Redis key that never expires."""
    for system in request.config.stash[RUNNING]:
        system.mark_logs()
    yield
    for system in request.config.stash[RUNNING]:
        with system.redis() as client:
            found = lasting_keys(client) - system.lasting_seen
        system.lasting_seen |= found
        assert not found, f"keys without an expiry: {sorted(found)[:20]}"


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A client that keeps its connections."""
    with httpx.Client(timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def replay(system_of: SystemOf, http: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    """Plays a recorded case on a system of the kind of database, which is started at the first case and kept."""
    web = tmp_path_factory.mktemp("web")
    put_sounds(web)
    with ExitStack() as stack:
        kept: dict[str, tuple[str, DialerRows]] = {}

        def played(kind: str, case: Case) -> Outcome:
            if kind not in kept:
                system = stack.enter_context(system_of(kind, caller_cache=0, web_directory=web))
                rows = DialerRows(str(system.settings["database_url"]), fixture_rows())
                stack.callback(rows.close)
                kept[kind] = system.legacy_url, rows
            url, rows = kept[kind]
            return play(case, url, http, rows)

        yield played
