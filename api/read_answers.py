"""What a read answers on /v1: its rows in a format, or the problem that its line stands for."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api.exports import Kept, Told
from api.problems import Problem
from protocol.formats import Format
from protocol.functions import Read, Rows
from protocol.replies import (
    FUNCTION_NOT_ALLOWED,
    FUNCTION_NOT_ALLOWED_AFTER_RIGHTS,
    INVALID_SOURCE,
    TOOK_TOO_LONG,
    FoundRows,
    Line,
    Reply,
)

OF_ALL: dict[Line, tuple[int, str]] = {
    FUNCTION_NOT_ALLOWED: (403, "function-not-allowed"),
    FUNCTION_NOT_ALLOWED_AFTER_RIGHTS: (403, "function-not-allowed"),
    INVALID_SOURCE: (422, "invalid-source"),
    # not a 5xx: clients and proxies send such a request again by themselves, and the next report would run away too
    TOOK_TOO_LONG: (422, "took-too-long"),
}
NOT_PERMITTED = (403, "not-permitted")
OK = (200, "")


class Written:
    """Writes what a read answers in a format. Refusals stay as they are: `refusal` knows them."""

    def __init__(self, form: Format) -> None:
        self._form = form

    def __call__(self, answer: Reply | Rows, function: Read, _request: Any) -> Reply:
        if not isinstance(answer, Reply):
            return self._told(Told(answer), function)
        if refusal(function, answer.line) != OK:
            return answer
        found = answer.found or FoundRows(function.columns, [])
        return self._ended(self._begun(found.columns, found.rows), answer)

    def _told(self, told: Told, function: Read) -> Reply:
        """Rows as they come. A read that refuses tells none before it does."""
        parts = iter(told)
        kept = self._begun(function.columns, next(parts, ()))
        for some in parts:
            kept.add(self._form.rows(function.columns, some, first=False))
        return told.said if refusal(function, told.said.line) != OK else self._ended(kept, told.said)

    def _begun(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Kept:
        kept = Kept()
        kept.add(self._form.head(columns))
        kept.add(self._form.rows(columns, rows, first=True))
        return kept

    def _ended(self, kept: Kept, said: Reply) -> Reply:
        kept.add(self._form.tail())
        return kept.of(replace(said, headers={"Content-Type": self._form.media, "Cache-Control": "no-store"}))


def refusal(function: Read, line: Line | None) -> tuple[int, str]:
    """HTTP status and code of the line that a read begins its answer with; OK for an answer."""
    if line is None:
        return OK
    if function.permission is not None and line is function.permission.refusal:
        return NOT_PERMITTED
    status = function.statuses.get(line, 200)
    return OF_ALL.get(line) or (OK if status == 200 else (status, code(line)))


def code(line: Line) -> str:
    """The reason that the API log gives, as a code: `LIST DOES NOT EXIST` is list-does-not-exist."""
    first, _, rest = line.reason.partition(" ")
    return re.sub(r"[^a-z]+", "-", (rest if "_" in first else line.reason).lower()).strip("-")


def problem(function: Read, said: Reply) -> Problem | None:
    """The problem that a reply stands for, if it does."""
    status, name = refusal(function, said.line)
    if status == 200:
        return None
    return Problem(status, name, name.replace("-", " ").capitalize(), legacy=said.text.rstrip("\n"))
