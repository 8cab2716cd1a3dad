"""make bench: how close Leadmill comes to what the database takes from a bare loop. Ratios of one run on one machine.

(a) executemany of the same rows into vicidial_list (InnoDB, its 12 indexes), 1000 a commit: the measure of all others
(b) POST /v1/imports of 100,000 leads with one import worker: plain, and with DUPSYS + DNC
(c) add_lead over HTTP with DUPSYS + DNC at 1, 8 and 64 connections, and accepted with async=Y
(d) bare uvicorn that answers a short text, at 64 connections: what the HTTP server itself takes

Nothing is lowered for a number: InnoDB flushes at each commit, the queue's append-only file at each write. Needs the
programs `mariadbd` and `wrk` (Debian: mariadb-server-core, wrk).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from db.demo import load_demo
from db.engine import open_engine, writing
from db.tables.leads import vicidial_list
from tests.databases import INNODB, create_database
from tests.running import Leadmill
from tests.servers import Leash, free_port, start, start_mariadb, start_valkey
from tests.waiting import wait_until

HERE = Path(__file__).parent
BARE_ROWS = 20_000
IMPORT_ROWS = 100_000
SECONDS = 8
CHECKED = "&duplicate_check=DUPSYS&dnc_check=Y"
MARIADB = ("--skip-log-bin", "--innodb-buffer-pool-size=1G", "--skip-name-resolve")
NAMES = [c.name for c in vicidial_list.columns if c.name not in ("lead_id", "modify_date")]
GIVEN = {
    "entry_date": "2026-01-01 00:00:00",
    "last_local_call_time": "2026-01-01 00:00:00",
    "status": "NEW",
    "user": "6666",
    "list_id": "101",
    "gmt_offset_now": "-5",
    "called_since_last_reset": "N",
    "phone_code": "1",
    "first_name": "Bob",
    "last_name": "Wilson",
    "address1": "1 Main St",
    "city": "Largo",
    "state": "FL",
    "postal_code": "33755",
    "vendor_lead_code": "bench",
    "gender": "U",
    "date_of_birth": "0000-00-00",
    "called_count": "0",
    "rank": "0",
    "entry_list_id": "0",
}
COLUMNS = ("phone_number", "first_name", "last_name", "address1", "city", "state", "postal_code", "vendor_lead_code")


@dataclass(slots=True)
class Phones:
    """Telephone numbers that no lead of this run has had."""

    next: int = 2_000_000_000

    def take(self, count: int) -> Iterable[int]:
        """The next `count` numbers."""
        first, self.next = self.next, self.next + count
        return range(first, self.next)


@dataclass(slots=True)
class Measured:
    """Figures of the run: rates a second, and milliseconds."""

    bare: list[float] = field(default_factory=list)
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def rate(self, name: str, value: float, target: float | None = None) -> None:
        """Note a rate beside the bare one of the same minutes."""
        ratio = value / self.bare[-1]
        verdict = "" if target is None else f">= {target:g} {'reached' if ratio >= target else 'MISSED'}"
        self.rows.append((name, f"{value:,.0f}/s", f"{ratio:.3f}", verdict))

    def latency(self, name: str, milliseconds: float, most: float | None = None) -> None:
        """Note a latency."""
        verdict = "" if most is None else f"<= {most:g} ms {'reached' if milliseconds <= most else 'MISSED'}"
        self.rows.append((name, f"{milliseconds:.2f} ms", "", verdict))


def bare_insert(engine: Engine, phones: Phones) -> float:
    """(a): rows a second of a bare executemany."""
    rows = [tuple({**dict.fromkeys(NAMES, ""), **GIVEN, "phone_number": str(phone)}.values()) for phone in phones.take(BARE_ROWS)]
    statement = f"INSERT INTO vicidial_list ({', '.join(f'`{n}`' for n in NAMES)}) VALUES ({', '.join(['%s'] * len(NAMES))})"
    began = time.perf_counter()
    for at in range(0, BARE_ROWS, 1000):
        with writing(engine) as connection:
            connection.exec_driver_sql(statement, rows[at : at + 1000])
    return BARE_ROWS / (time.perf_counter() - began)


def import_file(system: Leadmill, phones: Phones, options: dict[str, str]) -> float:
    """(b): rows a second from the first byte sent to the job's end."""

    def body() -> Iterator[bytes]:
        yield (",".join(COLUMNS) + "\n").encode()
        values = ",".join(GIVEN[name] for name in COLUMNS[1:])
        numbers = list(phones.take(IMPORT_ROWS))
        for at in range(0, IMPORT_ROWS, 1000):
            yield "".join(f"{phone},{values}\n" for phone in numbers[at : at + 1000]).encode()

    with httpx.Client(base_url=system.address, auth=("6666", "1234"), timeout=300, trust_env=False) as client:
        began = time.perf_counter()
        sent = client.post("/v1/imports", params={"list_id": "101", **options}, content=body(), headers={"content-type": "text/csv"})
        sent.raise_for_status()
        job = sent.json()
        while job["state"] in ("receiving", "queued", "running"):
            job = client.get(f"/v1/imports/{job['id']}", params={"wait": 30}).json()
        took = time.perf_counter() - began
    assert job["counters"]["added"] == IMPORT_ROWS, job
    return IMPORT_ROWS / took


