"""An upload read in threads, a piece at a time: parsing must not hold up the event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from hashlib import blake2b

from api.importing.lead_file import SAMPLE, LeadFile
from api.importing.rows import Rows
from api.importing.upload import Upload

BLOCK = SAMPLE
"""Bytes read at a time: about a millisecond of parsing, during which no other thread of the process runs."""


class Reading:
    """One file on its way in. Memory stays flat: nothing is read before what was read has been taken."""

    def __init__(self, upload: Upload) -> None:
        self.header: list[str] = []
        self.size = 0
        self._blocks = whole_blocks(upload.pieces())
        self._hash = blake2b(digest_size=32)
        self._first = b""
        self._ready: list[Rows] = []
        self._coming: Iterator[Rows] = iter(())
        self._ended = False

    async def first_block(self) -> None:
        """Read the beginning; the fields of a form that come before its file are known then."""
        self._first = await anext(self._blocks, b"")

    async def begin(self, file: LeadFile) -> None:
        """Read on to the header. Raises Problem if this is no file of leads."""
        self._file = file
        self._take(self._first, last=len(self._first) < BLOCK)
        while file.header is None and await self._step():
            pass
        self.header = file.header or []

    async def chunks(self) -> AsyncIterator[Rows]:
        """The rows, as they come, in pieces for one message each. Raises Problem and ClientDisconnect."""
        while True:
            for rows in self._ready:
                yield rows
            self._ready = []
            if not await self._step():
                return

    async def content_hash(self) -> str:
        """The hash of the whole file, what has not been read yet is read for it."""
        if not self.size:
            self._hash.update(self._first)
        async for block in self._blocks:
            await asyncio.get_running_loop().run_in_executor(None, self._hash.update, block)
        return self._hash.hexdigest()

    async def _step(self) -> bool:
        """Make one chunk ready, or take the next block; False at the end of the file."""
        rows = await asyncio.get_running_loop().run_in_executor(None, next, self._coming, None)
        if rows is not None:
            self._ready.append(rows)
        elif self._ended:
            return False
        else:
            block = await anext(self._blocks, None)
            self._take(block or b"", last=block is None)
        return True

    def _take(self, block: bytes, *, last: bool) -> None:
        self._ended = last
        self.size += len(block)
        self._coming = self._parsed(block, last=last)

    def _parsed(self, block: bytes, *, last: bool) -> Iterator[Rows]:
        self._hash.update(block)
        yield from self._file.feed(block)
        if last:
            yield from self._file.finish()


async def whole_blocks(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in blocks of one size, the last may be shorter: the network's pieces may be tiny or huge."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        while len(waiting) >= BLOCK:
            yield bytes(waiting[:BLOCK])
            del waiting[:BLOCK]
    if waiting:
        yield bytes(waiting)
