"""Requests to add leads out of the rows of a chunk: cleaned column by column, mended where files spoil values."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat

from dialer.import_columns import PHONE
from dialer.import_dates import repaired_dates
from dialer.import_phones import US_CANADA, mended
from dialer.import_states import repaired_states
from dialer.import_widths import cut_texts
from dialer.phones import SHORTEST
from protocol.chunks import Chunk
from protocol.import_codes import PHONE_DAMAGED, TOO_FEW_CELLS, TOO_MANY_CELLS
from protocol.parameters import CLEANERS, hopper_priority

PRIORITY = "hopper_priority"
AHEAD = 20
"""Years that a callback may lie in the future."""
FORMULA = frozenset("=+-@\t\r\n")
"""A spreadsheet may take a cell that begins so for a formula; our result files put an apostrophe before it."""


@dataclass(slots=True)
class ImportRows:
    """What a chunk's rows ask for.

    `parameters` and `raw` (as they were sent, for custom fields) belong to the rows at `positions`; the other rows are
    refused with the code in `faults`. `notes` tell, by position, what was mended.
    """

    positions: list[int]
    parameters: list[Mapping[str, str]]
    raw: list[Mapping[str, str]]
    faults: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)


def import_rows(chunk: Chunk) -> ImportRows:
    """What the rows of a chunk ask for, options of the import filled in where a row says nothing."""
    width = len(chunk.columns)
    faults = dict(chunk.faults)
    whole = [trimmed(row, width) if len(row) > width else row for row in chunk.rows]
    for position, row in enumerate(whole):
        if len(row) != width and position not in faults:
            faults[position] = TOO_FEW_CELLS if len(row) < width else TOO_MANY_CELLS
    positions = [n for n in range(len(whole)) if n not in faults] if faults else list(range(len(whole)))
    cells = [as_typed(column) for column in zip(*[whole[n] for n in positions], strict=True)]
    notes: dict[int, str] = {}
    values = _values(chunk, cells, positions, faults, notes)
    parameters = _merged(values, chunk.options)
    raw: list[Mapping[str, str]] = list(_raw(chunk, cells)) if any(c[2] for c in chunk.columns) else [{}] * len(positions)
    found = ImportRows(positions, parameters, raw, faults, notes)
    return _without_faults(found) if faults else found


def trimmed(row: Sequence[str], width: int) -> Sequence[str]:
    """The row without empty cells beyond the header."""
    return row if any(row[width:]) else row[:width]


def as_typed(column: Sequence[str]) -> Sequence[str]:
    """Cells without space around, and without the apostrophe that keeps a spreadsheet from running a formula."""
    stripped = list(map(str.strip, column))
    return stripped if "'" not in "".join(stripped) else list(map(_unguarded, column))


def _unguarded(cell: str) -> str:
    # Before the space around is taken away: it may be what makes the cell a formula.
    text = cell.lstrip()
    return _unguarded(text[1:]) if text[:1] == "'" and _is_formula(text[1:]) else cell.strip()


def guarded(cell: str) -> str:
    """A cell that a spreadsheet does not run; `as_typed` undoes it."""
    return f"'{cell}" if _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    return cell[:1] in FORMULA or cell.lstrip()[:1] in FORMULA


def _values(
    chunk: Chunk, cells: Sequence[Sequence[str]], positions: Sequence[int], faults: dict[int, str], notes: dict[int, str]
) -> dict[str, Sequence[str]]:
    """Cleaned values by parameter, one for each row that could be read."""
    given = {parameter: column for (_, parameter, _), column in zip(chunk.columns, cells, strict=False) if parameter}
    default = chunk.options.get("phone_code", "")
    codes = [code or default for code in given.get("phone_code", [""] * len(positions))]
    phones = mended(given.pop(PHONE, ()), codes)
    faults.update(dict.fromkeys((positions[n] for n in phones.damaged), PHONE_DAMAGED))
    _note(notes, positions, phones.notes)
    repaired = _repaired(given, chunk, codes)
    for name, (column, told) in repaired.items():
        given[name] = column
        _note(notes, positions, {n: f"{name}: {says}" for n, says in told.items()})
    values = {parameter: _cleaned(column, CLEANERS[parameter], non_latin=chunk.non_latin) for parameter, column in given.items()}
    for name, column in values.items():
        if name != "state" or name not in repaired:  # where states are mended, what is cut of them has been told
            _note(notes, positions, cut_texts(name, column))
    if PRIORITY in values:
        values[PRIORITY] = [hopper_priority(value) if value else "" for value in values[PRIORITY]]
    return {PHONE: phones.numbers, **values}


def _repaired(given: Mapping[str, Sequence[str]], chunk: Chunk, codes: Sequence[str]) -> dict[str, tuple[Sequence[str], dict[int, str]]]:
    """The columns that are mended before they are cleaned, and by position what was mended in them."""
    year = date.today().year
    found: dict[str, tuple[Sequence[str], dict[int, str]]] = {}
    for name, latest in (("date_of_birth", year), ("callback_datetime", year + AHEAD)):
        if name in given:
            found[name] = repaired_dates(given[name], chunk.handling.date_format, latest)
    if "state" in given and not set(codes).difference(US_CANADA):
        found["state"] = repaired_states(given["state"])
    if "alt_phone" in given:
        found["alt_phone"] = _alt_phones(given["alt_phone"], codes)
    return found


def _alt_phones(values: Sequence[str], codes: Sequence[str]) -> tuple[Sequence[str], dict[int, str]]:
    """As the phone itself, but that a number past mending is left out, and what is no number stays."""
    found = mended(values, codes)
    numbers = [number if len(number) >= SHORTEST else value for number, value in zip(found.numbers, values, strict=True)]
    for n in found.damaged:
        numbers[n] = ""
    told = {n: says.removeprefix("phone: ") for n, says in found.notes.items() if len(found.numbers[n]) >= SHORTEST}
    return numbers, told | dict.fromkeys(found.damaged, "left out, a spreadsheet has rounded it")


def _note(notes: dict[int, str], positions: Sequence[int], told: Mapping[int, str]) -> None:
    """Add what was mended to what is told of the rows."""
    for n, says in told.items():
        position = positions[n]
        notes[position] = f"{notes[position]}; {says}" if position in notes else says


def _cleaned(column: Sequence[str], clean: Callable[[str], str], *, non_latin: bool) -> Sequence[str]:
    if non_latin:
        return column
    # Cleaning works character by character: what does not change the joined text changes none of the values.
    joined = "".join(column)
    return column if clean(joined) == joined else [clean(value) for value in column]


def _merged(values: Mapping[str, Sequence[str]], options: Mapping[str, str]) -> list[Mapping[str, str]]:
    """One mapping a row: an option holds where the row's own value is empty or has no column."""
    columns: dict[str, Iterable[str]] = {name: repeat(value) for name, value in options.items()}
    for name, column in values.items():
        default = options.get(name)
        columns[name] = [value or default for value in column] if default and "" in column else column
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=False)]


def _raw(chunk: Chunk, cells: Sequence[Sequence[str]]) -> Iterator[Mapping[str, str]]:
    labelled: dict[str, Iterable[str]] = {label: repeat(value) for label, value in chunk.handling.custom.items()}
    for (_, _, label), column in zip(chunk.columns, cells, strict=True):
        default = chunk.handling.custom.get(label, "")
        if label:
            labelled[label] = [value or default for value in column] if default else column
    for row in zip(*labelled.values(), strict=False):
        yield dict(zip(labelled, row, strict=True))


def _without_faults(rows: ImportRows) -> ImportRows:
    """Leave out rows that were found unfit after they were read."""
    kept = [n for n, position in enumerate(rows.positions) if position not in rows.faults]
    rows.positions = [rows.positions[n] for n in kept]
    rows.parameters = [rows.parameters[n] for n in kept]
    rows.raw = [rows.raw[n] for n in kept]
    return rows
