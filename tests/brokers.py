"""A RabbitMQ of our own on a free port, for the messages of the tests; results stay in Valkey."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from amqp.exceptions import AMQPError, NotFound
from kombu import Connection

from protocol.messages import QUEUES
from tests.servers import Leash, Server, free_port, start
from tests.waiting import wait_until

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CONTROL = PROGRAM.with_name("rabbitmqctl")
START_BOUND = 180.0
ARGUMENTS = "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1} -mnesia core_dir false"
"""One core, loopback alone, and no dump of its own database into the folder of the tests where it is killed."""
HOSTS = 48
"""Virtual hosts, made at the start: each system of the tests has one of its own."""


@dataclass(slots=True)
class Rabbit:
    """A running RabbitMQ, and Erlang's name server that it needs."""

    server: Server
    names: Server
    port: int
    environment: Mapping[str, str]
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(HOSTS)))

    def url(self) -> str:
        """URL of a virtual host that nobody uses yet."""
        return self._url(next(self._numbers))

    def answers(self) -> bool:
        """Whether a login works at the last of the virtual hosts."""
        try:
            with Connection(self._url(HOSTS - 1), connect_timeout=2) as connection:
                connection.connect()
        except (OSError, AMQPError):
            return False
        return True

    def again(self) -> None:
        """Start it again after its end, and wait until it answers."""
        self.server.again()
        wait_until(lambda: self.server.alive() and self.answers(), "RabbitMQ answers again", timeout=START_BOUND)

    def held(self, url: str) -> dict[str, int]:
        """Messages of each queue of a virtual host, waiting or taken by a worker."""
        asked = [CONTROL, "--quiet", "--no-table-headers", "-p", url.rpartition("/")[2], "list_queues", "name", "messages"]
        told = subprocess.run(asked, env=self.environment, capture_output=True, text=True, timeout=60, check=True).stdout
        lengths = dict(line.split("\t") for line in told.splitlines())
        return {name: int(lengths.get(name, 0)) for name in QUEUES}

    def stop(self) -> None:
        """End both."""
        self.server.stop()
        self.names.kill()

    def _url(self, number: int) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/leadmill{number}"


def waiting(url: str, queue: str) -> int:
    """Messages that wait in a queue of a virtual host and that no worker has taken."""
    with Connection(url, connect_timeout=5) as connection:
        try:
            return int(connection.default_channel.queue_declare(queue, passive=True).message_count)
        except NotFound:  # nobody has sent anything yet
            return 0


def start_rabbitmq(folder: Path, leash: Leash) -> Rabbit:
    """A RabbitMQ with empty virtual hosts. Raises FileNotFoundError when this machine has none."""
    epmd = shutil.which("epmd")
    if epmd is None or not PROGRAM.exists():
        raise FileNotFoundError("RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)")
    port, names_port = free_port(), free_port()
    # Erlang's name server would stay for ever if RabbitMQ started it.
    names = start("epmd", leash.held([epmd, "-port", names_port, "-address", "127.0.0.1"]), folder, leash)
    environment = _environment(folder, port, names_port)
    server = start("rabbitmq", leash.held([PROGRAM]), folder, leash, environment)
    made = Rabbit(server, names, port, environment)
    wait_until(lambda: server.alive() and made.answers(), "RabbitMQ answers", timeout=START_BOUND)
    return made


def _environment(folder: Path, port: int, names_port: int) -> dict[str, str]:
    """All that keeps it apart from any other RabbitMQ of this machine."""
    (folder / "plugins").write_text("[].")
    (folder / "definitions.json").write_text(json.dumps(_definitions()))
    (folder / "rabbitmq.conf").write_text(f"load_definitions = {folder / 'definitions.json'}\n")
    places = {
        "HOME": folder,
        "ERL_EPMD_PORT": names_port,
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_NODENAME": f"leadmill{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": port,
        "RABBITMQ_DIST_PORT": free_port(),
        "RABBITMQ_MNESIA_BASE": folder / "mnesia",
        "RABBITMQ_LOG_BASE": folder / "log",
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": folder / "pid",
        "RABBITMQ_ENABLED_PLUGINS_FILE": folder / "plugins",
        "RABBITMQ_CONFIG_FILE": folder / "rabbitmq",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ARGUMENTS,
    }
    return {**os.environ, **{name: str(value) for name, value in places.items()}}


def _definitions() -> dict[str, object]:
    """User guest, and the virtual hosts. A password is kept as its salted hash (RabbitMQ's documentation, "Passwords")."""
    salt = b"salt"
    hashed = b64encode(salt + sha256(salt + b"guest").digest()).decode()
    hosts = [f"leadmill{number}" for number in range(HOSTS)]
    return {
        "users": [{"name": "guest", "password_hash": hashed, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ""}],
        "vhosts": [{"name": host} for host in hosts],
        "permissions": [{"user": "guest", "vhost": host, "configure": ".*", "write": ".*", "read": ".*"} for host in hosts],
    }
