"""Sending a file as the body of one request, in a thread, so that progress can be watched meanwhile."""

import threading
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from cli.errors import CommandError
from cli.server import Job, Server

PIECE = 262_144


class BrokenOffError(Exception):
    """The operator broke the upload off."""


class Upload:
    """One upload under way: `sent` bytes so far; `job` and `failure` when it is over."""

    def __init__(self, server: Server, file: BinaryIO, query: Mapping[str, str], headers: Mapping[str, str]) -> None:
        self.sent = 0
        self.job: Job | None = None
        self.failure: Exception | None = None
        self._server, self._file, self._query, self._headers = server, file, query, headers
        self._broken_off = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upload", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, but not longer than that; whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def break_off(self) -> None:
        """Send no more; the server keeps what it has stored by then."""
        self._broken_off.set()

    def outcome(self) -> Job:
        """The job that the server made of it. Raises CommandError when it was refused or broken off."""
        if isinstance(self.failure, BrokenOffError):
            raise CommandError("the upload was broken off; what was received before may be stored, ./leadmill jobs tells", code=2)
        if self.failure is not None:
            raise self.failure
        assert self.job is not None
        return self.job

    def _run(self) -> None:
        try:
            self.job = self._server.post("/v1/imports", query=self._query, content=self._pieces(), headers=self._headers)
        except Exception as error:  # told to whoever waits
            self.failure = error

    def _pieces(self) -> Iterator[bytes]:
        while piece := self._file.read(PIECE):
            if self._broken_off.is_set():
                raise BrokenOffError
            yield piece
            self.sent += len(piece)
