"""A running system, and a real browser in front of its page."""

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from db.engine import open_engine
from tests.conftest import SystemOf, missing
from tests.databases import SQLITE
from tests.page.person import DialerDatabase, Person
from tests.page.relay import Relay
from tests.running import Leadmill

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Nothing that talks to anybody but the system under test.
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
).split()
PATIENCE = 30_000
MOMENT = 0.03
DESK = {"width": 1200, "height": 900}

PersonOf = Callable[..., Person]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process keeps the system and the browser."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("page"))


@pytest.fixture(scope="session")
def system(system_of: SystemOf) -> Iterator[Leadmill]:
    """Many small chunks, so that a bar has somewhere to stop; the second worker is that of imports."""
    with system_of(
        SQLITE, ["requests,maintenance", "imports"], import_chunk=2, import_ahead=20, caller_cache=0, settings_cache=0
    ) as running:
        yield running


@pytest.fixture
def database(system: Leadmill) -> Iterator[DialerDatabase]:
    """The system's database with user 6666 and two lists, as before each test."""
    engine = open_engine(str(system.settings["database_url"]))
    made = DialerDatabase(engine)
    made.reset()
    yield made
    engine.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's own Chromium; Playwright downloads none. Only for a module: its event loop would be in the way of others."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing("no Chromium is installed; on Debian: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def network(system: Leadmill) -> Iterator[Relay]:
    """What lies between the browsers and the system."""
    made = Relay(system.port)
    yield made
    made.close()


@pytest.fixture
def person_of(system: Leadmill, database: DialerDatabase, network: Relay, chromium: Browser) -> Iterator[PersonOf]:
    """Opens the page in a browser of its own. Whatever the browser complains of fails the test, but for the pattern `expects`."""
    opened: list[tuple[Person, list[str], str]] = []

    def make(expects: str = "", **context: object) -> Person:
        tab = chromium.new_context(base_url=f"http://127.0.0.1:{network.port}", **{"viewport": DESK, **context})  # type: ignore[arg-type]
        tab.set_default_timeout(PATIENCE)
        page, complaints = tab.new_page(), list[str]()
        listen(page, complaints)
        person = Person(page, system)
        opened.append((person, complaints, expects))
        page.goto("/")
        return person

    yield make
    network.mend()
    for person, complaints, expects in opened:
        person.page.context.close()
        assert [said for said in complaints if not expects or not re.search(expects, said)] == []


def listen(page: Page, complaints: list[str]) -> None:
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # From the beginning: told to when a key is pressed, the browser might be late in leaving the choice to the test.
    page.on("filechooser", lambda _: None)


@pytest.fixture(scope="module")
def session() -> dict[str, Any]:
    """What a browser keeps of a sign-in, once there was one; those who come later begin with it."""
    return {}


@pytest.fixture
def person(person_of: PersonOf, session: dict[str, Any]) -> Person:
    """Somebody who has signed in at a desk."""
    made = person_of(**session)
    if not session:
        made.sign_in()
        session["storage_state"] = made.page.context.storage_state()
    expect(made.page.get_by_role("heading", name="Load leads")).to_be_visible()
    return made


class ImportWorker:
    """The worker of imports, which can be made to stand still."""

    def __init__(self, process: int) -> None:
        self._process = process

    @contextmanager
    def halted(self) -> Iterator[None]:
        os.kill(self._process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process, signal.SIGCONT)

    def nudge(self) -> None:
        """While it is halted: let it work for a moment, in which nobody loads many chunks."""
        os.kill(self._process, signal.SIGCONT)
        time.sleep(MOMENT)
        os.kill(self._process, signal.SIGSTOP)


@pytest.fixture
def worker(system: Leadmill) -> ImportWorker:
    return ImportWorker(system.workers[1].running.pid)
