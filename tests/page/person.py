"""Somebody in front of the page, and the dialer's database behind it."""

import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from db.engine import reading, writing
from db.tables.metadata import legacy
from tests.api.wire import USER
from tests.dialer.rows import put
from tests.running import Leadmill

PHONES = count(7_270_000_000)
LISTS = [
    {"list_id": 101, "list_name": "Spring <b>leads</b>", "campaign_id": "TESTCAMP", "active": "Y"},
    {"list_id": 102, "list_name": "Old leads", "campaign_id": "TESTCAMP", "active": "N"},
]


WRITTEN = (
    *("vicidial_list", "vicidial_hopper", "vicidial_callbacks"),
    *("vicidial_campaigns", "vicidial_ip_list_entries", "vicidial_user_groups"),
)


@dataclass
class DialerDatabase:
    """What the system works on."""

    engine: Engine

    def reset(self) -> None:
        tables = {"vicidial_users": [USER], "vicidial_lists": LISTS, "system_settings": [{"use_non_latin": "0"}]}
        with writing(self.engine) as connection:
            for name in (*tables, *WRITTEN):
                connection.execute(legacy.tables[name].delete())
            put(connection, **tables)

    def put(self, **tables: list[dict[str, Any]]) -> None:
        with writing(self.engine) as connection:
            put(connection, **tables)

    def change(self, table: str, **columns: Any) -> None:
        with writing(self.engine) as connection:
            connection.execute(legacy.tables[table].update().values(**columns))

    def call_one(self) -> None:
        """Note on one lead that it was called."""
        leads = legacy.tables["vicidial_list"]
        with writing(self.engine) as connection:
            one = connection.scalar(select(leads.c.lead_id).limit(1))
            connection.execute(leads.update().where(leads.c.lead_id == one).values(called_count=1))

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        found = legacy.tables[table].c
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(select(*(found[name] for name in columns)))]

    def phones(self) -> list[str]:
        return [phone for (phone,) in self.rows("vicidial_list", "phone_number")]


@dataclass
class Person:
    """Uses the page by what is to be seen on it."""

    page: Page
    system: Leadmill

    def sign_in(self) -> None:
        self.page.get_by_label("User").fill("6666")
        self.page.get_by_label("Password").fill("1234")
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Load leads")).to_be_visible()

    def choose(self, file: Path) -> None:
        self.page.get_by_label("choose a file").set_input_files(file)

    def load(self, file: Path) -> None:
        """Choose a file and a list, and start."""
        self.choose(file)
        self.page.get_by_label("List", exact=True).select_option("101")
        self.page.get_by_role("button", name="Start import").click()
        expect(self.page.get_by_role("heading", name=file.name)).to_be_visible()
        expect(self.bar).to_be_visible()

    def press(self, words: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=words).click()

    def confirm(self, words: str) -> None:
        """Answer the question that is asked."""
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("button", name=words).click()
        expect(dialog).to_be_hidden()

    @property
    def bar(self) -> Any:
        return self.page.locator("#view-job").get_by_role("progressbar", name="Progress of")

    def sees_state(self, words: str) -> None:
        expect(self.page.locator("#view-job .badge")).to_have_text(words)

    def counter(self, name: str) -> int:
        """The number that a tile shows."""
        tile = self.page.locator("#view-job .tile").filter(has=self.page.locator("dt", has_text=re.compile(f"^{name}$")))
        return int(tile.locator("dd").inner_text().replace(",", ""))

    def job(self) -> dict[str, Any]:
        """The job that is shown, as the API tells it to the same session: other than HTTP Basic that writes nothing, which a halted
        worker could be in the way of."""
        found = re.fullmatch(r".*#/imports/(\w+)", self.page.url)
        assert found, self.page.url
        told: dict[str, Any] = self.page.request.get(f"/v1/imports/{found[1]}").json()
        return told

    def fits(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    def tab_to(self, words: str) -> None:
        """Press Tab until the element with this name has the focus. Fails when there is none."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if words in str(self.page.evaluate(FOCUSED)):
                return
        raise AssertionError(f"no Tab leads to {words!r}")


FOCUSED = """() => {
  const at = document.activeElement;
  if (at === document.body) return "";
  return at.getAttribute("aria-label") || [...(at.labels || [])].map((label) => label.textContent).join() || at.textContent;
}"""


def leads(folder: Path, rows: int, *given: str, name: str = "leads.csv") -> Path:
    """A file of new leads, and of rows given word for word."""
    lines = [f"{next(PHONES)},Ann,Lee" for _ in range(rows)]
    file = folder / name
    file.write_text("\n".join(["Mobile,First Name,Last", *lines, *given]) + "\n")
    return file
