"""Rows of JSON text that arrives in pieces: one object a line (NDJSON), or an array of objects.

The columns are the keys of the objects at the beginning of the file; the first row that is given is their names. Numbers
are kept as they are written, true and false become Y and N, null an empty cell.
"""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Never

from api.importing.rows import BROKEN_LIMIT, LINE_LIMIT, RECORD_LIMIT, Rows, plain_cell, shortened
from api.problems import Problem
from protocol.import_codes import NESTED_VALUE, NOT_AN_OBJECT, NOT_JSON, ROW_TOO_LONG, UNKNOWN_KEY

_BETWEEN = re.compile(r"[\s,]*")
_CLOSED = frozenset('}]"')


class Record(NamedTuple):
    """One value of the file, the line it begins on, and its text."""

    line: int
    value: Any
    text: str
    fault: str = ""


class NdjsonReader:
    """Turns bytes of lines into rows; a line that is no JSON costs that line only."""

    def __init__(self, decode: Callable[[bytes], str]) -> None:
        self._decode = decode
        self._held = b""
        self._line = 1
        self._broken = 0
        self._table = Table()

    def feed(self, data: bytes) -> Rows:
        """The rows that are complete with these bytes. Raises Problem."""
        data = self._held + data
        end = data.rfind(b"\n") + 1
        self._held = shortened(data[end:])
        return self._table.rows(self._records(data[:end]))

    def finish(self) -> Rows:
        """The row that is left at the end of the file. Raises Problem."""
        data, self._held = self._held, b""
        return self._table.rows(self._records(data))

    def _records(self, data: bytes) -> Iterator[Record]:
        for line in data.removesuffix(b"\n").split(b"\n") if data else ():
            text = self._decode(line).strip()
            if text:
                yield self._record(text)
            self._line += 1

    def _record(self, text: str) -> Record:
        if len(text) > RECORD_LIMIT:
            return Record(self._line, None, text, ROW_TOO_LONG)
        try:
            return Record(self._line, _JSON.decode(text), text)
        except (ValueError, RecursionError):
            self._broken += 1
            if self._broken > BROKEN_LIMIT:
                raise _unreadable(f"More than {BROKEN_LIMIT} lines are no JSON, the last is line {self._line}") from None
            return Record(self._line, None, text, NOT_JSON)


class JsonReader:
    """Turns bytes of an array of objects into rows. What is no JSON ends the reading: nobody can tell where the next object begins."""

    def __init__(self, decode: Callable[[bytes], str] | None) -> None:
        """`decode` tells what single bytes mean; None: the text is UTF-8."""
        self._decode = decode
        self._utf_8 = getincrementaldecoder("utf-8")()
        self._held = ""
        self._line = 1
        self._open = self._ended = False
        self._table = Table()

    def feed(self, data: bytes) -> Rows:
        """The rows that are complete with these bytes. Raises Problem."""
        return self._table.rows(self._records(self._text(data, last=False), last=False))

    def finish(self) -> Rows:
        """The rows that are left at the end of the file. Raises Problem."""
        rows = self._table.rows(self._records(self._text(b"", last=True), last=True))
        if not self._ended:
            raise _unreadable(f"The array is never closed; its last line is line {self._line}")
        return rows

    def _text(self, data: bytes, *, last: bool) -> str:
        try:
            return self._held + (self._decode(data) if self._decode else self._utf_8.decode(data, last))
        except UnicodeDecodeError:
            raise _unreadable(f"The JSON holds bytes that are no UTF-8, after line {self._line}; encoding=latin-1 may help") from None

    def _records(self, text: str, *, last: bool) -> Iterator[Record]:
        at = self._skipped(text, 0)
        if not self._open and at < len(text):
            if text[at] != "[":
                raise _unreadable("The file is no JSON array")
            self._open, at = True, at + 1
        while (at := self._skipped(text, at)) < len(text):
            if self._ended:
                raise _unreadable(f"The file goes on behind the array, on line {self._line}")
            if text[at] == "]":
                self._ended, at = True, at + 1
                continue
            found = self._value(text, at, last=last)
            if found is None:
                break
            record, end = found
            yield record
            self._line += text.count("\n", at, end)
            at = end
        self._held = text[at:]

    def _skipped(self, text: str, at: int) -> int:
        found = _BETWEEN.match(text, at)
        end = found.end() if found else at
        self._line += text.count("\n", at, end)
        return end

    def _value(self, text: str, at: int, *, last: bool) -> tuple[Record, int] | None:
        """The value that begins here and where it ends; None if its end has not come yet."""
        try:
            value, end = _JSON.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            if last or len(text) - at > LINE_LIMIT or isinstance(error, RecursionError):
                raise _unreadable(f"What begins on line {self._line} is no JSON, or too long for a row") from None
            return None
        if end == len(text) and not last and text[end - 1] not in _CLOSED:  # of a number more digits may come
            return None
        fault = ROW_TOO_LONG if end - at > RECORD_LIMIT else ""
        return Record(self._line, value, text[at : min(end, at + RECORD_LIMIT)], fault), end


class Table:
    """Objects as rows of one header."""

    def __init__(self) -> None:
        self._header: list[str] = []
        self._known: frozenset[str] = frozenset()
        self._early: list[Record] = []

    def rows(self, records: Iterable[Record]) -> Rows:
        """The rows of these records, preceded by the header when that becomes known. Records before any object wait for one."""
        found = [*self._early, *records]
        rows = Rows()
        if not self._header:
            self._header = list(dict.fromkeys(key for record in found if isinstance(record.value, dict) for key in record.value))
            self._known = frozenset(self._header)
            if not self._header:
                self._early = found
                return rows
            self._early = []
            rows.add(self._header, 0)
        for record in found:
            self._add(record, rows)
        return rows

    def _add(self, record: Record, rows: Rows) -> None:
        value = record.value
        if record.fault or not isinstance(value, dict):
            rows.add_fault(record.text, record.line, record.fault or NOT_AN_OBJECT)
            return
        cells = [_cell(value.get(key)) for key in self._header]
        fault = ""
        if unknown := [f"{key}: {text}" for key in value if key not in self._known and (text := _cell(value[key]))]:
            cells += unknown
            fault = UNKNOWN_KEY
        elif any(isinstance(cell, (dict, list)) for cell in value.values()):
            fault = NESTED_VALUE
        if fault:
            rows.faults[len(rows.cells)] = fault
        rows.add(cells, record.line)


def _cell(value: Any) -> str:
    plain = plain_cell(value)
    return json.dumps(value, ensure_ascii=False) if plain is None else plain


def _no_number(text: str) -> Never:
    raise ValueError(text)


_JSON = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_number)


def _unreadable(says: str) -> Problem:
    return Problem(422, "unreadable-file", says)
