"""docs/reply-coverage.md: every reply of the document and of the code, and what shows it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from tests.replies.lines import TESTS, Known, known_lines, shown_by, shown_in_cases, table, texts_of_tests, words_of

PAGE = TESTS.parent / "docs" / "reply-coverage.md"
HEAD = """# Reply coverage

Made by `make reply-coverage` from the lines in the code; a test fails when it is stale, and when a line has nothing that shows it.

Of the {documented} replies that the API's document shows (edition of 2019-11-07), {worded} are said by the lines below, which are
{lines} in all; {unsaid} cannot occur. A line is shown by a recorded conversation (tests/conformance/data/cases), by our better
outcome of one (`better`, tests/faults), by a conversation of our own (`ours`, tests/replies/more.yaml), each played on SQLite, InnoDB and
MyISAM, or by the test named.
"""


@dataclass(frozen=True, slots=True)
class Documented:
    """A reply of the document, the lines that have its words, and why it cannot occur if none does."""

    function: str
    text: str
    lines: tuple[Known, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Everything the page tells."""

    documented: tuple[Documented, ...]
    shown: Mapping[Known, str]

    @property
    def gaps(self) -> list[str]:
        """What keeps the page from being complete: replies without a line or a reason, or with both, and lines that nothing shows."""
        bare = [
            f"{one.text}: {len(one.lines)} lines, reason: {one.reason!r}" for one in self.documented if bool(one.lines) == bool(one.reason)
        ]
        return bare + [f"{known.module}.{known.name} is shown by nothing" for known, case in self.shown.items() if not case]


@cache
def coverage() -> Coverage:
    """Hold the document and the code against what is on record."""
    lines, reasons = known_lines(), table("not_said")
    documented = tuple(
        Documented(function, text, tuple(k for k in lines if k.words.fullmatch(words_of(text))), reasons.get(function, {}).get(text, ""))
        for function, texts in table("documented").items()
        for text in texts
    )
    shown, tests = shown_in_cases(), texts_of_tests()
    return Coverage(documented, {known: shown_by(known, shown, tests) for known in lines})


def page() -> str:
    """The text of the page."""
    told = coverage()
    unsaid = [one for one in told.documented if one.reason]
    counts = {
        "documented": len(told.documented),
        "worded": len(told.documented) - len(unsaid),
        "unsaid": len(unsaid),
        "lines": len(told.shown),
    }
    worded = {known for one in told.documented for known in one.lines}
    parts = [
        HEAD.format(**counts),
        "## Replies that cannot occur\n",
        *rows(["document", "why"], ([f"`{o.text}`", o.reason] for o in unsaid)),
    ]
    for module, known in groupby(told.shown, key=lambda one: one.module):
        parts += [f"\n## {module}\n"]
        parts += rows(["line", "shown by", "document"], ([f"`{shown(k)}`", told.shown[k], "yes" if k in worded else ""] for k in known))
    return "\n".join(parts) + "\n"


def shown(known: Known) -> str:
    """A line in one row of a table."""
    return known.text.replace("\n", "\\n")


def rows(head: list[str], cells: Iterable[list[str]]) -> Iterator[str]:
    """A table in Markdown. A pipe within a cell is written \\|."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in cells:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
