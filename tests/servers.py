"""Real servers of our own for the tests: MariaDB and Valkey on free ports of loopback, gone when pytest is gone, however it ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
import redis

from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]

# What makes a server fast for tests and changes no meaning: a power cut may cost a second of work, and there is little of it.
FAST_MARIADB = (
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
    "--performance-schema=OFF",
    "--skip-name-resolve",
)
MARIADB_PROGRAMS = (("mariadbd", "mysqld"), ("mariadb-install-db", "mysql_install_db"))


class Leash:
    """A pipe that nobody writes to: what holds its other end stops when this process ends, even when it is killed (cli/leash.py)."""

    def __init__(self) -> None:
        self.descriptor, self._ours = os.pipe()

    def close(self) -> None:
        """Let everything go that is still held."""
        os.close(self._ours)
        os.close(self.descriptor)

    def held(self, command: Sequence[object]) -> list[str]:
        """A command line that runs a program which knows nothing of leashes."""
        return [sys.executable, str(ROOT / "cli" / "leash.py"), str(self.descriptor), *map(str, command)]


@dataclass(slots=True)
class Server:
    """A program that runs in the background; what it prints goes into a file."""

    name: str
    log: Path
    launch: "Callable[[], subprocess.Popen[bytes]]"
    running: "subprocess.Popen[bytes]" = field(init=False)
    shown_from: int = 0

    def __post_init__(self) -> None:
        self.running = self.launch()

    def stop(self, patience: float = 20.0) -> None:
        """End it in good order, or by force after `patience` seconds."""
        self.running.terminate()
        try:
            self.running.wait(patience)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()

    def kill(self) -> None:
        """End it at once, as a crash does; without its leash too."""
        self.signal(signal.SIGKILL)
        self.running.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and what it runs."""
        for process in (*children(self.running.pid), self.running.pid):
            os.kill(process, number)

    def again(self) -> None:
        """Start it anew, after its end."""
        self.running = self.launch()

    def alive(self) -> bool:
        """True while it runs. Fails with its last lines when it has ended."""
        assert self.running.poll() is None, f"{self.name} ended with code {self.running.returncode}:\n{self.last_lines()}"
        return True

    def last_lines(self, most: int = 60) -> str:
        """The end of what it printed since the mark."""
        with self.log.open("rb") as log:
            log.seek(self.shown_from)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-most:])


def start(name: str, command: Sequence[str], folder: Path, leash: Leash, environment: dict[str, str] | None = None, *others: int) -> Server:
    """Start a program whose output goes to NAME.log in the folder; it gets the leash and the other descriptors."""
    log = folder / f"{name}.log"
    descriptors = (leash.descriptor, *others)

    def launch() -> "subprocess.Popen[bytes]":
        with log.open("ab") as output:
            return subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=descriptors
            )

    return Server(name, log, launch)


def children(process: int) -> Iterator[int]:
    """The processes that it has started."""
    for name in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        yield from children(int(name))
        yield int(name)


def start_mariadb(folder: Path, leash: Leash, options: Sequence[str] = FAST_MARIADB) -> tuple[Server, str]:
    """A MariaDB with an empty data folder, and its URL (user root, no password, no database)."""
    (server, install), port, data = mariadb_programs(), free_port(), folder / "data"
    user = ["--user=root"] if os.geteuid() == 0 else []
    # A server that starts clears its folder of temporary tables, so none may be shared.
    (folder / "tmp").mkdir()
    places = [f"--datadir={data}", f"--tmpdir={folder / 'tmp'}"]
    made = [install, "--no-defaults", *places, "--auth-root-authentication-method=normal", "--skip-test-db", *user]
    installed = subprocess.run(made, capture_output=True, text=True, timeout=120, check=False)
    assert installed.returncode == 0, f"{install} failed:\n{installed.stdout}\n{installed.stderr}"
    # A socket's path may have about 100 characters, so it is named from the data folder.
    where = [*places, "--socket=mariadb.sock", f"--port={port}", "--bind-address=127.0.0.1"]
    command = leash.held([server, "--no-defaults", *where, *user, *options])
    running = start("mariadb", command, folder, leash)
    wait_until(lambda: running.alive() and mariadb_answers(port), "MariaDB answers", timeout=30)
    return running, f"mysql+pymysql://root@127.0.0.1:{port}/"


def mariadb_programs() -> tuple[str, str]:
    """Server and installer. Raises FileNotFoundError when this machine has none."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = [next(filter(None, (shutil.which(name, path=path) for name in names)), None) for names in MARIADB_PROGRAMS]
    server, install = found
    if server is None or install is None:
        raise FileNotFoundError("MariaDB is not installed (Debian: apt-get install mariadb-server)")
    return server, install


def mariadb_answers(port: int) -> bool:
    """Whether a login works."""
    try:
        pymysql.connect(host="127.0.0.1", port=port, user="root").close()
    except pymysql.err.OperationalError:
        return False
    return True


def start_valkey(folder: Path, leash: Leash, *more: str) -> tuple[Server, str]:
    """A Valkey as `./leadmill up` starts it (every write on disk, nothing ever evicted), and the URL of its database 0."""
    from cli.valkey import find_program

    program, _ = find_program()
    port = free_port()
    options = {"bind": "127.0.0.1", "port": port, "dir": folder, "databases": 64, "appendonly": "yes", "maxmemory-policy": "noeviction"}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    running = start("valkey", leash.held([program, *words, "--save", "", *more]), folder, leash)
    url = f"redis://127.0.0.1:{port}/0"
    wait_until(lambda: running.alive() and redis_answers(url), "Valkey answers", timeout=30)
    return running, url


def redis_answers(url: str) -> bool:
    """Whether it says PONG."""
    try:
        return bool(redis.Redis.from_url(url).ping())
    except redis.ConnectionError:
        return False


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
