"""Rows with something between their values: the `stage` of reads that list. Nothing is quoted or escaped."""

from collections.abc import Iterable
from dataclasses import dataclass

HEADER = "YES"
"""The one value of the parameter `header` that asks for the names of the columns."""

_MARKS = {"csv": ",", "tab": "\t", "pipe": "|"}


@dataclass(frozen=True, slots=True)
class Delimited:
    """How rows are written. `stage` is its name as the API log keeps it, `mark` what stands between two values."""

    stage: str
    mark: str

    def row(self, values: Iterable[object]) -> str:
        """One line; NULL is empty."""
        return self.mark.join(["" if value is None else str(value) for value in values]) + "\n"

    def rows(self, rows: Iterable[Iterable[object]], columns: Iterable[str] = ()) -> str:
        """The lines of all rows, below a line of the columns' names if there are any."""
        names = list(columns)
        lines = [self.row(row) for row in rows]
        return "".join([self.row(names), *lines] if names else lines)


def delimited(stage: str, *, newline: bool = False) -> Delimited:
    """The format a request asks for; pipes for what it does not know. `newline` allows the stage of that name."""
    if newline and stage == "newline":
        return Delimited(stage, "\n")
    return Delimited(stage, _MARKS[stage]) if stage in _MARKS else Delimited("pipe", "|")
