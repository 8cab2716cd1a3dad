"""make bench: how close Leadmill comes to what the database takes from a bare loop. Ratios of one run on one machine.

(a) executemany of the same rows into vicidial_list (InnoDB, its 12 indexes), 1000 a commit: the measure of all others
(b) POST /v1/imports of 100,000 leads: plain, with checks, with custom fields and hopper, with two workers, on SQLite
(c) add_lead over HTTP with DUPSYS + DNC at 1 connection; at 8 to 128, and accepted with async=Y, with two workers of requests
(d) bare uvicorn that answers a short text, at 64 connections: what the HTTP server itself takes
(e) import and call with no lead, 1,000,000 and 5,000,000 leads in the table, of the same with none

A floor must be held, a goal is still to be reached (docs/performance.md). Nothing is lowered for a number: InnoDB flushes
at each commit, the queue's append-only file at each write. Needs `mariadbd` and `wrk` (Debian: mariadb-server-core, wrk), 4 GB
of memory and of disk, and draws docs/performance.svg.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from benchmarks.loads import IMPORT_ROWS, MARIADB, Answered, Phones, bare_http, bare_insert, import_file, requests, second_worker
from benchmarks.plot import PLACE, draw
from benchmarks.processor import processors
from benchmarks.table_sizes import Size, measure_sizes
from db.demo import load_demo
from db.engine import open_engine
from tests.databases import INNODB, SQLITE, create_database
from tests.running import Leadmill
from tests.servers import Leash, Server, start_mariadb, start_valkey

CHECKED = "&duplicate_check=DUPSYS&dnc_check=Y"
CHECKS = {"duplicate_check": "DUPSYS", "dnc_check": "Y"}
MORE_CHECKS = {**CHECKS, "campaign_dnc_check": "Y", "campaign_id": "TESTCAMP"}
CALLERS = (8, 16, 64, 128)
HOPPER = {"custom_fields": "Y", "add_to_hopper": "Y", "hopper_local_call_time_check": "N"}
BARE_OF_GOALS = 22_000
"""(a) on the machine for which goals in milliseconds were set: on any other, so many rows of (a) as then went into that time."""
CUSTOM = {"favorite_color": "blue"}


@dataclass(slots=True)
class Measured:
    """Figures of the run: rates a second, and milliseconds."""

    bare: float = 0.0
    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    held: bool = True
    bare_of_calls: float = 0.0
    calls: dict[int, float] = field(default_factory=dict)
    """Requests a second by number of connections."""
    sizes: list[Size] = field(default_factory=list)

    def measure(self, engine: Engine, phones: Phones) -> None:
        """Measure (a) anew: the machine's speed drifts."""
        self.bare = median(bare_insert(engine, phones) for _ in range(3))
        self.rate("(a) bare executemany", self.bare)

    def rate(self, name: str, value: float, floor: float | None = None, goal: float | None = None) -> None:
        """Note a rate beside the bare one of the same minutes."""
        ratio = value / self.bare
        self._note(name, f"{value:,.0f}/s", f"{ratio:.3f}", self._verdict(floor, ratio, above=True), self._goal(goal, ratio, above=True))

    def latency(self, name: str, milliseconds: float, floor: float | None = None, goal: float | None = None) -> None:
        """Note a latency."""
        verdicts = self._verdict(floor, milliseconds, above=False), self._goal(goal, milliseconds, above=False)
        self._note(name, f"{milliseconds:.2f} ms", "", *verdicts)

    def shares(self, taken: Mapping[str, float]) -> None:
        """Note how many processors each program took."""
        told = ", ".join(f"{name} {share:.2f}" for name, share in taken.items())
        self._note(f"    processors, of {os.cpu_count()}", told, "", "", "")

    def ratio(self, name: str, ratio: float, goal: float, *, above: bool = True) -> None:
        """Note a ratio of two figures of ours."""
        self._note(name, "", f"{ratio:.2f}", "", self._goal(goal, ratio, above=above))

    def _note(self, *row: str) -> None:
        name, value, ratio, floor, goal = row
        self.rows.append((name, value, ratio, floor, goal))
        print(f"{time.strftime('%H:%M:%S')}  " + "  ".join(filter(None, row)), flush=True)

    def _verdict(self, wanted: float | None, value: float, *, above: bool) -> str:
        told = self._goal(wanted, value, above=above)
        self.held = self.held and "MISSED" not in told
        return told

    def _goal(self, wanted: float | None, value: float, *, above: bool) -> str:
        if wanted is None:
            return ""
        reached = value >= wanted if above else value <= wanted
        return f"{'>=' if above else '<='} {wanted:g} {'reached' if reached else 'MISSED'}"


