"""Rows of CSV text that arrives in pieces: the same rows however the text was cut.

Python's own parser does the work on whole lines. A last line of our own tells whether a quote is still open at the end
of what has arrived; if so, that record waits for more. A quote that is never closed costs the one line that opens it.
"""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import chain

from api.importing.rows import BROKEN_LIMIT, RECORD_LIMIT, Rows, shortened
from api.problems import Problem
from protocol.import_codes import QUOTE_NOT_CLOSED, ROW_TOO_LONG

END = "\x00end\x00"


class CsvReader:
    """Turns bytes of lines into rows."""

    def __init__(self, delimiter: str, decode: Callable[[bytes], str]) -> None:
        self._delimiter = delimiter
        self._decode = decode
        self._held = b""
        self._line = 1
        self._broken = 0

    def feed(self, data: bytes) -> Rows:
        """The rows that are complete with these bytes. Raises Problem."""
        data = self._held + data
        end = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, -1) + 1
        whole, self._held = data[:end], shortened(data[end:])
        return self._rows(whole, last=False) if whole else Rows()

    def finish(self) -> Rows:
        """The rows that are left at the end of the file. Raises Problem."""
        # The line end keeps a lone quote at the end of the file apart from our own last line.
        data, self._held = self._held + b"\n" if self._held else b"", b""
        return self._rows(data, last=True)

    def _rows(self, data: bytes, *, last: bool) -> Rows:
        text = self._decode(data)
        if len(text) <= RECORD_LIMIT and "\x00" not in text:
            reader = csv.reader(chain(StringIO(text, newline=""), (END,)), delimiter=self._delimiter)
            cells = list(reader)
            # One line each, and the end stands alone: no record spans lines, none is open.
            if reader.line_num == len(cells) and cells[-1] == [END]:
                return self._plain(cells)
        return self._careful(list(StringIO(text, newline="")), data, last=last)

    def _plain(self, cells: list[list[str]]) -> Rows:
        del cells[-1]
        first, self._line = self._line, self._line + len(cells)
        if all(map(any, cells)):
            return Rows(cells, list(range(first, self._line)))
        kept = [(row, line) for line, row in enumerate(cells, first) if any(row)]
        return Rows([row for row, _ in kept], [line for _, line in kept])

    def _careful(self, lines: list[str], data: bytes, *, last: bool) -> Rows:
        """Record by record: some span lines, are too long or never end."""
        rows, at = Rows(), 0
        while at < len(lines):
            at = self._read_on(lines, at, rows)
            if at == len(lines):
                break
            rest = lines[at:]
            if len(rest[0]) > RECORD_LIMIT:
                rows.add_fault(rest[0], self._line + at, ROW_TOO_LONG)
            elif last or sum(map(len, rest)) > RECORD_LIMIT:
                self._note_broken(self._line + at)
                rows.add_fault(rest[0], self._line + at, QUOTE_NOT_CLOSED)
            else:
                self._held = b"".join(data.splitlines(keepends=True)[at:]) + self._held
                break
            at += 1
        self._line += at
        return rows

    def _read_on(self, lines: list[str], at: int, rows: Rows) -> int:
        """Add records from line `at` on; the line of the first that is too long or still open, or the number of lines."""
        reader = csv.reader(chain(_from(lines, at), (END,)), delimiter=self._delimiter)
        first = at
        try:
            for cells in reader:
                end = first + reader.line_num
                if end > len(lines):
                    return len(lines) if cells == [END] else at
                if sum(map(len, lines[at:end])) > RECORD_LIMIT:
                    return at
                rows.add(cells, self._line + at)
                at = end
        except csv.Error:  # a field beyond the module's own limit
            return at
        return at

    def _note_broken(self, line: int) -> None:
        self._broken += 1
        if self._broken > BROKEN_LIMIT:
            raise Problem(422, "unreadable-file", f"More than {BROKEN_LIMIT} quotes are opened and never closed, the last on line {line}")


def _from(lines: list[str], at: int) -> Iterator[str]:
    while at < len(lines):
        yield lines[at]
        at += 1
