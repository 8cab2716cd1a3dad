"""make bench-memory: what an import of 1,000,000 leads with a custom field takes of memory, as CSV, packed, as JSON and as a workbook.

Memory is resident memory at its highest point during the import, above what the process had before, in MiB; that of an
API process without what it has a workbook read by, which is told by itself. 150 MiB are the most. `--rows N` asks for fewer.
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

from db.demo import load_demo
from db.engine import open_engine
from tests.databases import INNODB, create_database
from tests.running import Leadmill
from tests.servers import Leash, start_mariadb, start_valkey

ROWS = 1_000_000
MOST = 150
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
    """Watches the resident memory of processes from a thread. `peaks` are MiB by pid."""

    def __init__(self, pids: Callable[[], list[int]]) -> None:
        self.peaks: dict[int, float] = {}
        self._pids, self._over = pids, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look a last time."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(0.2):
            for pid in self._pids():
                with suppress(OSError):
                    self.peaks[pid] = max(self.peaks.get(pid, 0), resident(pid))


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
    table = Table("format", "rows", "rows/s", "API", "import worker", "other workers", "workbook reader")
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
        above = {pid: watch.peaks[pid] - before[pid] for pid in servers}
        readers = [peak for pid, peak in watch.peaks.items() if pid not in before]
        kept = kept and max(above.values()) < MOST
        others = max((above[pid] for pid in servers if pid not in (api, workers[1])), default=0)
        figures = (above[api], above[workers[1]], others, max(readers, default=0))
        table.add_row(name, f"{count:,}", f"{count / took:,.0f}", *(f"{figure:.0f} MiB" for figure in figures))
    return table, kept


def main() -> int:
    """Start everything, measure, print. Exit code 1 where a process took too much."""
    parser = argparse.ArgumentParser(description="Memory that imports take")
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
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
            table, kept = measure(system, rows)
        finally:
            system.stop()
            engine.dispose()
            valkey.stop()
            database.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    Console().print(table)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
