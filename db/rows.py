"""Many rows in one statement: twice as fast as what SQLAlchemy makes of them where the ids are wanted.

SQL text is made here of nothing but the names in our own Table objects and placeholders; values are always bound.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table, text

from db.types import LegacyType

ROWS_AT_ONCE = 1000
SQLITE_VARIABLES = 32_766
"""Placeholders that one statement may have in SQLite."""

BYTES_A_CHARACTER = 4
"""At most, in a statement: an emoji; a quote needs two."""

BYTES_A_VALUE = 24
"""Quotes, a comma, the digits of a number."""

Row = Mapping[str, object]
Values = Sequence[object]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row], *, ids: bool = False) -> list[int]:
    """Insert rows that all have the keys of the first; with `ids` their ids in that order, else nothing.

    `ids` needs a table whose key the database numbers. None in a NOT NULL column becomes '', 0 or the zero date, as in
    MariaDB's own inserts of several rows.
    """
    if not rows:
        return []
    numbered = table.autoincrement_column
    if not ids or numbered is None:
        return _insert(connection, table, rows, None)
    if numbered.name in rows[0]:
        _insert(connection, table, rows, None)
        return [int(str(row[numbered.name])) for row in rows]
    return _insert(connection, table, rows, numbered)


def _insert(connection: Connection, table: Table, rows: Sequence[Row], numbered: Column[Any] | None) -> list[int]:
    columns = [table.columns[name] for name in rows[0]]
    returning = numbered is not None and connection.dialect.insert_returning
    statement = _statement(connection.dialect, table, columns, numbered if returning else None)
    found: list[int] = []
    for part in in_parts(_fitted(rows, columns, connection.dialect), len(columns), connection):
        result = connection.exec_driver_sql(statement(len(part)), tuple(value for row in part for value in row))
        if returning:
            # The order of RETURNING is nowhere promised; that the ids of one statement ascend with its rows is.
            found += sorted(row[0] for row in result)
        elif numbered is not None:
            found += _consecutive(connection, result.lastrowid, len(part))
    return found


def _statement(dialect: Dialect, table: Table, columns: Sequence[Column[Any]], returned: Column[Any] | None) -> Callable[[int], str]:
    """The INSERT for a number of rows."""
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    head = f"INSERT INTO {quote(table.name)} ({', '.join(quote(c.name) for c in columns)}) VALUES "  # noqa: S608 (names of our tables)
    row = f"({', '.join(mark for _ in columns)})"
    tail = f" RETURNING {quote(returned.name)}" if returned is not None else ""
    return lambda count: head + ", ".join([row] * count) + tail


def _consecutive(connection: Connection, first: int, count: int) -> list[int]:
    """The ids of one INSERT from its first, for servers without RETURNING.

    Both storage engines number the rows of a statement whose row count is known beforehand without gaps, whatever
    innodb_autoinc_lock_mode is; a cluster counts in larger steps.
    """
    step = int(connection.scalar(text("SELECT @@auto_increment_increment")) or 1)
    return [first + n * step for n in range(count)]


def _fitted(rows: Sequence[Row], columns: Sequence[Column[Any]], dialect: Dialect) -> Iterator[list[object]]:
    """The values of each row in the order of the columns, as the driver is to get them."""
    names = [c.name for c in columns]
    changes = [(n, change) for n, c in enumerate(columns) if (change := fit_for(c, dialect)) is not None]
    for row in rows:
        values = [row[name] for name in names]
        for n, change in changes:
            values[n] = change(values[n])
        yield values


def fit_for(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What must happen to a value on its way into the column; None if nothing. NULL becomes the empty value if it may not be."""
    bind: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if column.nullable or not isinstance(column.type, LegacyType) or column is column.table.autoincrement_column:
        return bind
    empty = column.type.empty
    if bind is None:
        return lambda value: empty if value is None else value
    return lambda value: empty if value is None else bind(value)


def in_parts(rows: Iterable[list[object]], width: int, connection: Connection, most: int = ROWS_AT_ONCE) -> Iterator[list[list[object]]]:
    """The rows, of `width` values each, in groups of at most `most` that one statement can carry."""
    on_sqlite = connection.dialect.name == "sqlite"
    most = min(most, SQLITE_VARIABLES // width) if on_sqlite else most
    room = None if on_sqlite else _packet(connection)
    part: list[list[object]] = []
    size = 0
    for row in rows:
        bytes_ = 0 if room is None else _size(row)
        if part and (len(part) == most or (room is not None and size + bytes_ > room)):
            yield part
            part, size = [], 0
        part.append(row)
        size += bytes_
    if part:
        yield part


def _size(row: Values) -> int:
    """Bytes that the row can need in a statement at most."""
    try:
        characters = len("".join(filter(None, row)))  # type: ignore[arg-type]  # the usual row is all text
    except TypeError:
        characters = sum(len(value) for value in row if isinstance(value, (str, bytes)))
    return characters * BYTES_A_CHARACTER + len(row) * BYTES_A_VALUE


def _packet(connection: Connection) -> int:
    """Bytes that a statement may have, with some room for its own words; asked once a connection."""
    known: int | None = connection.info.get("leadmill_packet")
    if known is None:
        known = int(connection.scalar(text("SELECT @@max_allowed_packet")) or 2**20) - 2**14
        connection.info["leadmill_packet"] = known
    return known