def measure_imports(measured: Measured, system: Leadmill, engine: Engine, phones: Phones, database: Server) -> None:
    """(b) on InnoDB."""
    measured.measure(engine, phones)
    measured.rate("(b) import, plain", import_file(system, phones, {}), 0.45, 0.7)
    measured.rate("(b) import, DUPSYS + DNC", import_file(system, phones, CHECKS), 0.35)
    measured.rate("(b) import, custom fields + hopper", import_file(system, phones, HOPPER, CUSTOM), goal=0.35)
    measured.measure(engine, phones)
    with processors(_programs(system, database)) as taken:
        one = import_file(system, phones, MORE_CHECKS)
    measured.rate("(b) import, DUPSYS + both DNC", one, goal=0.6)
    measured.shares(taken)
    with second_worker(system, "imports"), processors(_programs(system, database)) as taken:
        two = import_file(system, phones, MORE_CHECKS)
    measured.rate("(b) the same, two workers", two, goal=0.9)
    measured.shares(taken)
    measured.ratio("    two workers, of one", two / one, 1.5)


def _programs(system: Leadmill, database: Server) -> Mapping[str, Sequence[Server]]:
    assert system.api is not None
    return {"MariaDB": [database], "API": [system.api], "workers": list(system.workers)}


def measure_requests(measured: Measured, system: Leadmill, engine: Engine, phones: Phones) -> None:
    """(c)"""
    measured.measure(engine, phones)
    measured.bare_of_calls = measured.bare
    alone = measure_callers(measured, system, phones, 1)
    measured.latency("    p50 at 1", alone.p50, 8, 3.5)
    measured.ratio("    the same in rows of (a)", alone.p50 / 1000 * measured.bare, 3.5 / 1000 * BARE_OF_GOALS, above=False)
    measured.latency("    p99 at 1", alone.p99, goal=10)
    measured.ratio("    the same in rows of (a)", alone.p99 / 1000 * measured.bare, 10 / 1000 * BARE_OF_GOALS, above=False)
    targets = {8: (None, 0.045), 64: (0.08, 0.2)}
    with second_worker(system, "requests"):
        for connections in CALLERS:
            found = measure_callers(measured, system, phones, connections, *targets.get(connections, (None, None)))
            measured.latency(f"    p50 at {connections}", found.p50)
            measured.latency(f"    p99 at {connections}", found.p99)
        accepted = requests(system, phones, 64, CHECKED + "&async=Y", "NOTICE:")
        measured.rate("(c) add_lead async=Y, connections: 64", accepted.rate, goal=round(3000 / measured.bare, 3))


def measure_callers(
    measured: Measured, system: Leadmill, phones: Phones, connections: int, floor: float | None = None, goal: float | None = None
) -> Answered:
    """(c) at one number of connections."""
    found = requests(system, phones, connections, CHECKED)
    measured.calls[connections] = found.rate
    measured.rate(f"(c) add_lead, connections: {connections}", found.rate, floor, goal)
    return found


def measure_sqlite(measured: Measured, redis_url: str, folder: Path, leash: Leash, phones: Phones) -> None:
    """(b) on SQLite, of a bare loop that has as many rows to insert into a new database of its own: more rows take longer there."""
    (apart := folder / "bare").mkdir()
    bare = open_engine(create_database(SQLITE, "", apart))
    load_demo(bare)
    measured.bare = bare_insert(bare, phones, IMPORT_ROWS)
    bare.dispose()
    measured.rate("(a) bare executemany on SQLite", measured.bare)
    with running(SQLITE, "", redis_url, folder, leash) as (system, _):
        measured.rate("(b) import, plain, on SQLite", import_file(system, phones, {}), goal=0.5)


def measure_table_sizes(measured: Measured, system: Leadmill, engine: Engine, phones: Phones) -> None:
    """(e)"""
    for size in measure_sizes(system, engine, phones, MORE_CHECKS, CHECKED):
        measured.sizes.append(size)
        measured.bare = size.bare
        measured.rate(f"(a) bare executemany, {size.leads:,} leads", size.bare)
        measured.rate(f"(e) import, {size.leads:,} leads in the table", size.imported)
        measured.latency(f"    p50 of a call, {size.leads:,} leads", size.p50)
    empty, full = measured.sizes[0], measured.sizes[-1]
    measured.ratio("    import into the full table, of the empty", full.imported / empty.imported, 0.65)
    measured.ratio("    p50 at the full table, of the empty", full.p50 / empty.p50, 1.5, above=False)


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
            measure_imports(measured, system, engine, phones, database)
            measure_requests(measured, system, engine, phones)
            measured.rate("(d) bare uvicorn, 64 connections", bare_http(folder, leash))
            measure_table_sizes(measured, system, engine, phones)
        measure_sqlite(measured, f"{redis_url[:-1]}1", folder, leash, phones)
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
    draw(measured.bare_of_calls, measured.calls, measured.sizes)
    table = Table("what", "rate or time", "of (a)", "floor", "goal")
    for row in measured.rows:
        table.add_row(*row)
    Console(width=130).print(table)
    print(f"drawn: {PLACE.relative_to(Path.cwd())}")
    return 0 if measured.held else 1


if __name__ == "__main__":
    sys.exit(main())
