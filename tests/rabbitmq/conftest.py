"""A RabbitMQ of our own on a free port, for messages; results stay in Valkey."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from amqp.exceptions import AMQPError
from kombu import Connection

from protocol.messages import QUEUES, QUORUM
from tests.servers import Leash, Server, free_port, start
from tests.waiting import wait_until

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_BOUND = 120.0
ONE_CORE = "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"


@dataclass(frozen=True, slots=True)
class Rabbit:
    """A running RabbitMQ."""

    server: Server
    url: str

    def answers(self) -> bool:
        """Whether a login works."""
        try:
            with Connection(self.url, connect_timeout=2) as connection:
                connection.connect()
        except (OSError, AMQPError):
            return False
        return True

    def waiting(self, queue: str) -> int:
        """Messages that wait in a queue."""
        with Connection(self.url, connect_timeout=5) as connection:
            return int(connection.default_channel.queue_declare(queue, passive=True).message_count)

    def empty(self) -> None:
        """Make the queues, without a message."""
        with Connection(self.url, connect_timeout=5) as connection:
            for queue in QUEUES:
                connection.default_channel.queue_declare(queue, durable=True, auto_delete=False, arguments=QUORUM)
                connection.default_channel.queue_purge(queue)


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory, leash: Leash) -> Iterator[Rabbit]:
    """Started for `make test-rabbitmq` only, in CI too: to start it takes from ten seconds to a minute."""
    if os.environ.get("LEADMILL_TEST_RABBITMQ") != "1":
        pytest.skip("make test-rabbitmq runs these")
    epmd = shutil.which("epmd")
    if epmd is None or not PROGRAM.exists():
        pytest.fail("RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)")
    folder = tmp_path_factory.mktemp("rabbitmq")
    port, names_port = free_port(), free_port()
    # Erlang's name server would stay for ever if RabbitMQ started it.
    names = start("epmd", leash.held([epmd, "-port", names_port, "-address", "127.0.0.1"]), folder, leash)
    server = start("rabbitmq", leash.held([PROGRAM]), folder, leash, environment(folder, port, names_port))
    made = Rabbit(server, f"amqp://guest:guest@127.0.0.1:{port}//")
    wait_until(lambda: server.alive() and made.answers(), "RabbitMQ answers", timeout=START_BOUND)
    yield made
    server.stop()
    names.kill()


def environment(folder: Path, port: int, names_port: int) -> dict[str, str]:
    """All that keeps it apart from any other RabbitMQ of this machine."""
    (folder / "plugins").write_text("[].")
    (folder / "rabbitmq.conf").touch()
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
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ONE_CORE,
    }
    return {**os.environ, **{name: str(value) for name, value in places.items()}}
