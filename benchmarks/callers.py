"""make bench-callers: what other callers notice of an import, a reset and a delete of 1,000,000 leads (MariaDB, InnoDB).

Four callers add leads at a steady pace. The worker that imports, resets or deletes is stopped and let go in turns of some
seconds, so that whatever else the machine does counts for both sides alike; the p99 beside the work is told as a ratio of the
p99 while it stands still. The target is three. Nothing is lowered for a number. Needs the program `mariadbd`. Arguments:
leads, rounds.
"""

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from benchmarks.loads import MARIADB, Phones, import_file
from db.demo import load_demo
from db.engine import open_engine, writing
from tests.databases import INNODB, create_database
from tests.running import Leadmill
from tests.servers import Leash, start_mariadb, start_valkey
from tests.waiting import wait_until

LEADS = 1_000_000
ROUNDS = 2
FIRST_LIST = 8800
CALLERS, PAUSE = 4, 0.05
TURN, MARGIN = 8.0, 1.0
"""Seconds of a turn, and those at its start that do not count: the database still purges what was deleted."""
TARGET = 3.0
RIGHTS = "UPDATE vicidial_users SET modify_lists = '1', delete_lists = '1', modify_leads = '1' WHERE user = '6666'"
ONE = "INSERT INTO vicidial_list (list_id, phone_number, status, called_since_last_reset) VALUES (%s, '1', 'NEW', 'Y')"
MORE = (
    "INSERT INTO vicidial_list (list_id, phone_number, status, called_since_last_reset) "
    "SELECT list_id, 20000000000 + lead_id, status, called_since_last_reset FROM vicidial_list WHERE list_id = %s LIMIT %s"
)


def fill(engine: Engine, list_id: int, leads: int) -> None:
    """A list with its leads, each called since the last reset."""
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO vicidial_lists (list_id, list_name, campaign_id) SELECT %s, 'large', MIN(campaign_id) FROM vicidial_campaigns",
            (list_id,),
        )
        connection.exec_driver_sql(ONE, (list_id,))
    there = 1
    while there < leads:
        with writing(engine) as connection:
            there += connection.exec_driver_sql(MORE, (list_id, min(leads - there, 50_000))).rowcount


def ask(system: Leadmill, client: httpx.Client, **parameters: str) -> str:
    """The reply to a legacy request."""
    return client.get(system.legacy_url, params={"user": "6666", "pass": "1234", "source": "test", **parameters}).text


@contextmanager
def callers(system: Leadmill, phones: Iterator[int]) -> Iterator[list[tuple[float, float]]]:
    """Callers that add leads until the end; when each of their requests began, and its milliseconds."""
    taken: list[tuple[float, float]] = []
    over = threading.Event()

    def call() -> None:
        with httpx.Client(timeout=60, trust_env=False) as client:
            while not over.wait(PAUSE):
                began = time.perf_counter()
                said = ask(system, client, function="add_lead", list_id="101", phone_number=str(next(phones)), duplicate_check="DUPSYS")
                taken.append((began, (time.perf_counter() - began) * 1000))
                assert said.startswith(("SUCCESS", "NOTICE: add_lead QUEUED")), said

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield taken
    finally:
        over.set()
        for thread in threads:
            thread.join()


def sweep(system: Leadmill, **parameters: str) -> str:
    """Ask for something that concerns the whole list, and poll to its end."""
    with httpx.Client(timeout=60, trust_env=False) as client:
        said = ask(system, client, function="update_list", **parameters)
        assert " QUEUED - " in said, said
        job_id = said.partition(" - ")[2].partition("|")[0]

        def answer() -> str:
            told = ask(system, client, function="job_status", job_id=job_id)
            return "" if "QUEUED" in told else told

        return wait_until(answer, "the sweep is done", timeout=3600)


