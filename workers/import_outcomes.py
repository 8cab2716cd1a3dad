"""What became of the rows of a chunk, out of the replies to the requests they were."""

from collections.abc import Sequence

from dialer.import_rows import ImportRows
from protocol.chunks import Chunk, OutcomeRow
from protocol.import_codes import CODES, Outcome
from protocol.replies import Reply
from workers.import_codes import code_of

STORED = frozenset(code for code, means in CODES.items() if means.outcome in (Outcome.ADDED, Outcome.UPDATED))
"""Codes of rows that are in the database now."""


def outcomes_of(chunk: Chunk, rows: ImportRows, replies: Sequence[Reply]) -> list[OutcomeRow]:
    """What became of every row of the chunk, in their order."""
    answers = dict(zip(rows.positions, replies, strict=True))
    notes, faults = rows.notes, rows.faults
    outcomes: list[OutcomeRow] = []
    for position, (line, cells) in enumerate(zip(chunk.lines, chunk.rows, strict=True)):
        answer, note = answers.get(position), notes.get(position, "")
        if answer is None:
            fault = faults[position]
            outcomes.append((line, fault, 0, CODES[fault].says, note, cells))
        else:
            code = code_of(answer)
            kept = None if code in STORED else cells
            outcomes.append((line, code, answer.lead_id, answer.text.rstrip("\n"), note, kept))
    return outcomes
