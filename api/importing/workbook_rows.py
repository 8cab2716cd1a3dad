"""The rows of an Excel workbook, read in a process of its own: whatever is in the file, memory and time of the server are safe.

Run as `python -m api.importing.workbook_rows [SHEET]` with the workbook as standard input (a file, not a pipe). Writes a
line of JSON for each row that is not empty: its number and its cells; or, as the last line, why there are no more.
"""

import os
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

import orjson
from openpyxl import load_workbook

from api.importing.rows import MOST_COLUMNS, PACKED_RATIO, PACKED_SMALL, plain_cell

MEMORY = 768 * 1024**2
"""Bytes of address space: a full sheet takes half of it, most of that for the table of texts."""

SECONDS = 1800
"""Processor time; a full sheet of ten columns takes two minutes."""

UNPACKED = 1024**3
"""Bytes of all parts together."""

LAST_ROW = 1_048_576

SAVE_AS_CSV = "; save the sheet as CSV and send that"


class Unreadable(Exception):
    """Its text says why the workbook cannot be read."""


def main() -> None:
    """Write the rows of standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.nice(10)
    sheet = sys.argv[1] if len(sys.argv) > 1 else ""
    out = sys.stdout.buffer
    with suppress(BrokenPipeError):
        for line in told(sys.stdin.buffer, sheet):
            out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        out.flush()


def told(file: BinaryIO, sheet: str) -> Iterator[object]:
    """The lines to write."""
    try:
        refuse_bombs(file)
        yield from sheet_rows(file, sheet)
    except Unreadable as reason:
        yield {"problem": str(reason)}
    except MemoryError:
        yield {"problem": f"The workbook takes too much memory{SAVE_AS_CSV}"}
    except Exception as error:  # the many ways of openpyxl to meet what it does not know
        yield {"problem": f"The workbook cannot be read: {type(error).__name__}"}


def refuse_bombs(file: BinaryIO) -> None:
    """Raise Unreadable if the parts would be too large. What a part claims to be is the most that is ever unpacked of it."""
    try:
        parts = ZipFile(file).infolist()
    except BadZipFile as error:
        raise Unreadable("The workbook is damaged or cut off") from error
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise Unreadable("The file is a zip archive, not an Excel workbook")
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > UNPACKED or unpacked > max(PACKED_SMALL, PACKED_RATIO * packed):
        raise Unreadable(f"The workbook unpacks to {unpacked:,} bytes, {unpacked // max(1, packed)} times its size{SAVE_AS_CSV}")


def sheet_rows(file: BinaryIO, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Number and cells of the rows of the sheet of that name, or of the first that can be seen and is not empty."""
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    sheets = [sheet for sheet in book.worksheets if (sheet.title == name if name else sheet.sheet_state == "visible")]
    if name and not sheets:
        raise Unreadable(f"The workbook has no sheet {name[:64]}; it has {', '.join(book.sheetnames)[:500]}")
    for sheet in sheets:
        sheet.reset_dimensions()  # what is told of them is often wrong
        found = False
        for row in _rows(sheet.iter_rows(values_only=True)):
            found = True
            yield row
        if found:
            return


def _rows(values: Iterable[Sequence[object]]) -> Iterator[tuple[int, Sequence[str]]]:
    width = 0
    for number, row in enumerate(values, 1):
        if number > LAST_ROW:
            raise Unreadable(f"The sheet has rows beyond number {LAST_ROW:,}, the last there is")
        if len(row) > MOST_COLUMNS:
            row = row[: _used(row)]
        if len(row) > MOST_COLUMNS:
            raise Unreadable(f"Row {number:,} of the sheet has {len(row):,} columns; {MOST_COLUMNS:,} are the most")
        cells = list(map(as_text, row))
        if any(cells):
            used = _used(cells)
            width = width or used  # of the header
            yield number, [*cells[:used], *[""] * (width - used)]


def _used(row: Sequence[object]) -> int:
    """Cells up to the last that holds anything."""
    return next((n for n in range(len(row), 0, -1) if row[n - 1] not in (None, "")), 0)


def as_text(value: object) -> str:
    """A cell as text: whole numbers without a point, dates as ISO 8601, truth as Y and N."""
    plain = plain_cell(value)
    if plain is not None:
        return plain
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)


if __name__ == "__main__":
    main()
