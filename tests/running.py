"""A whole Leadmill for a test: an API process and worker processes, with a database and a Redis of their own."""

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import redis

from tests.brokers import waiting as rabbit_waiting
from tests.servers import Leash, Server, start
from tests.waiting import wait_until

ALL_QUEUES = "requests,imports,maintenance"
LEGACY_PATH = "/vicidial/non_agent_api.php"
START_BOUND = 60.0
# Kept for ever on purpose: what still waits in the queues, and kombu's own book-keeping of it.
LASTING_KEYS = ("requests", "imports", "maintenance", "unacked", "unacked_index")
LASTING_PREFIX = ("_kombu.binding", "leadmill:sent")
# The caller's password by any name, in a URL or in HTTP Basic, and that of the tests' RabbitMQ.
SECRET = re.compile(r"pass(?:word)?\W{1,4}1234|6666:1234|NjY2NjoxMjM0|guest:guest", re.IGNORECASE)


@dataclass(slots=True)
class Leadmill:
    """A running system. `settings` are the fields of settings.Settings that differ from their defaults."""

    folder: Path
    leash: Leash
    settings: Mapping[str, object]
    port: int = 0
    api: Server | None = None
    workers: list[Server] = field(default_factory=list)
    lasting_seen: set[str] = field(default_factory=set)

    def start(self, workers: Sequence[str] = (ALL_QUEUES,)) -> None:
        """Start the API and one worker for each entry (its queues), and wait until all of it is ready."""
        self.start_api()
        for queues in workers:
            self.start_worker(queues)
        wait_until(lambda: self.alive() and self.ready(), "the API says that it is ready", timeout=START_BOUND)

    def start_api(self) -> None:
        """Start the API process; after its end another one on the same port."""
        with socket.create_server(("127.0.0.1", self.port), backlog=2048) as listener:
            self.port = listener.getsockname()[1]
            command = [*LEADMILL, "serve", "--listen-fd", str(listener.fileno()), "--leash-fd", str(self.leash.descriptor)]
            self.api = start("api", command, self.folder, self.leash, self._environment(), listener.fileno())

    def start_worker(self, queues: str = ALL_QUEUES, **settings: object) -> Server:
        """Start one more worker process; `settings` differ from those of the system."""
        command = [*LEADMILL, "worker", "--queues", queues, "--leash-fd", str(self.leash.descriptor)]
        worker = start(f"worker-{len(self.workers)}", command, self.folder, self.leash, self._environment(settings))
        self.workers.append(worker)
        return worker

    def stop(self) -> None:
        """End every process, the API first."""
        for server in self._servers():
            server.running.terminate()
        for server in self._servers():
            server.stop()

    def alive(self) -> bool:
        """True while every process runs. Fails with the last lines of one that ended by itself."""
        return all(server.alive() for server in self._servers() if server.running.returncode != -signal.SIGKILL)

    def ready(self) -> bool:
        """Whether the API answers that database, broker and workers are there."""
        try:
            return httpx.get(f"{self.address}/readyz", timeout=5, trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def legacy_url(self) -> str:
        """The address that legacy callers use."""
        return self.address + LEGACY_PATH

    def mark_logs(self) -> None:
        """Show from now on only what the processes say from here."""
        for server in self._servers():
            server.shown_from = server.log.stat().st_size

    def logs(self) -> Iterator[tuple[str, str]]:
        """Name of each process, and its last lines since the mark."""
        for server in self._servers():
            yield server.name, server.last_lines()

    def secrets_logged(self) -> list[str]:
        """Lines of any process, since its start, in which a password stands that the tests send or connect with."""
        lines = (line for server in self._servers() for line in server.log.read_text(errors="replace").splitlines())
        return [line for line in lines if SECRET.search(line)]

    def redis(self) -> "redis.Redis":
        """A client of its Redis."""
        return redis.Redis.from_url(str(self.settings["redis_url"]), decode_responses=True)

    def waiting(self, queue: str) -> int:
        """Messages that wait in a queue and that no worker has taken."""
        if broker := self.settings.get("broker_url"):
            return rabbit_waiting(str(broker), queue)
        with self.redis() as client:
            return int(client.llen(queue))  # type: ignore[arg-type]

    def taken(self) -> bool:
        """Whether a worker may hold a message; RabbitMQ does not tell."""
        if self.settings.get("broker_url"):
            return True
        with self.redis() as client:
            return bool(client.hlen("unacked"))

    def _servers(self) -> list[Server]:
        return [*([self.api] if self.api else []), *self.workers]

    def _environment(self, other: Mapping[str, object] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADMILL_")}
        given = {f"LEADMILL_{name.upper()}": str(value) for name, value in {**self.settings, **(other or {})}.items()}
        # The recordings were made at UTC, whatever the clock of this machine shows.
        always = {"TZ": "UTC", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "LEADMILL_TIMEZONE": "UTC", "LEADMILL_DEBUG": "1"}
        return {**kept, "LEADMILL_DATA_DIR": str(self.folder), **always, **given}


ROOT = Path(__file__).parents[1]
LEADMILL = (sys.executable, "-m", "cli")


def lasting_keys(client: "redis.Redis") -> set[str]:
    """The keys that nothing would ever delete, but for those of the queues."""
    keys = [key for key in client.scan_iter(count=10_000) if key not in LASTING_KEYS and not key.startswith(LASTING_PREFIX)]
    with client.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.ttl(key)
        left = pipeline.execute()
    return {key for key, seconds in zip(keys, left, strict=True) if seconds == -1}