def requests(system: Leadmill, phones: Phones, connections: int, options: str) -> tuple[float, float, float]:
    """(c): requests a second, p50 and p99 in milliseconds. Stops if a reply is not the one expected."""
    first = phones.take(20_000_000)
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{SECONDS}s",
        "--latency",
        "-s",
        str(HERE / "add_lead.lua"),
        system.address,
        "--",
        str(first[0]),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "BENCH_OPTIONS": options})
    assert "refused" not in done.stderr, done.stderr
    assert "Non-2xx" not in done.stdout, done.stdout
    return read_wrk(done.stdout)


def read_wrk(text: str) -> tuple[float, float, float]:
    """Rate, p50 and p99 of what wrk prints."""
    units = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    found = {share: float(n) * units[unit] for share, n, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", text)}
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert rate, text
    return float(rate[1]), found["50"], found["99"]


async def answer_text(scope: dict, _receive: object, send: object) -> None:
    """The smallest ASGI application."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"SUCCESS\n"})  # type: ignore[operator]


def bare_http(folder: Path, leash: Leash) -> float:
    """(d): requests a second of uvicorn with nothing behind it."""
    port = free_port()
    words = ["-m", "uvicorn", "benchmarks.throughput:answer_text", "--port", str(port), "--log-level", "warning", "--no-access-log"]
    server = start("uvicorn", leash.held([sys.executable, *words]), folder, leash)
    wait_until(lambda: answers(port), "uvicorn answers")
    done = subprocess.run(
        ["wrk", "-t1", "-c64", "-d3s", "--latency", f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True
    )
    server.stop()
    return read_wrk(done.stdout)[0]


def answers(port: int) -> bool:
    """Whether a server listens there."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def measure(system: Leadmill, engine: Engine, folder: Path, leash: Leash) -> Measured:
    """The whole run. (a) is measured anew before each group: the machine's speed drifts."""
    phones, measured = Phones(), Measured()

    def bare() -> None:
        measured.bare.append(median(bare_insert(engine, phones) for _ in range(3)))
        measured.rate("(a) bare executemany", measured.bare[-1])

    bare()
    measured.rate("(b) import, plain", import_file(system, phones, {}), 0.45)
    measured.rate("(b) import, DUPSYS + DNC", import_file(system, phones, {"duplicate_check": "DUPSYS", "dnc_check": "Y"}), 0.35)
    bare()
    for connections, target in ((1, None), (8, None), (64, 0.08)):
        rate, p50, p99 = requests(system, phones, connections, CHECKED)
        measured.rate(f"(c) add_lead, {connections} connections", rate, target)
        measured.latency(f"    p50 at {connections}", p50, 8 if connections == 1 else None)
        measured.latency(f"    p99 at {connections}", p99)
    measured.rate("(d) bare uvicorn, 64 connections", bare_http(folder, leash))
    return measured


def main() -> int:
    """Start everything, measure, print. Exit code 1 where a target was missed."""
    if shutil.which("wrk") is None:
        sys.exit("make bench needs the load generator wrk (Debian: apt-get install wrk)")
    leash = Leash()
    with tempfile.TemporaryDirectory(prefix="leadmill-bench-") as name:
        folder = Path(name)
        database, server = start_mariadb(folder, leash, MARIADB)
        valkey, redis_url = start_valkey(folder, leash, "--appendfsync", "always")
        url = create_database(INNODB, server, folder)
        engine = open_engine(url)
        load_demo(engine)
        system = Leadmill(folder, leash, {"database_url": url, "redis_url": redis_url})
        system.start(workers=("requests", "imports", "maintenance"))
        try:
            measured = measure(system, engine, folder, leash)
        finally:
            system.stop()
            engine.dispose()
            valkey.stop()
            database.stop()
    table = Table("what", "rate or time", "of (a)", "target")
    for row in measured.rows:
        table.add_row(*row)
    Console().print(table)
    return 1 if any("MISSED" in row[3] for row in measured.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
