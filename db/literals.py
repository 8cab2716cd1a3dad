"""PyMySQL's cursor, which writes the values of a statement into its text all at once.

PyMySQL does so one by one, with several calls each, and the inserts of a batch have tens of thousands. What comes out is
the same to the letter (tests/db/test_literals.py).
"""

from collections.abc import Sequence
from typing import Any

from pymysql.connections import Connection
from pymysql.constants import SERVER_STATUS
from pymysql.converters import escape_string
from pymysql.cursors import Cursor

BETWEEN = "\0"
ESCAPED = {n: escape_string(chr(n)) for n in range(1, 128) if escape_string(chr(n)) != chr(n)}


class BatchCursor(Cursor):
    """A cursor for statements of many values."""

    def execute(self, query: str, args: Any = None) -> int:
        """As PyMySQL's own."""
        if type(args) is tuple:
            query, args = query % tuple(literals(args, self.connection)), None
        return super().execute(query, args)


def written_once(values: Sequence[object], connection: Any) -> list[str]:
    """Each value as its driver, PyMySQL or mysqlclient, writes it into a text where others are still to be written: `%` is doubled."""
    if isinstance(connection, Connection):
        written = literals(values, connection)
    else:
        written = [connection.literal(value).decode() for value in values]
    return [text.replace("%", "%%") for text in written]


def without_rows(statement: str) -> str:
    """A statement for people to read: an INSERT up to its rows, for what they share is written into its text (db/rows.py)."""
    return statement.partition(" VALUES ")[0]


def literals(values: Sequence[Any], connection: Any) -> Sequence[str]:
    """Each value as PyMySQL's `connection.escape` writes it."""
    texts = values if set(map(type, values)) == {str} else [value for value in values if type(value) is str]
    joined = BETWEEN.join(texts)
    other_rules = connection.server_status & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES
    if other_rules or joined.count(BETWEEN) > max(0, len(texts) - 1):  # a value holds what is to stand between them
        return [connection.escape(value) for value in values]
    escaped = joined.translate(ESCAPED).replace(BETWEEN, f"'{BETWEEN}'")
    quoted = f"'{escaped}'".split(BETWEEN)
    if len(texts) == len(values):
        return quoted if texts else ()
    next_text = iter(quoted).__next__
    return [next_text() if (kind := type(value)) is str else str(value) if kind is int else connection.escape(value) for value in values]
