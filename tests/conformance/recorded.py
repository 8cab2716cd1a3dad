"""The recorded cases: data/FORMAT.md says what stands in them.

A file of cases is long (YAML at 40,000 lines a second), so ids and marks are read from its text and a case is parsed when it is played.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
DEFAULTS = {"user": "6666", "pass": "1234", "source": "test"}

Row = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What a case led to, or shall lead to: the answers, and what changed in each table.

    `shows`: for HTML answers, the texts that the page must show. `status`: None where every status is 200.
    """

    response: list[str] | None = None
    tables: dict[str, Any] = field(default_factory=dict)
    status: list[int] | None = None
    shows: list[str] | None = None


@dataclass(frozen=True)
class Case:
    """One recorded conversation, as the text of its file."""

    text: str

    @cached_property
    def id(self) -> str:
        """Function and slug, such as add_lead/dup-in-list."""
        return self.text.partition("\n")[0].removeprefix("- id: ").strip("'\" ")

    @cached_property
    def fault(self) -> bool:
        """Whether the reference is wrong here, so that its answer is not ours."""
        return "\n  fault: true\n" in self.text

    @cached_property
    def winter_only(self) -> bool:
        """Whether it holds only while the zones of the United States are on standard time."""
        return "\n  season: standard\n" in self.text

    @cached_property
    def recorded(self) -> Mapping[str, Any]:
        """Everything that the file says of it."""
        (only,) = yaml.load(self.text, Loader=yaml.CSafeLoader)
        found: Mapping[str, Any] = only
        return found

    @property
    def setup(self) -> Mapping[str, Sequence[Row]]:
        """Rows that are put on top of the fixture first; a leading ! empties the table before."""
        return self.recorded.get("setup") or {}

    @property
    def posted(self) -> bool:
        """Whether its requests are forms in the body."""
        return bool(self.recorded.get("method", "GET") == "POST")

    @property
    def requests(self) -> list[dict[str, str]]:
        """Parameters of each request, in order."""
        asked = [self.recorded["request"], *(self.recorded.get("then") or [])]
        return [{name: str(value) for name, value in {**DEFAULTS, **one}.items() if value is not None} for one in asked]

    @property
    def not_compared(self) -> list[tuple[str, str]]:
        """Table and column of added rows that are left out here, because they held a password."""
        return [(table, column) for table, _, column in (name.partition(".") for name in self.recorded.get("not_compared", []))]

    @property
    def outcome(self) -> Outcome:
        """What the reference did."""
        return expected(self.recorded)


def expected(described: Mapping[str, Any]) -> Outcome:
    """The outcome that a case, or an entry of tests/faults/better, describes."""
    return Outcome(described.get("response"), described.get("tables") or {}, described.get("status"), described.get("shows"))


def cases_of(function: str, folder: Path = DATA / "cases") -> list[Case]:
    """The cases of one function's file, in its order."""
    text = (folder / f"{function}.yaml").read_text()
    return [Case(part) for part in re.split(r"(?m)^(?=- id: )", text) if part.strip()]


def fixture_rows(path: Path = DATA / "fixture.yaml") -> dict[str, list[Row]]:
    """The rows that every case starts from."""
    rows = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    return {table: some or [] for table, some in rows.items()}
