"""A file of leads as it streams in: bytes in pieces of any size in, header and chunks of rows out."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.importing.csv_rows import CsvReader, Rows
from api.importing.delimiters import AUTO, DELIMITERS, delimiter_of, is_hint
from api.importing.encodings import Transcoder, refuse_other_formats
from api.problems import Problem

SAMPLE = 65_536
"""Bytes by which encoding, delimiter and header are told."""

CHUNK_CHARACTERS = 1_000_000
"""Characters after which a chunk is closed whatever the number of its rows."""


@dataclass(slots=True)
class LeadFile:
    """Reads one file. `encoding` and `delimiter` are names of this package's tables, or `auto`; once the header is known
    they tell what was found (the delimiter as the character).

    The same bytes give the same header and chunks, however they were cut into pieces.
    """

    chunk_rows: int
    encoding: str = "auto"
    delimiter: str = AUTO
    header: list[str] | None = None
    _beginning: bytes = b""
    _transcoder: Transcoder | None = None
    _reader: CsvReader | None = None
    _waiting: "Waiting | None" = None

    def feed(self, data: bytes) -> list[Rows]:
        """The chunks that these bytes complete. Raises Problem if this is no file of leads."""
        if self._reader is None:
            self._beginning += data
            if len(self._beginning) < SAMPLE:
                return []
            data = self._opened()
        return self._taken(self._read(data, last=False))

    def finish(self) -> list[Rows]:
        """The chunks left at the end of the file. Raises Problem if there is no header."""
        data = self._opened() if self._reader is None else b""
        chunks = self._taken(self._read(data, last=True))
        if self.header is None or self._waiting is None:
            raise Problem(422, "empty-file", "The file holds no rows")
        return [*chunks, *self._waiting.rest()]

    def _opened(self) -> bytes:
        """The beginning of the file, read for what it tells."""
        sample, self._beginning = self._beginning, b""
        refuse_other_formats(sample)
        self._transcoder = Transcoder(self.encoding, sample[:SAMPLE])
        self.encoding = self._transcoder.encoding
        text = self._transcoder.preview(sample[:SAMPLE])
        self.delimiter = delimiter_of(text) if self.delimiter == AUTO else DELIMITERS[self.delimiter]
        self._reader = CsvReader(self.delimiter, self._transcoder.decode)
        self._waiting = Waiting(self.chunk_rows)
        return sample

    def _read(self, data: bytes, *, last: bool) -> Rows:
        assert self._transcoder is not None
        assert self._reader is not None
        rows = self._reader.feed(self._transcoder.feed(data, last=last))
        return rows.followed_by(self._reader.finish()) if last else rows

    def _taken(self, rows: Rows) -> list[Rows]:
        assert self._waiting is not None
        while self.header is None and rows.cells:
            first, rows = rows.split(1)
            if first.faults:
                raise Problem(422, "unreadable-file", "The header cannot be read as CSV", fault=first.faults[0])
            if not is_hint(first.cells[0], self.delimiter):
                self.header = first.cells[0]
        return self._waiting.add(rows)


class Waiting:
    """Rows that wait until there are enough for a chunk."""

    def __init__(self, chunk_rows: int) -> None:
        self._chunk_rows = chunk_rows
        self._rows = Rows()
        self._characters = 0

    def add(self, rows: Rows) -> list[Rows]:
        """The chunks that these rows complete."""
        return list(self._closed(rows))

    def rest(self) -> list[Rows]:
        """The last chunk, if rows are left for one."""
        rows, self._rows = self._rows, Rows()
        return [rows] if rows.cells else []

    def _closed(self, rows: Rows) -> Iterator[Rows]:
        while rows.cells:
            count, characters = self._room(rows)
            part, rows = rows.split(count)
            self._rows, self._characters = self._rows.followed_by(part), self._characters + characters
            if len(self._rows.cells) == self._chunk_rows or self._characters >= CHUNK_CHARACTERS:
                yield self._rows
                self._rows, self._characters = Rows(), 0

    def _room(self, rows: Rows) -> tuple[int, int]:
        """How many of the rows the open chunk takes, and their characters."""
        most = self._chunk_rows - len(self._rows.cells)
        characters = 0
        for count, row in enumerate(rows.cells[:most], 1):
            characters += sum(map(len, row))
            if self._characters + characters >= CHUNK_CHARACTERS:
                return count, characters
        return min(most, len(rows.cells)), characters
