"""make bench-sweep: what other callers notice while a list of 1,000,000 leads is reset and then deleted (MariaDB, InnoDB).

Four callers add leads at a steady pace, first alone, then beside the reset, then beside the delete. The target is a p99 of
at most three times the idle one. Nothing is lowered for a number. Needs the program `mariadbd`. An argument sets the leads.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from benchmarks.throughput import MARIADB
from db.demo import load_demo
from db.engine import open_engine, writing
from tests.databases import INNODB, create_database
from tests.running import Leadmill
from tests.servers import Leash, start_mariadb, start_valkey
from tests.waiting import wait_until

LEADS = 1_000_000
LIST = "8800"
CALLERS, PAUSE, IDLE_SECONDS = 4, 0.05, 30
TARGET = 3.0
ONE = "INSERT INTO vicidial_list (list_id, phone_number, status, called_since_last_reset) VALUES (8800, '1', 'NEW', 'Y')"
MORE = (
    "INSERT INTO vicidial_list (list_id, phone_number, status, called_since_last_reset) "
    "SELECT list_id, 1000000000 + lead_id, status, called_since_last_reset FROM vicidial_list WHERE list_id = 8800 LIMIT %s"
)


def fill(engine: Engine, leads: int) -> None:
    """The list with its leads, each called since the last reset."""
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO vicidial_lists (list_id, list_name, campaign_id) SELECT 8800, 'large', MIN(campaign_id) FROM vicidial_campaigns"
        )
        connection.exec_driver_sql(
            "UPDATE vicidial_users SET modify_lists = '1', delete_lists = '1', modify_leads = '1' WHERE user = '6666'"
        )
        connection.exec_driver_sql(ONE)
    there = 1
    while there < leads:
        with writing(engine) as connection:
            there += connection.exec_driver_sql(MORE, (min(leads - there, 50_000),)).rowcount


def ask(system: Leadmill, client: httpx.Client, **parameters: str) -> str:
    """The reply to a legacy request."""
    return client.get(system.legacy_url, params={"user": "6666", "pass": "1234", "source": "test", **parameters}).text


@contextmanager
def callers(system: Leadmill, phones: Iterator[int]) -> Iterator[list[float]]:
    """Callers that add leads until the end; milliseconds of each of their requests."""
    taken: list[float] = []
    over = threading.Event()

    def call() -> None:
        with httpx.Client(timeout=60, trust_env=False) as client:
            while not over.wait(PAUSE):
                began = time.perf_counter()
                said = ask(system, client, function="add_lead", list_id="101", phone_number=str(next(phones)), duplicate_check="DUPSYS")
                taken.append((time.perf_counter() - began) * 1000)
                assert said.startswith("SUCCESS"), said

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    yield taken
    over.set()
    for thread in threads:
        thread.join()


def sweep(system: Leadmill, **parameters: str) -> str:
    """Ask for something that concerns the whole list, and poll to its end."""
    with httpx.Client(timeout=60, trust_env=False) as client:
        said = ask(system, client, function="update_list", list_id=LIST, **parameters)
        assert " QUEUED - " in said, said
        job_id = said.partition(" - ")[2].partition("|")[0]

        def answer() -> str:
            told = ask(system, client, function="job_status", job_id=job_id)
            return "" if "QUEUED" in told else told

        return wait_until(answer, "the sweep is done", timeout=3600)


def measure(system: Leadmill) -> bool:
    """Print what callers notice; whether the target was reached."""
    phones, table = count(2_000_000_000), Table("beside", "seconds", "requests", "p50 ms", "p99 ms", "of idle p99")
    idle, reached = 0.0, True
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("nothing", lambda: time.sleep(IDLE_SECONDS)),
        ("reset_list", lambda: sweep(system, reset_list="Y")),
        ("delete_leads", lambda: sweep(system, delete_leads="Y")),
        ("nothing again", lambda: time.sleep(IDLE_SECONDS)),
    )
    for name, step in steps:
        began = time.perf_counter()
        with callers(system, phones) as taken:
            told = step()
        p99 = quantiles(taken, n=100)[98]
        idle = idle or p99
        reached = reached and p99 <= TARGET * idle
        seconds = time.perf_counter() - began
        table.add_row(name, f"{seconds:.0f}", str(len(taken)), f"{median(taken):.1f}", f"{p99:.1f}", f"{p99 / idle:.2f}")
        if told:
            print(told, end="")
    Console().print(table)
    return reached


def main() -> int:
    """Start everything, measure, print. Exit code 1 where the target was missed."""
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else LEADS
    leash = Leash()
    with tempfile.TemporaryDirectory(prefix="leadmill-bench-") as name:
        folder = Path(name)
        database, server = start_mariadb(folder, leash, MARIADB)
        valkey, redis_url = start_valkey(folder, leash, "--appendfsync", "always")
        url = create_database(INNODB, server, folder)
        engine = open_engine(url)
        load_demo(engine)
        fill(engine, leads)
        system = Leadmill(folder, leash, {"database_url": url, "redis_url": redis_url, "sync_wait": 2})
        system.start(workers=("requests", "imports", "maintenance"))
        try:
            reached = measure(system)
        finally:
            system.stop()
            engine.dispose()
            valkey.stop()
            database.stop()
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
