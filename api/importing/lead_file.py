"""A file of leads as it streams in: bytes in pieces of any size in, header and chunks of rows out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from api.importing.chunked import Chunked
from api.importing.csv_rows import CsvReader
from api.importing.delimiters import AUTO, DELIMITERS, delimiter_of, is_hint
from api.importing.encodings import LATIN_1, Transcoder
from api.importing.formats import CSV, NDJSON, XLSX, is_workbook, text_format
from api.importing.gunzip import MARK as GZIP_MARK
from api.importing.gunzip import Gunzip
from api.importing.json_rows import JsonReader, NdjsonReader
from api.importing.rows import MOST_COLUMNS, Rows
from api.importing.workbook import Workbook
from api.problems import Problem

SAMPLE = 65_536
"""Bytes by which format, encoding, delimiter and header are told."""


class RowReader(Protocol):
    """Text in, rows out, the header first. Both raise Problem."""

    def feed(self, data: bytes) -> Rows:
        """The rows that are complete with these bytes."""

    def finish(self) -> Rows:
        """The rows that are left at the end of the file."""


@dataclass(slots=True)
class LeadFile:
    """Reads one file. Format, encoding and delimiter are names of this package's tables, or `auto`; once the header is
    known they tell what was found (the delimiter as the character).

    The same bytes give the same header and chunks, however they were cut into pieces. Chunks are made as they are asked
    for: a small piece may unpack to many.
    """

    chunk_rows: int
    encoding: str = "auto"
    delimiter: str = AUTO
    format: str = "auto"
    sheet: str = ""
    compressed: bool = False
    header: list[str] | None = None
    _packed: Gunzip | None = None
    _at_start: bool = True
    _beginning: bytes = b""
    _transcoder: Transcoder | None = None
    _reader: RowReader | None = None
    _workbook: Workbook | None = None
    _waiting: Chunked | None = None

    def feed(self, data: bytes) -> Iterator[Rows]:
        """The chunks that these bytes complete. Raises Problem if this is no file of leads."""
        if self._at_start and data:
            # A mark of two bytes is not torn by the blocks that files are read in, only by tests.
            data, self._beginning = self._beginning + data, b""
            if len(data) < len(GZIP_MARK):
                self._beginning = data
                return
            self._at_start, self.compressed = False, data.startswith(GZIP_MARK)
            self._packed = Gunzip() if self.compressed else None
        for piece in self._packed.feed(data) if self._packed else (data,):
            yield from self._fed(piece)

    def finish(self) -> Iterator[Rows]:
        """The chunks left at the end of the file. Raises Problem if there is no header."""
        for piece in self._packed.finish() if self._packed else ():
            yield from self._fed(piece)
        if self._reader is None and self._workbook is None:
            yield from self._opened(last=True)
        if self._workbook is not None:
            for rows in self._workbook.rows():
                yield from self._taken(rows)
        elif self._reader is not None and self._transcoder is not None:
            yield from self._taken(self._reader.feed(self._transcoder.feed(b"", last=True)).followed_by(self._reader.finish()))
        if self.header is None or self._waiting is None:
            raise Problem(422, "empty-file", "The file holds no rows")
        yield from self._waiting.rest()

    def _fed(self, data: bytes) -> Iterator[Rows]:
        """The chunks that these bytes, unpacked, complete."""
        if self._workbook is not None:
            self._workbook.feed(data)
        elif self._reader is not None and self._transcoder is not None:
            yield from self._taken(self._reader.feed(self._transcoder.feed(data)))
        else:
            self._beginning += data
            if len(self._beginning) >= SAMPLE:
                yield from self._opened(last=False)
                if self._workbook is None and self.header is None:
                    raise Problem(422, "unreadable-file", f"The file has no header within its first {SAMPLE:,} bytes")

    def _opened(self, *, last: bool) -> Iterator[Rows]:
        """Take the beginning of the file for what it is, and read it."""
        sample, self._beginning = self._beginning, b""
        self._waiting = Chunked(self.chunk_rows)
        if is_workbook(sample, self.format):
            self.format, self.encoding, self.delimiter = XLSX, "utf-8", ""
            self._workbook = Workbook(self.sheet)
            self._workbook.feed(sample)
            return
        self._transcoder = Transcoder(self.encoding, sample[:SAMPLE])
        self.encoding = self._transcoder.encoding
        text = self._transcoder.preview(sample[:SAMPLE])
        self.format = text_format(text) if self.format == "auto" else self.format
        self._reader = self._text_reader(text, self._transcoder)
        data = self._transcoder.feed(sample, last=last)
        if last and self.format != CSV:  # columns are told by all lines of the beginning, the last one too
            data += b"\n"
        yield from self._taken(self._reader.feed(data))

    def _text_reader(self, text: str, transcoder: Transcoder) -> RowReader:
        if self.format == CSV:
            self.delimiter = delimiter_of(text) if self.delimiter == AUTO else DELIMITERS[self.delimiter]
            return CsvReader(self.delimiter, transcoder.decode)
        self.delimiter = ""
        if self.format == NDJSON:
            return NdjsonReader(transcoder.decode)
        return JsonReader(transcoder.decode if transcoder.encoding == LATIN_1 else None)

    def _taken(self, rows: Rows) -> Iterator[Rows]:
        assert self._waiting is not None
        while self.header is None and rows.cells:
            first, rows = rows.split(1)
            if first.faults:
                raise Problem(422, "unreadable-file", "The header cannot be read", fault=first.faults[0])
            if self.format != CSV or not is_hint(first.cells[0], self.delimiter):
                self.header = first.cells[0]
                if len(self.header) > MOST_COLUMNS:
                    title = f"The file has {len(self.header):,} columns; {MOST_COLUMNS:,} are the most"
                    raise Problem(422, "too-many-columns", title)
        yield from self._waiting.add(rows)
