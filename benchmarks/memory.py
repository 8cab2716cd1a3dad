"""make bench-memory: what an import of 1,000,000 leads with a custom field takes of memory, as CSV, packed, as JSON and as a workbook;
and whether 1,000,000 calls that wait for their reply make any process grow.

Memory is resident memory at its highest point during the work, above what the process had before, in MiB; that of an
API process without what it has a workbook read by, which is told by itself. 150 MiB are the most. Growth is the highest point
after the first tenth of the work, of the highest point within it. `--rows N`, `--calls N` ask for fewer. Needs `wrk`.
"""

import argparse
import gzip
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import httpx
from openpyxl import Workbook
from rich.console import Console
from rich.table import Table

from benchmarks.loads import SECONDS, Phones, requests
from benchmarks.throughput import CHECKED
from db.demo import load_demo
from db.engine import open_engine
from tests.databases import INNODB, create_database
from tests.running import Leadmill
from tests.servers import Leash, start_mariadb, start_valkey

ROWS = CALLS = 1_000_000
MOST = 150
GROWTH = 1.05
OPTIONS = {"list_id": "101", "duplicate_check": "DUPSYS", "dnc_check": "Y", "custom_fields": "Y"}
HEADER = ("phone_number", "first_name", "last_name", "address1", "city", "state", "postal_code", "vendor_lead_code", "favorite_color")


def leads(rows: int, first: int) -> Iterator[tuple[str, ...]]:
    """New leads, the first of them with this telephone number."""
    for n in range(first, first + rows):
        yield str(n), "Bob", f"Wilson {n % 9973}", f"{n % 997} Main St", "Largo", "FL", "33755", f"crm-{n}", ("red", "green", "blue")[n % 3]


def as_csv(rows: int, first: int) -> Iterator[bytes]:
    """Lines of CSV, some at a time."""
    yield (",".join(HEADER) + "\n").encode()
    yield from in_pieces(",".join(lead) + "\n" for lead in leads(rows, first))


def as_gzip(rows: int, first: int) -> Iterator[bytes]:
    """The same packed, in one piece: how it is sent is not what is measured."""
    yield gzip.compress(b"".join(as_csv(rows, first)), 1)


def as_json(rows: int, first: int) -> Iterator[bytes]:
    """An array of objects."""
    yield b"["
    yield from in_pieces(
        (",\n" if n else "") + json.dumps(dict(zip(HEADER, lead, strict=True))) for n, lead in enumerate(leads(rows, first))
    )
    yield b"]"


def as_workbook(rows: int, first: int) -> Iterator[bytes]:
    """A workbook."""
    book, file = Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet()
    sheet.append(HEADER)
    for lead in leads(rows, first):
        sheet.append(lead)
    book.save(file)
    yield file.getvalue()


def in_pieces(lines: Iterator[str]) -> Iterator[bytes]:
    """Lines put together to pieces of some size."""
    piece: list[str] = []
    for line in lines:
        piece.append(line)
        if len(piece) == 1000:
            yield "".join(piece).encode()
            piece.clear()
    yield "".join(piece).encode()


