"""Every Line that the code may say, and who shows that it does: a recorded conversation, or a test of ours."""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from protocol.replies import Line
from tests.conformance.recorded import DATA, cases_of
from tests.faults.test_better import better
from tests.replies.more import more_cases

PACKAGES = ("protocol", "tasks", "workers", "api")
FUNCTIONS = frozenset(path.stem for path in (DATA / "cases").glob("*.yaml"))
TESTS = Path(__file__).parents[1]
FIELD = re.compile(r"\{[^}]*\}")
REPLIES = re.compile(r"\n|(?=(?:SUCCESS|NOTICE|ERROR): )")
"""Between the replies of one answer; some have no line end before the next."""
ENDS = re.compile(r" - |: ?\||\||: \d|$")
"""What ends the words of a reply: the fields that follow."""


@dataclass(frozen=True)
class Known:
    """A line of the code and the name it stands under."""

    module: str
    name: str
    line: Line

    @property
    def text(self) -> str:
        """The line as it goes over the wire, with its {names}."""
        return (self.line.prefix + self.line.text).strip()

    @cached_property
    def words(self) -> "re.Pattern[str]":
        """Its words, as they may stand in the document; fields in their middle are any text."""
        return pattern(words_of(self.text), ".+")

    @cached_property
    def whole(self) -> "re.Pattern[str]":
        """The whole line, with fields that hold no pipe."""
        return pattern(self.text, r"[^|\n]*")

    @cached_property
    def loose(self) -> "re.Pattern[str]":
        """The whole line, whatever its fields hold."""
        return pattern(self.text, ".*")

    @cached_property
    def fixed(self) -> str:
        """The longest piece that is the same every time, for a search in the text of tests."""
        return max(FIELD.split(self.text), key=len).strip()

    def may_be_shown_by(self, case: str) -> bool:
        """Whether a conversation is about the function that says the line; those about logging in may be about any."""
        function = case.partition("/")[0]
        own = self.module.rpartition(".")[2]
        return function.startswith("_") or own.startswith(function) or own not in FUNCTIONS


def words_of(text: str) -> str:
    """A reply without its fields: what stands before the first ` - `, `: |` or `|`."""
    found = ENDS.search(FIELD.sub(lambda field: "0" * len(field[0]), text))
    return re.sub(r" \{\w+\}$", "", text[: found.start() if found else None])


def pattern(text: str, of_a_field: str) -> "re.Pattern[str]":
    """What a text with {names} looks like when it is said."""
    return re.compile(of_a_field.join(map(re.escape, FIELD.split(text))))


def known_lines() -> list[Known]:
    """The replies in words that stand in the code, in the order of their modules. Rows of a report are none."""
    found: dict[int, Known] = {}
    for module in modules():
        source = Path(str(module.__file__)).read_text()
        for name, value in vars(module).items():
            if re.search(rf"^{name}\b[^=\n]*=[^=]", source, re.MULTILINE):
                found |= {id(line): Known(module.__name__, shown, line) for shown, line in lines_in(name, value) if id(line) not in found}
    return [one for one in found.values() if one.line.prefix or one.line.text.startswith("VERSION")]


def lines_in(name: str, value: Any) -> Iterator[tuple[str, Line]]:
    """The line, or the lines of a mapping."""
    if isinstance(value, Line):
        yield name, value
    elif isinstance(value, Mapping):
        yield from ((f"{name}[{key}]", line) for key, line in value.items() if isinstance(line, Line))


def modules() -> Iterator[ModuleType]:
    """Every module of the packages that say something."""
    for package in PACKAGES:
        root = importlib.import_module(package)
        yield root
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            yield importlib.import_module(found.name)


@dataclass(frozen=True, slots=True)
class Shown:
    """A reply that a conversation on record shows: its whole text or a line of it, and the conversation's id."""

    text: str
    case: str


def shown_in_cases() -> list[Shown]:
    """What the recorded conversations show, then what our better outcome of some of them does, then more.yaml."""
    recorded = chain.from_iterable(cases_of(path.stem) for path in sorted((DATA / "cases").glob("*.yaml")))
    told = [(case.id, case.recorded.get("response")) for case in recorded if not case.fault]
    told += [(f"{name} (better)", outcome.get("response")) for name, outcome in better().items()]
    told += [(f"{case.name} (ours)", [case.other["response"]]) for case in more_cases()]
    return [Shown(text, name) for name, texts in told for whole in texts or [] for text in (whole, *REPLIES.split(whole))]


def texts_of_tests() -> dict[str, str]:
    """The text of each module of tests, by its path."""
    return {str(path.relative_to(TESTS.parent)): path.read_text() for path in sorted(TESTS.rglob("test_*.py"))}


def shown_by(known: Known, shown: Iterable[Shown], tests: Mapping[str, str]) -> str:
    """The conversation or the test that shows a line; empty when none does."""
    start = FIELD.split(known.text)[0]
    mine = [one for one in shown if one.text.startswith(start) and known.may_be_shown_by(one.case)]
    for shape in (known.whole, known.loose):
        for one in mine:
            if any(shape.fullmatch(one.text.strip() + end) for end in ("", " ")):  # recordings have lost spaces at their end
                return one.case
    return next((path for path, text in tests.items() if known.fixed in text), "")


def table(name: str) -> dict[str, Any]:
    """A file of this folder."""
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text())
    return found
