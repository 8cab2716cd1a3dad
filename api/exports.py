"""Long answers of reads: their rows become text as they come out of the database, and never stand in memory all at once."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, BinaryIO

from protocol.delimited import HEADER, delimited
from protocol.functions import Read, Rows
from protocol.replies import Reply

ROWS_AT_ONCE = 1000
KEPT_IN_MEMORY = 262_144
"""Characters of an answer; a longer one is put into a file that has no name and is gone with its reader."""


def exported(rows: Rows, function: Read, request: Any) -> Reply:
    """The whole answer, ready to be sent: an error in the midst of the rows leaves nothing half said.

    So the database is done before the first byte is sent, and a client that reads slowly holds none of its connections.
    """
    form = delimited(request.stage)
    names = (function.header or function.columns) if request.header == HEADER else ()
    ending = Ending(rows)
    told = iter(ending)
    text, body = "", None
    while some := list(islice(told, ROWS_AT_ONCE)):
        text += form.rows(some, names)
        names = ()
        if len(text) > KEPT_IN_MEMORY:
            body = written(text, body)
            text = ""
    text += ending.said.text
    return replace(ending.said, text=text) if body is None else replace(ending.said, text="", body=written(text, body))


class Ending:
    """Rows, and what is said when they are all told."""

    said: Reply

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        self.said = yield from self._rows


def written(text: str, body: BinaryIO | None) -> BinaryIO:
    """The file with the text at its end."""
    # It is closed by whoever sends it; an answer that nobody sends closes with its last reference.
    body = body or tempfile.TemporaryFile()  # noqa: SIM115
    body.write(text.encode())
    return body
