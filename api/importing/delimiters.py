"""What separates the cells of a file: told, or the character that makes the best header of its first line."""

import csv
from io import StringIO
from itertools import islice

from dialer.import_columns import recognised

DELIMITERS = {"comma": ",", "tab": "\t", "pipe": "|", "semicolon": ";"}
AUTO = "auto"
_HINT = "sep="


def delimiter_of(beginning: str) -> str:
    """The delimiter of text that begins with the header; comma where nothing tells."""
    if beginning.startswith(_HINT):  # a first line for Excel
        return beginning[len(_HINT) : len(_HINT) + 1]
    return max(DELIMITERS.values(), key=lambda delimiter: _likeness(beginning, delimiter))


def is_hint(row: list[str], delimiter: str) -> bool:
    """Whether a row is not the header but the line that tells Excel the delimiter."""
    return delimiter.join(row) == _HINT + delimiter


def _likeness(beginning: str, delimiter: str) -> tuple[bool, int, int]:
    rows = csv.reader(StringIO(beginning, newline=""), delimiter=delimiter)
    header = next(islice((row for row in rows if any(row)), 1), [])
    phone, known = recognised(header)
    return phone, known, len(header)