@contextmanager
def stopped_in_turns(process: int) -> Iterator[list[tuple[float, float, bool]]]:
    """Let a process run, stop it, and so on; start and end of each turn but its margin, and whether the process ran."""
    turns: list[tuple[float, float, bool]] = []
    over = threading.Event()

    def alternate() -> None:
        runs = True
        while not over.is_set():
            began = time.perf_counter()
            over.wait(TURN)
            turns.append((began + MARGIN, time.perf_counter(), runs))
            runs = not runs
            os.kill(process, signal.SIGCONT if runs else signal.SIGSTOP)
        os.kill(process, signal.SIGCONT)

    thread = threading.Thread(target=alternate)
    thread.start()
    try:
        yield turns
    finally:  # or the process would stay stopped
        over.set()
        thread.join()


def works(system: Leadmill, phones: Phones, leads: int, list_id: int) -> Iterator[tuple[str, int, Callable[[], object]]]:
    """What is done beside the callers: its name, the process that does it, and how it is asked for and waited for."""
    importer, sweeper = (worker.running.pid for worker in system.workers[1:])
    yield "import", importer, lambda: import_file(system, phones, {"duplicate_check": "DUPSYS"}, rows=leads)
    for name in ("reset_list", "delete_leads"):
        yield name, sweeper, lambda name=name: sweep(system, list_id=str(list_id), **{name: "Y"})


def measure(system: Leadmill, leads: int, rounds: int) -> bool:
    """Print what callers notice; whether the target was reached every time."""
    numbers, phones, reached = count(10_000_000_000), Phones(), True
    table = Table("work", "seconds", "requests", "p50 ms", "p99 ms", "stopped: requests", "p50 ms", "p99 ms", "ratio of p99")
    for list_id in range(FIRST_LIST, FIRST_LIST + rounds):
        for name, worker, work in works(system, phones, leads, list_id):
            began = time.perf_counter()
            with callers(system, numbers) as taken, stopped_in_turns(worker) as turns:
                work()
            beside, alone = ([ms for at, ms in taken if any(a <= at < b for a, b, ran in turns if ran is runs)] for runs in (True, False))
            ratio = p99(beside) / p99(alone)
            table.add_row(name, f"{time.perf_counter() - began:.0f}", *told(beside), *told(alone), f"{ratio:.2f}")
            reached = reached and ratio <= TARGET
            print(f"p99 beside {name} is {ratio:.2f} of the p99 without", flush=True)
    Console(width=120).print(table)
    return reached


def told(taken: Sequence[float]) -> tuple[str, str, str]:
    """Number, median and p99 of what requests took."""
    return str(len(taken)), f"{median(taken):.1f}", f"{p99(taken):.1f}"


def p99(taken: Sequence[float]) -> float:
    """The time that one request in a hundred takes longer than."""
    return quantiles(taken, n=100)[98]


def main() -> int:
    """Start everything, measure, print. Exit code 1 where the target was missed."""
    leads, rounds = (int(given) for given in [*sys.argv[1:], *map(str, (LEADS, ROUNDS)[len(sys.argv) - 1 :])])
    leash = Leash()
    with tempfile.TemporaryDirectory(prefix="leadmill-bench-") as name:
        folder = Path(name)
        database, server = start_mariadb(folder, leash, MARIADB)
        valkey, redis_url = start_valkey(folder, leash, "--appendfsync", "always")
        url = create_database(INNODB, server, folder)
        engine = open_engine(url)
        load_demo(engine)
        with writing(engine) as connection:
            connection.exec_driver_sql(RIGHTS)
        for list_id in range(FIRST_LIST, FIRST_LIST + rounds):
            fill(engine, list_id, leads)
        system = Leadmill(folder, leash, {"database_url": url, "redis_url": redis_url, "sync_wait": 2})
        system.start(workers=("requests", "imports", "maintenance"))
        try:
            reached = measure(system, leads, rounds)
        finally:
            system.stop()
            engine.dispose()
            valkey.stop()
            database.stop()
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
