"""make bench: how close Leadmill comes to what the database takes from a bare loop. Ratios of one run on one machine.

(a) executemany of the same rows into vicidial_list (InnoDB, its 12 indexes), 1000 a commit: the measure of all others
(b) POST /v1/imports of 100,000 leads: plain, with checks, with custom fields and hopper, with two workers, on SQLite
(c) add_lead over HTTP with DUPSYS + DNC at 1, 8 and 64 connections, and accepted with async=Y
(d) bare uvicorn that answers a short text, at 64 connections: what the HTTP server itself takes

A floor must be held, a goal is still to be reached (docs/performance.md). Nothing is lowered for a number: InnoDB flushes
at each commit, the queue's append-only file at each write. Needs `mariadbd` and `wrk` (Debian: mariadb-server-core, wrk).
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from benchmarks.loads import MARIADB, Phones, bare_http, bare_insert, import_file, requests
from db.demo import load_demo
from db.engine import open_engine
from tests.databases import INNODB, SQLITE, create_database
from tests.running import Leadmill
from tests.servers import Leash, start_mariadb, start_valkey

__all__ = ["MARIADB"]

CHECKED = "&duplicate_check=DUPSYS&dnc_check=Y"
CHECKS = {"duplicate_check": "DUPSYS", "dnc_check": "Y"}
MORE_CHECKS = {**CHECKS, "campaign_dnc_check": "Y", "campaign_id": "TESTCAMP"}
HOPPER = {"custom_fields": "Y", "add_to_hopper": "Y", "hopper_local_call_time_check": "N"}
CUSTOM = {"favorite_color": "blue"}


@dataclass(slots=True)
class Measured:
    """Figures of the run: rates a second, and milliseconds."""

    bare: float = 0.0
    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    held: bool = True

    def measure(self, engine: Engine, phones: Phones, name: str = "(a) bare executemany") -> None:
        """Measure (a) anew: the machine's speed drifts."""
        self.bare = median(bare_insert(engine, phones) for _ in range(3))
        self.rate(name, self.bare)

    def rate(self, name: str, value: float, floor: float | None = None, goal: float | None = None) -> None:
        """Note a rate beside the bare one of the same minutes."""
        ratio = value / self.bare
        self._note(name, f"{value:,.0f}/s", f"{ratio:.3f}", self._verdict(floor, ratio, above=True), self._goal(goal, ratio, above=True))

    def latency(self, name: str, milliseconds: float, floor: float | None = None, goal: float | None = None) -> None:
        """Note a latency."""
        verdicts = self._verdict(floor, milliseconds, above=False), self._goal(goal, milliseconds, above=False)
        self._note(name, f"{milliseconds:.2f} ms", "", *verdicts)

    def _note(self, *row: str) -> None:
        name, value, ratio, floor, goal = row
        self.rows.append((name, value, ratio, floor, goal))

    def _verdict(self, wanted: float | None, value: float, *, above: bool) -> str:
        told = self._goal(wanted, value, above=above)
        self.held = self.held and "MISSED" not in told
        return told

    def _goal(self, wanted: float | None, value: float, *, above: bool) -> str:
        if wanted is None:
            return ""
        reached = value >= wanted if above else value <= wanted
        return f"{'>=' if above else '<='} {wanted:g} {'reached' if reached else 'MISSED'}"


def measure_imports(measured: Measured, system: Leadmill, engine: Engine, phones: Phones) -> None:
    """(b) on InnoDB."""
    measured.measure(engine, phones)
    measured.rate("(b) import, plain", import_file(system, phones, {}), 0.45, 0.7)
    measured.rate("(b) import, DUPSYS + DNC", import_file(system, phones, CHECKS), 0.35)
    measured.rate("(b) import, DUPSYS + both DNC", import_file(system, phones, MORE_CHECKS), goal=0.6)
    measured.rate("(b) import, custom fields + hopper", import_file(system, phones, HOPPER, CUSTOM), goal=0.35)
    second = system.start_worker("imports")
    measured.rate("(b) import, two workers, checks", import_file(system, phones, MORE_CHECKS), goal=0.9)
    system.workers.remove(second)
    second.stop()


def measure_requests(measured: Measured, system: Leadmill, engine: Engine, phones: Phones) -> None:
    """(c)"""
    measured.measure(engine, phones)
    for connections, floor, goal in ((1, None, None), (8, None, 0.045), (64, 0.08, 0.2)):
        found = requests(system, phones, connections, CHECKED)
        alone = connections == 1
        measured.rate(f"(c) add_lead, {connections} connections", found.rate, floor, goal)
        measured.latency(f"    p50 at {connections}", found.p50, 8 if alone else None, 3.5 if alone else None)
        measured.latency(f"    p99 at {connections}", found.p99, goal=10 if alone else None)
    accepted = requests(system, phones, 64, CHECKED + "&async=Y", "NOTICE:")
    measured.rate("(c) add_lead async=Y, 64 connections", accepted.rate)


@contextmanager
def running(kind: str, server: str, redis_url: str, folder: Path, leash: Leash) -> Iterator[tuple[Leadmill, Engine]]:
    """A system with a worker for each queue on a new database of a kind."""
    url = create_database(kind, server, folder)
    engine = open_engine(url)
    load_demo(engine)
    system = Leadmill(folder, leash, {"database_url": url, "redis_url": redis_url})
    system.start(workers=("requests", "imports", "maintenance"))
    try:
        yield system, engine
    finally:
        system.stop()
        engine.dispose()


def measure(folder: Path, leash: Leash) -> Measured:
    """The whole run."""
    phones, measured = Phones(), Measured()
    database, server = start_mariadb(folder, leash, MARIADB)
    valkey, redis_url = start_valkey(folder, leash, "--appendfsync", "always")
    try:
        with running(INNODB, server, f"{redis_url[:-1]}0", folder, leash) as (system, engine):
            measure_imports(measured, system, engine, phones)
            measure_requests(measured, system, engine, phones)
            measured.rate("(d) bare uvicorn, 64 connections", bare_http(folder, leash))
        with running(SQLITE, server, f"{redis_url[:-1]}1", folder, leash) as (system, engine):
            measured.measure(engine, phones, "(a) bare executemany on SQLite")
            measured.rate("(b) import, plain, on SQLite", import_file(system, phones, {}), goal=0.5)
    finally:
        valkey.stop()
        database.stop()
    return measured


def main() -> int:
    """Start everything, measure, print. Exit code 1 where a floor was not held."""
    if shutil.which("wrk") is None:
        sys.exit("make bench needs the load generator wrk (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory(prefix="leadmill-bench-") as name:
        measured = measure(Path(name), Leash())
    table = Table("what", "rate or time", "of (a)", "floor", "goal")
    for row in measured.rows:
        table.add_row(*row)
    Console(width=110).print(table)
    return 0 if measured.held else 1


if __name__ == "__main__":
    sys.exit(main())