class Watch:
    """Watches the resident memory of processes from a thread. `seen` is MiB by pid, look by look."""

    def __init__(self, pids: Callable[[], list[int]]) -> None:
        self.seen: dict[int, list[float]] = {}
        self._pids, self._over = pids, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look a last time."""
        self._over.set()
        self._thread.join()

    def growth(self, pid: int) -> float:
        """How much higher a process stood after the first tenth of the time than within it."""
        seen = self.seen[pid]
        tenth = max(1, len(seen) // 10)
        return max(seen[tenth:], default=0) / max(seen[:tenth])

    def _run(self) -> None:
        while not self._over.wait(0.2):
            for pid in self._pids():
                with suppress(OSError):
                    self.seen.setdefault(pid, []).append(resident(pid))


def resident(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def started_by(pid: int) -> list[int]:
    """The processes that any thread of a process has started."""
    return [int(child) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for child in tasks.read_text().split()]


def load(system: Leadmill, body: Iterator[bytes], rows: int) -> float:
    """Seconds that an import takes, from the first byte to its end."""
    began = time.perf_counter()
    with httpx.Client(base_url=system.address, auth=("6666", "1234"), timeout=3600, trust_env=False) as client:
        sent = client.post("/v1/imports", params=OPTIONS, content=body)
        sent.raise_for_status()
        job = sent.json()
        while not job["finished"]:
            job = client.get(f"/v1/imports/{job['id']}", params={"wait": 30}).json()
    assert job["counters"]["added"] == rows, job
    return time.perf_counter() - began


def measure(system: Leadmill, rows: int) -> tuple[Table, bool]:
    """A table of all formats, and whether every process kept to what it may take."""
    table = Table("format", "rows", "rows/s", "API", "import worker", "other workers", "workbook reader", "growth: API", "worker")
    assert system.api is not None
    api, workers = system.api.running.pid, [worker.running.pid for worker in system.workers]
    kept, first = True, 2_000_000_000
    for name, made, share in (("csv", as_csv, 1), ("csv.gz", as_gzip, 1), ("json", as_json, 1), ("xlsx", as_workbook, 10)):
        count = rows // share
        servers = [api, *workers, *(child for pid in workers for child in started_by(pid))]
        before = {pid: resident(pid) for pid in servers}
        watch = Watch(lambda known=tuple(servers): [*known, *started_by(api)])  # type: ignore[misc]
        took = load(system, made(count, first), count)
        watch.stop()
        first += count
        above = {pid: max(watch.seen[pid]) - before[pid] for pid in servers}
        readers = [max(seen) for pid, seen in watch.seen.items() if pid not in before]
        kept = kept and max(above.values()) < MOST
        others = max((above[pid] for pid in servers if pid not in (api, workers[1])), default=0)
        figures = (above[api], above[workers[1]], others, max(readers, default=0))
        grown = (f"{watch.growth(pid):.2f}" for pid in (api, workers[1]))
        table.add_row(name, f"{count:,}", f"{count / took:,.0f}", *(f"{figure:.0f} MiB" for figure in figures), *grown)
    return table, kept


def measure_calls(system: Leadmill, calls: int) -> tuple[Table, bool]:
    """What API and requests worker take while they answer so many calls, and whether they grow."""
    assert system.api is not None
    servers = {"API": system.api.running.pid, "requests worker": system.workers[0].running.pid}
    watch, phones, done = Watch(lambda: list(servers.values())), Phones(), 0
    while done < calls:
        done += round(requests(system, phones, 64, CHECKED).rate * SECONDS)
    watch.stop()
    table = Table("process", "calls", "highest MiB", "growth", "goal")
    for name, pid in servers.items():
        told = "reached" if watch.growth(pid) <= GROWTH else "MISSED"
        table.add_row(name, f"{done:,}", f"{max(watch.seen[pid]):.0f}", f"{watch.growth(pid):.3f}", f"<= {GROWTH} {told}")
    return table, all(watch.growth(pid) <= GROWTH for pid in servers.values())


def main() -> int:
    """Start everything, measure, print. Exit code 1 where a process took too much or grew."""
    parser = argparse.ArgumentParser(description="Memory that imports and calls take")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--calls", type=int, default=CALLS)
    asked = parser.parse_args()
    leash = Leash()
    folder = Path(tempfile.mkdtemp(prefix="leadmill-bench-"))
    try:
        database, server = start_mariadb(folder, leash)
        valkey, redis_url = start_valkey(folder, leash)
        url = create_database(INNODB, server, folder)
        engine = open_engine(url)
        load_demo(engine)
        system = Leadmill(folder, leash, {"database_url": url, "redis_url": redis_url})
        system.start(workers=("requests", "imports", "maintenance"))
        try:
            results = [measure_calls(system, asked.calls), measure(system, asked.rows)]
        finally:
            system.stop()
            engine.dispose()
            valkey.stop()
            database.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for table, _ in results:
        Console().print(table)
    return 0 if all(kept for _, kept in results) else 1


if __name__ == "__main__":
    sys.exit(main())
