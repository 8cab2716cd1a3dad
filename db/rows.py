"""Many rows in one statement: twice as fast as what SQLAlchemy makes of them where the ids are wanted.

SQL text is made here of nothing but the names in our own Table objects and placeholders; values are always bound.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Insert, Table, insert, text

from db.types import LegacyType

STEP = "leadmill_step"
"""Key of connection.info: by how much the ids of the rows of one INSERT grow."""
ROWS_AT_ONCE = 1000
SQLITE_VARIABLES = 32_766
"""Placeholders that one statement may have in SQLite."""

BYTES_A_CHARACTER = 4
"""At most, in a statement: an emoji; a quote needs two."""

BYTES_A_VALUE = 24
"""Quotes, a comma, the digits of a number."""

Row = Mapping[str, object]
Values = Sequence[object]


def inserting_missing(table: Table) -> Insert:
    """An INSERT that leaves a row alone whose key is there."""
    ignoring = insert(table).prefix_with("IGNORE", dialect="mysql").prefix_with("IGNORE", dialect="mariadb")
    return ignoring.prefix_with("OR IGNORE", dialect="sqlite")


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
    names = tuple(rows[0])
    # Reading the ids of all rows costs more than the rest of the statement, and mostly the first tells the others.
    step = _step(connection) if numbered is not None else 0
    returning = numbered is not None and not step
    into = _inserting(connection.dialect, table, names, numbered if returning else None)
    found: list[int] = []
    for count, values in in_parts(into.fitted(rows), len(names), connection):
        result = connection.exec_driver_sql(into.statement(count), values)
        if returning:
            # The order of RETURNING is nowhere promised; that the ids of one statement ascend with its rows is.
            found += sorted(row[0] for row in result)
        elif numbered is not None:
            found += [result.lastrowid + n * step for n in range(count)]
    return found


@dataclass(frozen=True, slots=True)
class _Inserting:
    """What INSERTs of the same columns share. `fits`: by place, what is done to each value; `empty`: instead of None."""

    head: str
    row: str
    tail: str
    names: tuple[str, ...]
    fits: Sequence[tuple[int, Callable[[Any], Any]]]
    empty: Sequence[tuple[int, object]]

    def statement(self, count: int) -> str:
        """The INSERT for a number of rows."""
        return self.head + ", ".join([self.row] * count) + self.tail

    def fitted(self, rows: Sequence[Row]) -> list[Values]:
        """The values of each row in the order of the columns, as the driver is to get them."""
        fitted: list[Values] = []
        for row in rows:
            values = [row[name] for name in self.names]
            if None in values:
                for n, empty in self.empty:
                    values[n] = empty if values[n] is None else values[n]
            for n, fit in self.fits:
                values[n] = fit(values[n])
            fitted.append(values)
        return fitted


@lru_cache(maxsize=256)
def _inserting(dialect: Dialect, table: Table, names: tuple[str, ...], returned: Column[Any] | None) -> _Inserting:
    columns = [table.columns[name] for name in names]
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    fits = ((n, fit) for n, c in enumerate(columns) if (fit := bound_by(c, dialect)) is not None)
    return _Inserting(
        head=f"INSERT INTO {quote(table.name)} ({', '.join(quote(name) for name in names)}) VALUES ",  # noqa: S608 (names of our tables)
        row=f"({', '.join(mark for _ in columns)})",
        tail=f" RETURNING {quote(returned.name)}" if returned is not None else "",
        names=names,
        fits=tuple(fits),
        empty=tuple((n, c.type.empty) for n, c in enumerate(columns) if isinstance(c.type, LegacyType) and never_null(c)),
    )


def _step(connection: Connection) -> int:
    """By how much the ids of the rows of one INSERT grow; 0 where they cannot be told from the first.

    Both storage engines of MariaDB number the rows of a statement whose row count is known beforehand without gaps,
    whatever innodb_autoinc_lock_mode is. A cluster counts in steps that change with the number of its nodes.
    """
    if connection.dialect.name == "sqlite":
        return 0
    known: int | None = connection.info.get(STEP)
    if known is None:
        asked = text("SHOW VARIABLES WHERE Variable_name IN ('auto_increment_increment', 'wsrep_on')")
        found = {row[0]: row[1] for row in connection.execute(asked)}
        known = int(found["auto_increment_increment"]) if found.get("wsrep_on", "OFF") == "OFF" else 0
        connection.info[STEP] = known
    return known


def bound_by(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What the driver wants done to a value of the column that is not None; None if nothing."""
    bind: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return bind


def never_null(column: Column[Any]) -> bool:
    """Whether NULL becomes the empty value on its way into the column."""
    return not column.nullable and column is not column.table.autoincrement_column


def fit_for(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What must happen to a value on its way into the column; None if nothing. NULL becomes the empty value if it may not be."""
    bind = bound_by(column, dialect)
    if not isinstance(column.type, LegacyType) or not never_null(column):
        return bind
    empty = column.type.empty
    if bind is None:
        return lambda value: empty if value is None else value
    return lambda value: empty if value is None else bind(value)


def in_parts(
    rows: Sequence[Values], width: int, connection: Connection, most: int = ROWS_AT_ONCE
) -> Iterator[tuple[int, tuple[object, ...]]]:
    """The rows, of `width` values each, in groups of at most `most` that one statement can carry: how many, and all their values."""
    on_sqlite = connection.dialect.name == "sqlite"
    most = min(most, SQLITE_VARIABLES // width) if on_sqlite else most
    room = None if on_sqlite else _packet(connection)
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        values = tuple(chain.from_iterable(part))
        if room is None or _size(values) <= room:
            yield len(part), values
        else:
            yield from _split(part, room)


def _split(rows: Sequence[Values], room: int) -> Iterator[tuple[int, tuple[object, ...]]]:
    """The rows in groups of at most `room` bytes; a row that is larger goes alone."""
    part: list[Values] = []
    size = 0
    for row in rows:
        bytes_ = _size(row)
        if part and size + bytes_ > room:
            yield len(part), tuple(chain.from_iterable(part))
            part, size = [], 0
        part.append(row)
        size += bytes_
    yield len(part), tuple(chain.from_iterable(part))


def _size(values: Values) -> int:
    """Bytes that the values can need in a statement at most."""
    characters = len("".join([value for value in values if type(value) is str]))
    characters += sum([len(value) for value in values if type(value) is bytes])
    return characters * BYTES_A_CHARACTER + len(values) * BYTES_A_VALUE


def _packet(connection: Connection) -> int:
    """Bytes that a statement may have, with some room for its own words; asked once a connection."""
    known: int | None = connection.info.get("leadmill_packet")
    if known is None:
        known = int(connection.scalar(text("SELECT @@max_allowed_packet")) or 2**20) - 2**14
        connection.info["leadmill_packet"] = known
    return known
