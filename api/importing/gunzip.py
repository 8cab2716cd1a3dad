"""gzip as it streams in: unpacked a piece at a time, and no further than a file of leads would go."""

import zlib
from collections.abc import Iterator

from api.importing.rows import PACKED_RATIO, PACKED_SMALL
from api.problems import Problem

MARK = b"\x1f\x8b"
PIECE = 65_536
"""Bytes that are unpacked at a time."""

_GZIP = 31  # window bits: a gzip header and checksum are asked for


class Gunzip:
    """Unpacks one file, which may be several gzip members one after the other."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._packed = self._unpacked = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What these bytes unpack to. Raises Problem if they are no gzip, or a bomb."""
        self._packed += len(data)
        yield from self._pieces(data)

    def finish(self) -> Iterator[bytes]:
        """What is left. Raises Problem if the data did not come whole."""
        yield from self._pieces(b"")
        if not self._member.eof:
            raise Problem(422, "unreadable-file", "The gzip data is cut off before its end")

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        piece = b""
        while data or len(piece) == PIECE:  # a full piece: more of what has been read may be waiting
            if self._member.eof:
                data = data.lstrip(b"\x00")  # some programs fill up the last block
                if not data:
                    return
                self._member = zlib.decompressobj(_GZIP)
            try:
                piece = self._member.decompress(data, PIECE)
            except zlib.error as error:
                raise Problem(422, "unreadable-file", f"The gzip data is damaged: {error}") from error
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            self._limit(len(piece))
            if piece:
                yield piece

    def _limit(self, size: int) -> None:
        self._unpacked += size
        if self._unpacked > max(PACKED_SMALL, PACKED_RATIO * self._packed):
            title = f"The gzip data unpacks to more than {PACKED_RATIO} times its size; if it is meant so, send it unpacked"
            raise Problem(422, "unreadable-file", title)
