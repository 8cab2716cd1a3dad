"""Rows as CSV, JSON and NDJSON, in pieces. Values stay what they are: spreadsheets must guard themselves against formulas.

A value is text, a number, None, or a list or a mapping of values; a cell of CSV holds those two as JSON.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import orjson

Row = Sequence[object]


class Format(Protocol):
    """How rows are written: a head, rows some at a time, a tail."""

    media: str

    def head(self, columns: Sequence[str]) -> str:
        """What comes before the rows."""

    def rows(self, columns: Sequence[str], rows: Iterable[Row], *, first: bool) -> str:
        """Some rows; `first` tells that there are none before them."""

    def tail(self) -> str:
        """What comes after the rows."""


class Csv:
    """RFC 4180 with a header line. NULL is empty, as an empty text is."""

    media = "text/csv; charset=utf-8; header=present"

    def head(self, columns: Sequence[str]) -> str:
        return self.rows(columns, [columns], first=True)

    def rows(self, columns: Sequence[str], rows: Iterable[Row], *, first: bool) -> str:  # noqa: ARG002
        written = io.StringIO(newline="")
        csv.writer(written).writerows([[_cell(value) for value in row] for row in rows])
        return written.getvalue()

    def tail(self) -> str:
        return ""


class Ndjson:
    """One JSON object a line."""

    media = "application/x-ndjson"

    def head(self, columns: Sequence[str]) -> str:  # noqa: ARG002
        return ""

    def rows(self, columns: Sequence[str], rows: Iterable[Row], *, first: bool) -> str:  # noqa: ARG002
        return "".join([_object(columns, row) + "\n" for row in rows])

    def tail(self) -> str:
        return ""


class JsonList:
    """An object with the names of the columns, and an object for each row."""

    media = "application/json"

    def head(self, columns: Sequence[str]) -> str:
        return f'{{"columns":{_json(list(columns))},"rows":['

    def rows(self, columns: Sequence[str], rows: Iterable[Row], *, first: bool) -> str:
        return ("" if first else ",") + ",".join([_object(columns, row) for row in rows])

    def tail(self) -> str:
        return "]}"


class JsonObject:
    """The one row there is as an object."""

    media = "application/json"

    def head(self, columns: Sequence[str]) -> str:  # noqa: ARG002
        return ""

    def rows(self, columns: Sequence[str], rows: Iterable[Row], *, first: bool) -> str:  # noqa: ARG002
        return "".join([_object(columns, row) for row in rows])

    def tail(self) -> str:
        return ""


NAMES = ("json", "csv", "ndjson")


def format_of(name: str, *, single: bool) -> Format:
    """The format of that name; `single` tells that there is one row, not a list."""
    formats: Mapping[str, Format] = {"json": JsonObject() if single else JsonList(), "csv": Csv(), "ndjson": Ndjson()}
    return formats[name]


def _cell(value: object) -> object:
    if isinstance(value, list | tuple | dict):
        return _json(value)
    return value


def _object(columns: Sequence[str], row: Row) -> str:
    return _json(dict(zip(columns, row, strict=True)))


def _json(value: object) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: object) -> object:
    """Sums of whole numbers come out of MariaDB as decimals."""
    if isinstance(value, Decimal):
        return int(value)
    raise TypeError
