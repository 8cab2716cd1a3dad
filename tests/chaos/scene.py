"""What chaos befalls: a whole system, with servers and a network of its own, every part of which can be taken away."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from sqlalchemy import Engine, make_url

from db.engine import open_engine
from tests.brokers import Rabbit, start_rabbitmq
from tests.chaos.proxy import Network
from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.databases import MYISAM, SQLITE, create_database
from tests.running import Leadmill
from tests.servers import Leash, Server, mariadb_answers, redis_answers, start_mariadb, start_valkey
from tests.waiting import wait_until

WORKERS = ("requests", "requests", "imports", "maintenance")
SETTINGS: dict[str, object] = {"visibility_timeout": 5, "sync_wait": 1, "import_chunk": 500}
RESET_LIST = 8800
BACK = 120.0
"""Seconds until a server that was restarted must answer, on however slow a machine."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """A running system and the servers below it. `mariadb` is None on SQLite, `rabbit` where Valkey carries the messages."""

    kind: str
    system: Leadmill
    valkey: Server
    mariadb: Server | None
    rabbit: Rabbit | None
    networks: Sequence[Network]
    engine: Engine

    @property
    def transactional(self) -> bool:
        """Whether the dialer's tables know a ROLLBACK."""
        return self.kind != MYISAM

    @property
    def given_up(self) -> float:
        """Seconds of silence after which the broker takes a worker for dead, at the most (of AMQP: two heartbeats, noticed late)."""
        return float(str(self.system.settings["visibility_timeout"])) * (3 if self.rabbit else 1)

    def held(self) -> dict[str, int]:
        """Messages that RabbitMQ has, by queue; none where it plays no part."""
        return self.rabbit.held(str(self.system.settings["broker_url"])) if self.rabbit else {}

    def redis(self) -> "redis.Redis":
        """A client that goes past the network of the workers."""
        return self.system.redis()

    def restart_valkey(self) -> None:
        """Kill it and start it again on its append-only file."""
        self.valkey.kill()
        self.valkey.again()
        wait_until(lambda: redis_answers(str(self.system.settings["redis_url"])), "Valkey answers again", timeout=BACK)

    def stop_mariadb(self, *, kill: bool) -> None:
        """End it: in good order, or as a crash would."""
        assert self.mariadb is not None
        if kill:
            self.mariadb.kill()
        else:
            self.mariadb.stop(BACK)

    def start_mariadb(self) -> None:
        """Start it again on its files."""
        assert self.mariadb is not None
        self.mariadb.again()
        port = make_url(str(self.system.settings["database_url"])).port
        wait_until(lambda: mariadb_answers(int(port or 0)), "MariaDB answers again", timeout=BACK)


@contextmanager
def scene_of(kind: str, folder: Path, leash: Leash, *, rabbitmq: bool = False) -> Iterator[Scene]:
    """A system on a kind of database, its workers behind the network; ready."""
    with ExitStack() as stack:
        server, mariadb = "", None
        if kind != SQLITE:
            mariadb, server = start_mariadb(made(folder / "mariadb"), leash)
            stack.callback(lambda: mariadb.stop() if mariadb else None)
        valkey, redis_url = start_valkey(made(folder / "valkey"), leash)
        stack.callback(valkey.stop)
        rabbit = start_rabbitmq(made(folder / "rabbitmq"), leash) if rabbitmq else None
        stack.callback(lambda: rabbit.stop() if rabbit else None)
        urls = {"redis_url": redis_url, **({"broker_url": rabbit.url()} if rabbit else {})}
        networks = {name: Network(make_url(url).port or 0) for name, url in urls.items()}
        for network in networks.values():
            stack.callback(network.close)
        url = create_database(kind, server, folder)
        put_dialer(url)
        system = Leadmill(folder, leash, {"database_url": url, **urls, **SETTINGS})
        stack.callback(system.stop)
        system.start_api()
        for queues in WORKERS:
            system.start_worker(queues, **{name: through(networks[name], url) for name, url in urls.items()})
        wait_until(lambda: system.alive() and system.ready(), "the system is ready", timeout=BACK)
        engine = open_engine(url)
        stack.callback(engine.dispose)
        yield Scene(kind=kind, system=system, valkey=valkey, mariadb=mariadb, rabbit=rabbit, networks=[*networks.values()], engine=engine)


def through(network: Network, url: str) -> str:
    """The URL by which a server is reached through the network."""
    return make_url(url).set(port=network.port).render_as_string(hide_password=False)


def put_dialer(url: str) -> None:
    """The small dialer of the recorded conversations, and a list to be reset."""
    rows = DialerRows(url, fixture_rows())
    rights = {"modify_lists": "1", "modify_leads": "1"}
    rows.put({"vicidial_lists": [{"list_id": RESET_LIST, "campaign_id": "TESTCAMP"}], "vicidial_users": [{"user": "6666", **rights}]})
    rows.close()


def made(folder: Path) -> Path:
    """The folder, made."""
    folder.mkdir()
    return folder
