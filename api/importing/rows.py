"""Rows of a file, whatever its format, and how long they may be."""

from dataclasses import dataclass, field

from protocol.import_codes import NUL_IN_ROW

RECORD_LIMIT = 100_000
"""Most characters of one record, over all its lines. Below the limit of one field in Python's csv module."""

LINE_LIMIT = 4 * RECORD_LIMIT
"""Bytes of one line that are kept: enough to see that it is longer than a record may be."""

BROKEN_LIMIT = 1000
"""Lines that are not what the format asks for after which the file is not of that format at all."""

MOST_COLUMNS = 1000
"""Columns of a file; leads have 50 fields, a list some hundred of its own."""

PACKED_RATIO = 200
"""Times its packed size that a file may have; text of leads has 3 to 30, a bomb 1000."""

PACKED_SMALL = 32 * 1024 * 1024
"""Unpacked bytes up to which the ratio is nobody's business."""

SHOWN = 1000
"""Characters kept of a line that cannot be read."""


@dataclass(slots=True)
class Rows:
    """Records in the order of the file: cells, the number of the line each begins on, and by position what ails those that cannot be read.

    The cells of a row that cannot be read are one: the line as it stands.
    """

    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)

    def add(self, cells: list[str], line: int) -> None:
        """One more record; a blank one is left out."""
        if any(cells):
            if any("\x00" in cell for cell in cells):
                self.faults[len(self.cells)] = NUL_IN_ROW
            self.cells.append(cells)
            self.lines.append(line)

    def add_fault(self, text: str, line: int, fault: str) -> None:
        """One more line that cannot be read."""
        self.faults[len(self.cells)] = fault
        self.cells.append([text[:SHOWN].rstrip("\r\n")])
        self.lines.append(line)

    def split(self, count: int) -> "tuple[Rows, Rows]":
        """The first rows, and the others."""
        if count >= len(self.cells):
            return self, Rows()
        early = {n: fault for n, fault in self.faults.items() if n < count}
        late = {n - count: fault for n, fault in self.faults.items() if n >= count}
        return Rows(self.cells[:count], self.lines[:count], early), Rows(self.cells[count:], self.lines[count:], late)

    def followed_by(self, other: "Rows") -> "Rows":
        """These rows, then the others."""
        if not self.cells:
            return other
        at = len(self.cells)
        faults = self.faults | {n + at: fault for n, fault in other.faults.items()}
        return Rows(self.cells + other.cells, self.lines + other.lines, faults)


def plain_cell(value: object) -> str | None:
    """Text, emptiness and truth (Y or N) as a cell; None for what each format writes in its own way."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return ("N", "Y")[value] if isinstance(value, bool) else None


def shortened(line: bytes) -> bytes:
    """A line whose end has not come yet; of one that is too long in any case the rest is forgotten."""
    return line if len(line) <= LINE_LIMIT else line[:LINE_LIMIT]
