"""A rolling restart under load: no request fails, no lead is missing, none is there twice."""

import socket
import threading
from collections import Counter
from itertools import count

import httpx

from db.engine import open_engine, reading
from db.tables.leads import vicidial_list
from protocol.messages import WORKERS_KEY
from tests.conformance.recorded import DEFAULTS, fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import SQLITE
from tests.running import LEADMILL, LEGACY_PATH, Leadmill
from tests.servers import Server, start
from tests.waiting import wait_until

CALLERS = 4


class Load:
    """Callers that add one lead after the other: every other one on a connection that it keeps."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._phones = (f"602{n:07d}" for n in count(1))
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.told: list[tuple[str, str]] = []
        self._threads = [threading.Thread(target=self._call, args=(n % 2 == 0,), daemon=True) for n in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _call(self, keeps: bool) -> None:
        with httpx.Client(trust_env=False, timeout=60) as kept:
            while not self._over.is_set():
                with self._lock:
                    phone = next(self._phones)
                sent = {**DEFAULTS, "function": "add_lead", "phone_number": phone, "list_id": "101"}
                try:
                    answer = kept.get(self._url, params=sent) if keeps else httpx.get(self._url, params=sent, trust_env=False, timeout=60)
                    said = answer.text if answer.status_code == 200 else f"{answer.status_code} {answer.text}"
                except httpx.HTTPError as error:
                    said = repr(error)
                self.told.append((phone, said))

    def goes_on(self, what: str) -> None:
        """Wait until every caller has had replies to requests that began from now on."""
        before = len(self.told)
        wait_until(lambda: len(self.told) > before + 3 * CALLERS, f"replies {what}", timeout=60)

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(90)


def api(system: Leadmill, listener: socket.socket, name: str) -> Server:
    command = [*LEADMILL, "serve", "--listen-fd", str(listener.fileno()), "--leash-fd", str(system.leash.descriptor)]
    return start(name, command, system.folder, system.leash, system._environment(), listener.fileno())


def started(server: Server) -> None:
    wait_until(lambda: server.alive() and "startup complete" in server.last_lines(), f"{server.name} is ready", timeout=60)


def ended(server: Server) -> None:
    server.running.terminate()
    assert server.running.wait(60) in (0, -15)


def test_nothing_fails_and_nothing_is_lost(system_of: SystemOf) -> None:
    with system_of(SQLITE, workers=["requests"], sync_wait=50) as system, socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        DialerRows(str(system.settings["database_url"]), fixture_rows()).close()
        servers = [api(system, listener, "first")]
        started(servers[0])
        load = Load(f"http://127.0.0.1:{listener.getsockname()[1]}{LEGACY_PATH}")
        try:
            load.goes_on("before")
            servers.append(api(system, listener, "second"))  # the new one first, as a supervisor does
            started(servers[1])
            ended(servers[0])
            load.goes_on("from the second")
            system.start_worker("requests")
            with system.redis() as client:
                wait_until(lambda: client.zcard(f"{WORKERS_KEY}requests") == 2, "both workers live", timeout=60)
            ended(system.workers[0])
            load.goes_on("from the second worker")
            ended(servers[1])  # the old one first, as systemd does: callers wait in the socket's queue
            servers.append(api(system, listener, "third"))
            load.goes_on("from the third")
        finally:
            load.end()
            for server in servers:
                server.stop()
        told = dict(load.told)
        assert [said for said in told.values() if not said.startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED")] == []
        engine = open_engine(str(system.settings["database_url"]))
        with reading(engine) as connection:
            stored = Counter(connection.scalars(vicidial_list.select().with_only_columns(vicidial_list.c.phone_number)))
        engine.dispose()
        assert {phone: stored[phone] for phone in told} == dict.fromkeys(told, 1)
