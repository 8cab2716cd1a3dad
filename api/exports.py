"""Answers of reads as text. The rows of long ones become text as they come out of the database, and never stand in memory all at once."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, BinaryIO

from protocol.delimited import HEADER, delimited
from protocol.functions import Read, Rows
from protocol.replies import Reply

ROWS_AT_ONCE = 1000
KEPT_IN_MEMORY = 262_144
"""Characters of an answer; a longer one is put into a file that has no name and is gone with its reader."""


Writer = Callable[[Reply | Rows, Read, Any], Reply]
"""Makes the reply to a request out of what a read answered."""


def as_text(answer: Reply | Rows, function: Read, request: Any) -> Reply:
    """The reply as the legacy endpoint gives it."""
    return answer if isinstance(answer, Reply) else exported(answer, function, request)


def exported(rows: Rows, function: Read, request: Any) -> Reply:
    """The whole answer, ready to be sent: an error in the midst of the rows leaves nothing half said.

    So the database is done before the first byte is sent, and a client that reads slowly holds none of its connections.
    """
    form = delimited(request.stage)
    names = (function.header or function.columns) if request.header == HEADER else ()
    told, kept = Told(rows), Kept()
    for some in told:
        kept.add(form.rows(some, names))
        names = ()
    kept.add(told.said.text)
    return kept.of(told.said)


class Told:
    """Rows, some at a time, and what is said when they are all told."""

    said: Reply

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Sequence[Sequence[object]]]:
        told = self._noting()
        while some := list(islice(told, ROWS_AT_ONCE)):
            yield some

    def _noting(self) -> Iterator[Sequence[object]]:
        self.said = yield from self._rows


class Kept:
    """A text that grows: in memory, or in a file when it gets too long."""

    def __init__(self) -> None:
        self._text = ""
        self._body: BinaryIO | None = None

    def add(self, text: str) -> None:
        """Put the text at the end."""
        self._text += text
        if len(self._text) > KEPT_IN_MEMORY:
            self._write()

    def of(self, said: Reply) -> Reply:
        """The reply with this text in place of its own."""
        if self._body is None:
            return replace(said, text=self._text)
        self._write()
        return replace(said, text="", body=self._body)

    def _write(self) -> None:
        # It is closed by whoever sends it; an answer that nobody sends closes with its last reference.
        self._body = self._body or tempfile.TemporaryFile()  # noqa: SIM115
        self._body.write(self._text.encode())
        self._text = ""
