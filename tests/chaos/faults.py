"""What goes wrong. Each fault harms one part for a while, and has mended it when it returns."""

import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from tests.chaos.scene import Scene
from tests.databases import MYISAM, SQLITE

Fault = Callable[[Scene, random.Random], None]


def kill_worker(scene: Scene, chance: random.Random) -> None:
    """A worker is killed in the middle of whatever it does, and another takes its place."""
    worker = chance.choice(scene.system.workers)
    worker.kill()
    worker.again()


def kill_api(scene: Scene, _chance: random.Random) -> None:
    """The API is killed, with every request it has."""
    assert scene.system.api is not None
    scene.system.api.kill()
    scene.system.start_api()


def kill_valkey(scene: Scene, _chance: random.Random) -> None:
    """Valkey is killed and comes back with its append-only file."""
    scene.restart_valkey()


def kill_rabbitmq(scene: Scene, _chance: random.Random) -> None:
    """RabbitMQ is killed and comes back with its files."""
    assert scene.rabbit is not None
    scene.rabbit.server.kill()
    scene.rabbit.again()


def restart_mariadb(scene: Scene, chance: random.Random) -> None:
    """MariaDB is shut down for a while, or crashes (not with MyISAM tables, which a crash of their server may damage)."""
    scene.stop_mariadb(kill=scene.kind != MYISAM and chance.random() < 0.5)
    time.sleep(chance.uniform(0, 2))
    scene.start_mariadb()


def freeze_worker(scene: Scene, chance: random.Random) -> None:
    """A worker stands still for longer than the broker waits for it, and then goes on as if nothing had been."""
    worker = chance.choice(scene.system.workers)
    worker.signal(signal.SIGSTOP)
    time.sleep(scene.given_up * 1.5)
    worker.signal(signal.SIGCONT)


def fill_valkey(scene: Scene, chance: random.Random) -> None:
    """Valkey has no memory left, and refuses every write."""
    with scene.redis() as client:
        client.config_set("maxmemory", 1)
        time.sleep(chance.uniform(0.5, 4))
        client.config_set("maxmemory", 0)


def cut_network(scene: Scene, chance: random.Random) -> None:
    """The workers lose Redis, and RabbitMQ: their connections break, or go dead without a word."""
    broken = chance.random() < 0.5
    with ExitStack() as stack:
        for network in scene.networks:
            stack.enter_context(network.cut() if broken else network.dead())
        time.sleep(chance.uniform(0.5, 8))


ON: dict[str, Sequence[Fault]] = {
    "workers": (kill_worker, freeze_worker),
    "api": (kill_api,),
    "valkey": (kill_valkey, fill_valkey),
    "rabbitmq": (kill_rabbitmq,),
    "mariadb": (restart_mariadb,),
    "network": (cut_network,),
}
"""The faults by the part they befall: of one part only one happens at a time, of different parts several may."""


def faults_on(kind: str, *, rabbitmq: bool = False) -> list[Fault]:
    """All faults that there are on a kind of database, with RabbitMQ or without."""
    missing = {"mariadb": kind == SQLITE, "rabbitmq": not rabbitmq}
    return [fault for part, faults in ON.items() for fault in faults if not missing.get(part)]


def befall(scene: Scene, faults: Sequence[Fault], chance: random.Random, seconds: float) -> None:
    """Let the faults happen, each at a random moment of that time; return when all is mended."""
    locks = {part: threading.Lock() for part in ON}
    failed: list[BaseException] = []
    with ExitStack() as stack:
        for fault in faults:
            part = next(part for part, some in ON.items() if fault in some)
            one = threading.Thread(
                target=_befall, args=(scene, fault, random.Random(chance.random()), locks[part], chance.uniform(0, seconds), failed)
            )
            one.start()
            stack.callback(one.join)
        time.sleep(seconds)
    if failed:
        raise failed[0]


def _befall(scene: Scene, fault: Fault, chance: random.Random, lock: threading.Lock, after: float, failed: list[BaseException]) -> None:
    time.sleep(after)
    try:
        with lock:
            fault(scene, chance)
    except BaseException as error:
        failed.append(error)
