"""The outcome of every row as a file: CSV that can be corrected and loaded straight back, or NDJSON."""

import csv
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from io import StringIO
from typing import Any

import orjson

from api.database import Database
from api.importing import records
from dialer.import_columns import REPORT_PREFIX
from dialer.import_jobs import Kind
from dialer.import_rows import guarded
from protocol.chunks import RowOutcome, outcomes_unpacked
from protocol.import_codes import CODES, Outcome

OF_REQUESTS = ("position", "function", "outcome", "code", "retryable", "lead_id", "reply")
REPORT = ("line", "outcome", "code", "retryable", "lead_id", "reply", "note")

Rows = Iterable[RowOutcome]


async def results(database: Database, job: records.Job, outcomes: Collection[Outcome], *, as_csv: bool) -> AsyncIterator[bytes]:
    """The rows with these outcomes in the order of the file, a chunk at a time; while the job runs those that have one."""
    own = [n for n, (name, *_) in enumerate(job.columns) if not name.startswith(REPORT_PREFIX)]
    names = [job.columns[n][0] for n in own]
    if as_csv:
        yield _csv([OF_REQUESTS if job.kind is Kind.REQUESTS else [*(REPORT_PREFIX + name for name in REPORT), *names]])
    written: Callable[[Rows], bytes]
    if job.kind is Kind.REQUESTS:
        written = _csv_replies if as_csv else _json_replies
    else:
        written = _csv_rows(own, len(job.columns)) if as_csv else _json_rows(own, names)
    number = -1
    while True:
        found = await database.run(lambda after=number: _next(database, job.id, after, outcomes, written))  # type: ignore[misc]
        if found is None:
            return
        number, text = found
        if text:
            yield text


def _next(
    database: Database, job_id: str, after: int, outcomes: Collection[Outcome], written: Callable[[Rows], bytes]
) -> tuple[int, bytes] | None:
    with database.reading() as connection:
        found = records.outcomes_after(connection, job_id, after)
    if found is None:
        return None
    number, packed = found
    return number, written(row for row in outcomes_unpacked(packed) if row.outcome in outcomes)


def _json_replies(rows: Rows) -> bytes:
    return b"".join([orjson.dumps(_reply(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows])


def _csv_replies(rows: Rows) -> bytes:
    return _csv([guarded(_cell(value)) for value in _reply(row).values()] for row in rows)


def _cell(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _reply(row: RowOutcome) -> dict[str, Any]:
    function = row.cells[0] if row.cells else ""
    found = (row.line, function, row.outcome, row.code, CODES[row.code].retryable, row.lead_id or None, row.reply)
    return dict(zip(OF_REQUESTS, found, strict=True))


def _csv_rows(own: Sequence[int], width: int) -> Callable[[Rows], bytes]:
    def written(rows: Rows) -> bytes:
        return _csv(_csv_row(row, own, width) for row in rows)

    return written


def _csv_row(row: RowOutcome, own: Sequence[int], width: int) -> list[str]:
    retryable = "true" if CODES[row.code].retryable else "false"
    report = [str(row.line), row.outcome, row.code, retryable, str(row.lead_id or ""), row.reply, row.note]
    cells = row.cells or []
    kept = [cells[n] for n in own if n < len(cells)] + list(cells[width:])
    return list(map(guarded, report + kept))


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _json_rows(own: Sequence[int], names: Sequence[str]) -> Callable[[Rows], bytes]:
    def written(rows: Rows) -> bytes:
        return b"".join([orjson.dumps(_json_row(row, own, names), option=orjson.OPT_APPEND_NEWLINE) for row in rows])

    return written


def _json_row(row: RowOutcome, own: Sequence[int], names: Sequence[str]) -> dict[str, Any]:
    code = CODES[row.code]
    told: dict[str, Any] = {"line": row.line, "outcome": row.outcome, "code": row.code, "meaning": code.meaning}
    told |= {"retryable": code.retryable, "lead_id": row.lead_id or None, "reply": row.reply, "note": row.note or None}
    if row.cells is not None:
        told["row"] = {name: row.cells[n] for n, name in zip(own, names, strict=True) if n < len(row.cells)}
        if len(row.cells) != len(names):
            told["cells"] = row.cells
    return told
