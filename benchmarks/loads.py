"""What the benchmarks put on a system: bare rows, files, requests."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import httpx
from sqlalchemy import Engine

from db.engine import writing
from db.tables.leads import vicidial_list
from tests.running import Leadmill
from tests.servers import Leash, free_port, start
from tests.waiting import wait_until

HERE = Path(__file__).parent
BARE_ROWS = 20_000
IMPORT_ROWS = 100_000
SECONDS = 8
MARIADB = ("--skip-log-bin", "--innodb-buffer-pool-size=4G", "--innodb-log-file-size=1G", "--skip-name-resolve")
"""Options of the MariaDB: its defaults, which flush at each commit, with memory and log enough for millions of leads."""
SCATTER, PHONES = 4_944_271_907, 8_000_000_000
"""Multiplied by the first, numbers of one row are all over the second: real telephone numbers do not come in order."""
LOWEST = 2_000_000_000

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

    next: int = 0
    next_block: int = 10_000_000_000

    def take(self, count: int) -> list[int]:
        """The next `count` numbers, of ten digits."""
        first, self.next = self.next, self.next + count
        return [LOWEST + n * SCATTER % PHONES for n in range(first, self.next)]

    def block(self) -> int:
        """A number of eleven digits from which on millions were never taken."""
        self.next_block += 20_000_000
        return self.next_block


class Answered(NamedTuple):
    """Requests a second, and the milliseconds that half and 99 % of them took at most."""

    rate: float
    p50: float
    p99: float


@contextmanager
def second_worker(system: Leadmill, queue: str) -> Iterator[None]:
    """One more worker of a queue, from when everybody knows of it."""
    worker = system.start_worker(queue)
    wait_until(lambda: _workers(system)[queue] > 1, "the second worker is there", timeout=60)
    time.sleep(1)  # an API process counts them twice a second
    yield
    system.workers.remove(worker)
    worker.stop()


def _workers(system: Leadmill) -> Mapping[str, int]:
    told = httpx.get(f"{system.address}/v1/queues", auth=("6666", "1234"), timeout=10, trust_env=False).json()
    return {queue["name"]: queue["workers"] for queue in told["queues"]}


def bare_insert(engine: Engine, phones: Phones, count: int = BARE_ROWS) -> float:
    """(a): rows a second of a bare executemany."""
    rows = [tuple({**dict.fromkeys(NAMES, ""), **GIVEN, "phone_number": str(phone)}.values()) for phone in phones.take(count)]
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    statement = f"INSERT INTO vicidial_list ({', '.join(f'`{n}`' for n in NAMES)}) VALUES ({', '.join([mark] * len(NAMES))})"
    began = time.perf_counter()
    for at in range(0, count, 1000):
        with writing(engine) as connection:
            connection.exec_driver_sql(statement, rows[at : at + 1000])
    return count / (time.perf_counter() - began)


def import_file(
    system: Leadmill, phones: Phones, options: Mapping[str, str], more: Mapping[str, str] | None = None, rows: int = IMPORT_ROWS
) -> float:
    """(b): rows a second from the first byte sent to the job's end. `more`: further columns and their value."""
    columns = [*COLUMNS, *(more or {})]
    values = ",".join([*(GIVEN[name] for name in COLUMNS[1:]), *(more or {}).values()])

    def body() -> Iterator[bytes]:
        yield (",".join(columns) + "\n").encode()
        numbers = phones.take(rows)
        for at in range(0, rows, 1000):
            yield "".join(f"{phone},{values}\n" for phone in numbers[at : at + 1000]).encode()

    with httpx.Client(base_url=system.address, auth=("6666", "1234"), timeout=300, trust_env=False) as client:
        began = time.perf_counter()
        sent = client.post("/v1/imports", params={"list_id": "101", **options}, content=body(), headers={"content-type": "text/csv"})
        sent.raise_for_status()
        job = sent.json()
        while job["state"] in ("receiving", "queued", "running"):
            job = client.get(f"/v1/imports/{job['id']}", params={"wait": 30}).json()
        took = time.perf_counter() - began
    assert job["counters"]["added"] == rows, job
    return rows / took


def requests(system: Leadmill, phones: Phones, connections: int, options: str, expected: str = "SUCCESS:") -> Answered:
    """(c): add_lead over HTTP. Stops if a reply does not begin as expected."""
    load = ["-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", str(HERE / "add_lead.lua")]
    environment = {**os.environ, "BENCH_OPTIONS": options, "BENCH_EXPECTED": expected}
    command = ["wrk", *load, system.address, "--", str(phones.block())]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert "refused" not in done.stderr, done.stderr
    assert "Non-2xx" not in done.stdout, done.stdout
    return read_wrk(done.stdout)


def read_wrk(text: str) -> Answered:
    """The figures that wrk prints."""
    units = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    found = {share: float(n) * units[unit] for share, n, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", text)}
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert rate, text
    return Answered(float(rate[1]), found["50"], found["99"])


async def answer_text(scope: dict, _receive: object, send: object) -> None:
    """The smallest ASGI application."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"SUCCESS\n"})  # type: ignore[operator]


def bare_http(folder: Path, leash: Leash) -> float:
    """(d): requests a second of uvicorn with nothing behind it."""
    port = free_port()
    words = ["-m", "uvicorn", "benchmarks.loads:answer_text", "--port", str(port), "--log-level", "warning", "--no-access-log"]
    server = start("uvicorn", leash.held([sys.executable, *words]), folder, leash)
    wait_until(lambda: answers(port), "uvicorn answers")
    load = ["wrk", "-t1", "-c64", "-d3s", "--latency", f"http://127.0.0.1:{port}/"]
    done = subprocess.run(load, capture_output=True, text=True, check=True)
    server.stop()
    return read_wrk(done.stdout).rate


def answers(port: int) -> bool:
    """Whether a server listens there."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
