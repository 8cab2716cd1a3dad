"""Sending a file as the body of one request, in a thread, so that progress can be watched meanwhile."""

import threading
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from cli.errors import CommandError
from cli.server import Job, Server

PIECE = 262_144
PACKED = (b"\x1f\x8b", b"PK\x03\x04")
"""How gzip and workbooks begin: their line ends mean nothing."""


class Upload:
    """One upload under way, under a key by which the server knows it again. `size`: bytes of the file, if it is known."""

    def __init__(
        self, server: Server, file: BinaryIO, size: int | None, options: Mapping[str, str], key: str, headers: Mapping[str, str]
    ) -> None:
        self.resume = f"to go on where it stopped, give the same command with --key {key}"
        self._server, self._file, self._size, self._options, self._key = server, file, size, options, key
        self._headers = {**headers, "Content-Type": "application/octet-stream", "Idempotency-Key": key}
        self._sent = self._lines = 0
        self._job: Job | None = None
        self._failure: Exception | None = None
        # Not Thread.join: Ctrl-C in the middle of that makes Python 3.11 take the thread for ended.
        self._over = threading.Event()
        threading.Thread(target=self._run, name="upload", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, but not longer than that; whether it has come."""
        return self._over.wait(seconds)

    def rows_expected(self) -> int | None:
        """About how many rows the file has, going by what has been sent; None when there is no telling."""
        if not self._lines or self._size is None:
            return None
        return round(self._lines * self._size / self._sent)

    def under_way(self) -> Job | None:
        """What has become of the rows received so far; None when the server does not tell."""
        try:
            found = self._server.get("/v1/imports", idempotency_key=self._key)["imports"]
        except CommandError:  # the upload itself will tell what is wrong
            return None
        return found[0] if found else None

    def outcome(self) -> Job:
        """The job that the server made of it. Raises CommandError when it was refused or the connection broke."""
        if self._job is not None:
            return self._job
        assert self._failure is not None
        if isinstance(self._failure, CommandError) and not self._failure.status and self._sent:
            raise CommandError(f"{self._failure}; {self.resume}") from self._failure
        raise self._failure

    def _run(self) -> None:
        try:
            self._job = self._server.post("/v1/imports", query=self._options, content=self._pieces(), headers=self._headers)
        except Exception as error:  # told to whoever waits
            self._failure = error
        self._over.set()

    def _pieces(self) -> Iterator[bytes]:
        packed = False
        while piece := self._file.read(PIECE):
            yield piece
            self._sent += len(piece)
            packed = packed or piece.startswith(PACKED)
            self._lines += 0 if packed else piece.count(b"\n")
