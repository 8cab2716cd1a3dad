"""./leadmill up: everything at once, on one machine."""

import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli import leash, valkey
from cli.broker import reach_redis
from cli.database import prepare_database
from cli.options import Astguiclient, load_settings
from cli.readiness import Readiness
from cli.running import Announcement, announce, prepare_folder, take_lock
from cli.serve import SPARE, listen
from cli.supervisor import Program, Supervisor, environment_for_children
from cli.welcome import welcome
from db.engine import safe_url
from settings import ROOT, Settings

LOG_KEPT = 10_000_000
# Seconds that the remains of a killed run may take to end, Valkey to read its file, and the whole start.
PATIENCE = leash.GRACE + 5.0
VALKEY_START_BOUND = 60.0
START_BOUND = 90.0
# What a worker cannot finish in its time is delivered again at the next start.
WORKER_BOUND = 30.0
VALKEY_BOUND = 10.0
# The order of the end: the API answers with what the workers still do, and they with what is in Valkey.
API_STAGE, WORKER_STAGE, VALKEY_STAGE = 1, 2, 3
PYTHON = (sys.executable, "-m", "cli")


def up(
    port: Annotated[int | None, typer.Option(help="Port of the API. (default: LEADMILL_PORT)")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for database, queue and log. (default: LEADMILL_DATA_DIR)")] = None,
    request_workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes for API requests.")] = 1,
    import_workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes for imports.")] = 1,
    astguiclient: Astguiclient = None,
    leash_fd: Annotated[int | None, typer.Option(hidden=True, help="Pipe whose end means: stop.")] = None,
) -> None:
    """Run everything: queue, API and workers. Ctrl-C ends it, and nothing that was accepted is lost.

    With nothing set it uses a Valkey and a SQLite database of its own, with demo data, in the data folder. With
    LEADMILL_REDIS_URL and LEADMILL_DATABASE_URL (or --astguiclient) set it uses those.

    Examples:

      ./leadmill up

      ./leadmill up --port 9000 --data-dir /var/lib/leadmill --import-workers 2

      ./leadmill up --astguiclient /etc/astguiclient.conf
    """
    if leash_fd is not None:
        leash.follow(leash_fd)
    given = load_settings(astguiclient, port=port, data_dir=data_dir)
    settings = given.model_copy(update={"data_dir": given.data_dir.expanduser().resolve()})
    prepare_folder(settings.data_dir)
    lock = take_lock(settings.data_dir, patience=PATIENCE, end_remains=lambda: valkey.end_abandoned(settings.data_dir / "valkey"))
    workers = {"requests": request_workers, "imports": import_workers, "maintenance": 1}
    Up(settings, lock, listen(settings.host, settings.port), workers).run()


class Up:
    """One run of `up`, from its first process to its last."""

    def __init__(self, settings: Settings, lock: int, listener: socket.socket, workers: Mapping[str, int]) -> None:
        self.settings = settings
        self.lock = lock
        self.listener = listener
        self.workers = workers
        self.address = address(listener)
        self.log = settings.data_dir / "leadmill.log"
        self.leash, self.leash_end = os.pipe()
        self.held = (self.leash, lock)
        self.began = time.monotonic()

    def run(self) -> None:
        """Start, stay until the end is asked for, and stop. Raises CommandError when the start fails."""
        rotate(self.log)
        with self.log.open("ab", buffering=0) as log:
            supervisor = Supervisor(log, say)
            supervisor.listen_to_signals()
            try:
                if self.start(supervisor):
                    supervisor.run()
            finally:
                self.stop(supervisor)

    def start(self, supervisor: Supervisor) -> bool:
        """Start every process and wait until requests can be answered; False when the end was asked for meanwhile."""
        announce(self.lock, Announcement(pid=os.getpid(), address=self.address, demo=not self.settings.database_url))
        redis_url, queue = self.start_queue(supervisor)
        prepare_database(self.settings, say)
        supervisor.environment = environment_for_children(
            PYTHONPATH=str(ROOT),
            LEADMILL_REDIS_URL=redis_url,
            LEADMILL_DATABASE_URL=self.settings.database,
            LEADMILL_WEB_DIRECTORY=self.settings.web_directory,
            LEADMILL_DATA_DIR=str(self.settings.data_dir),
        )
        supervisor.start(self.api())
        for program in self.worker_programs():
            supervisor.start(program)
        ready = Readiness(self.address)
        if not supervisor.wait_for(ready, bound=START_BOUND, otherwise=lambda: f"{ready.last}; see {self.log}"):
            return False
        say(welcome(self.settings, address=self.address, queue=queue, log=self.log, seconds=time.monotonic() - self.began))
        return True

    def start_queue(self, supervisor: Supervisor) -> tuple[str, str]:
        """The URL of Redis and what to call it: the one that was set, else a Valkey of our own."""
        if "redis_url" in self.settings.model_fields_set:
            reach_redis(self.settings.redis_url).close()
            return self.settings.redis_url, safe_url(self.settings.redis_url)
        own = valkey.configure(self.settings.data_dir / "valkey")
        command = [sys.executable, str(ROOT / "cli/leash.py"), str(self.leash), *own.command]
        supervisor.start(Program(name="Valkey", command=command, stage=VALKEY_STAGE, bound=VALKEY_BOUND, descriptors=self.held))
        supervisor.wait_for(lambda: valkey.answers(own.url), bound=VALKEY_START_BOUND, otherwise=lambda: f"see {self.log}")
        return own.url, f"{own.name} {own.version}, in {own.folder}"

    def api(self) -> Program:
        """The API; it is handed the listening socket, so that callers can connect while it is started again."""
        given = self.listener.fileno()
        command = [*PYTHON, "serve", "--listen-fd", str(given), "--leash-fd", str(self.leash)]
        bound = self.settings.sync_wait + 2 * SPARE
        return Program(name="API", command=command, stage=API_STAGE, bound=bound, descriptors=(*self.held, given))

    def worker_programs(self) -> list[Program]:
        """A process for each worker of each queue."""
        return [
            Program(
                name=f"worker {queue} {number}",
                command=[*PYTHON, "worker", "--queues", queue, "--leash-fd", str(self.leash)],
                stage=WORKER_STAGE,
                bound=WORKER_BOUND,
                descriptors=self.held,
            )
            for queue, count in self.workers.items()
            for number in range(1, count + 1)
        ]

    def stop(self, supervisor: Supervisor) -> None:
        """Refuse new connections, let the API answer, the workers finish, and Valkey save, in this order."""
        if supervisor.interruptions:
            say("Stopping: what is under way is finished first. Ctrl-C again ends at once.")
        self.listener.close()
        supervisor.stop()
        if supervisor.interruptions:
            say("Stopped. What is still queued goes on at the next start.")


def rotate(log: Path) -> None:
    """Begin a new log file when the present one is large; one old file is kept."""
    if log.exists() and log.stat().st_size > LOG_KEPT:
        log.replace(log.with_suffix(".log.1"))


def address(listener: socket.socket) -> str:
    """The URL at which a listening socket is reached from this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - read, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def say(line: str) -> None:
    """Print for the operator, at once, even into a pipe."""
    print(line, flush=True)
