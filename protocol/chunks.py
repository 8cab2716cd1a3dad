"""A chunk of an import as it travels: rows of a file, with what is needed to make requests of them; and what became of it.

A message holds the columns once and rows as lists of cells. The outcomes are one compressed value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from protocol.functions import Caller
from protocol.import_codes import CODES, Outcome
from protocol.messages import caller_packed, caller_unpacked, compressed, uncompressed

REFUSE, UPDATE, SKIP = "refuse", "update", "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What an import does with its rows beside handing them to add_lead.

    `on_duplicate` is one of REFUSE, UPDATE and SKIP. `dry_run`: nothing is stored. `max_errors` is a number of rows or a
    percentage with its sign, "" for no limit. `date_format` tells how dates are written, by dialer/import_dates.py.
    `custom` are values by custom field for rows that give none.
    """

    on_duplicate: str = REFUSE
    dry_run: bool = False
    max_errors: str = ""
    date_format: str = "mdy"
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Rows of one import. `columns` are (header, parameter or "", custom field or ""); `lines` the line of each row in the file.

    `options` are cleaned parameters that hold for every row which gives no value of its own. `faults` are codes, by
    position, of rows that could not be read. `non_latin`: the dialer cleans no parameters.
    """

    job_id: str
    number: int
    caller: Caller
    columns: Sequence[tuple[str, str, str]]
    options: Mapping[str, str]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    faults: Mapping[int, str] = field(default_factory=dict)
    handling: Handling = field(default_factory=Handling)
    non_latin: bool = False

    @property
    def task_id(self) -> str:
        """The id of the chunk's message."""
        return task_id(self.job_id, self.number)


def task_id(job_id: str, number: int) -> str:
    """The id of a chunk's message: the same however often it is sent."""
    return f"{job_id}-{number}"


def chunk_packed(chunk: Chunk) -> dict[str, Any]:
    """The chunk as the message carries it."""
    return {
        "job": chunk.job_id,
        "number": chunk.number,
        "caller": caller_packed(chunk.caller),
        "columns": [tuple(c) for c in chunk.columns],
        "options": chunk.options,
        "rows": chunk.rows,
        "lines": _lines_packed(chunk.lines),
        "faults": list(chunk.faults.items()),
        "handling": asdict(chunk.handling),
        "non_latin": chunk.non_latin,
    }


def chunk_unpacked(message: Mapping[str, Any]) -> Chunk:
    """The chunk of a message."""
    rows = message["rows"]
    return Chunk(
        job_id=message["job"],
        number=message["number"],
        caller=caller_unpacked(message["caller"]),
        columns=[tuple(c) for c in message["columns"]],
        options=message["options"],
        rows=rows,
        lines=_lines_unpacked(message["lines"], len(rows)),
        faults=dict(message["faults"]),
        handling=Handling(**message["handling"]),
        non_latin=message["non_latin"],
    )


def recipe_of(chunk: Chunk) -> dict[str, Any]:
    """What all chunks of an import share, as a message carries it."""
    return {name: value for name, value in chunk_packed(chunk).items() if name not in ("job", "number", "rows", "lines", "faults")}


def chunk_made(recipe: Mapping[str, Any], job_id: str, number: int, rows: Sequence[Sequence[str]], lines: Sequence[int]) -> Chunk:
    """A chunk of such a recipe and of rows that could be read."""
    return chunk_unpacked({**recipe, "job": job_id, "number": number, "rows": rows, "lines": _lines_packed(lines), "faults": []})


class RowOutcome(NamedTuple):
    """What became of one row. `cells` are the original ones of a row that was not added, None of one that was."""

    line: int
    code: str
    lead_id: int
    reply: str
    note: str
    cells: Sequence[str] | None

    @property
    def outcome(self) -> Outcome:
        """The end that the code means."""
        return CODES[self.code].outcome


OutcomeRow = tuple[int, str, int, str, str, Sequence[str] | None]
"""The fields of a RowOutcome as they are packed."""


def outcomes_packed(rows: Sequence[OutcomeRow]) -> bytes:
    """Outcomes as one compressed value."""
    return compressed(rows)


def outcomes_unpacked(value: bytes) -> Iterator[RowOutcome]:
    """The outcomes of such a value, in order."""
    for row in uncompressed(value):
        yield RowOutcome(*row)


def _lines_packed(lines: Sequence[int]) -> int | Sequence[int]:
    """The first line alone if the others follow without a gap."""
    return lines[0] if lines and lines[-1] - lines[0] == len(lines) - 1 else lines


def _lines_unpacked(lines: int | Sequence[int], count: int) -> Sequence[int]:
    return range(lines, lines + count) if isinstance(lines, int) else lines
