"""Rows cut into chunks, each for one message."""

from collections.abc import Iterator

from api.importing.rows import Rows

CHUNK_CHARACTERS = 1_000_000
"""Characters after which a chunk is closed whatever the number of its rows."""


class Chunked:
    """Rows that wait until there are enough for a chunk."""

    def __init__(self, chunk_rows: int) -> None:
        self._chunk_rows = chunk_rows
        self._rows = Rows()
        self._characters = 0

    def add(self, rows: Rows) -> Iterator[Rows]:
        """The chunks that these rows complete."""
        while rows.cells:
            count, characters = self._room(rows)
            part, rows = rows.split(count)
            self._rows, self._characters = self._rows.followed_by(part), self._characters + characters
            if len(self._rows.cells) == self._chunk_rows or self._characters >= CHUNK_CHARACTERS:
                yield self._rows
                self._rows, self._characters = Rows(), 0

    def rest(self) -> list[Rows]:
        """The last chunk, if rows are left for one."""
        rows, self._rows = self._rows, Rows()
        return [rows] if rows.cells else []

    def _room(self, rows: Rows) -> tuple[int, int]:
        """How many of the rows the open chunk takes, and their characters."""
        most = self._chunk_rows - len(self._rows.cells)
        characters = 0
        for count, row in enumerate(rows.cells[:most], 1):
            characters += sum(map(len, row))
            if self._characters + characters >= CHUNK_CHARACTERS:
                return count, characters
        return min(most, len(rows.cells)), characters
