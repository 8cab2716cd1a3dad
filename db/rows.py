"""Many rows in one statement: twice as fast as what SQLAlchemy makes of them where the ids are wanted.

SQL text is made here of nothing but the names in our own Table objects and placeholders; values are always bound.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Insert, Table, insert, text

from db.literals import written_once
from db.room import ROWS_AT_ONCE, SQLITE_VARIABLES, most_bytes, packet
from db.round_trips import NewId, can_hold, hold
from db.types import LegacyType

STEP = "leadmill_step"
"""Key of connection.info: by how much the ids of the rows of one INSERT grow."""
MANY = 16
"""Rows from which on it pays to look for what is the same in all of them."""

Row = Mapping[str, object]
Columns = Mapping[str, Sequence[object]]
"""The values of some rows, at least one, by column."""


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
        return _insert(connection, table, by_column(rows), None)
    if numbered.name in rows[0]:
        _insert(connection, table, by_column(rows), None)
        return [int(str(row[numbered.name])) for row in rows]
    return _insert(connection, table, by_column(rows), numbered)


def insert_columns(connection: Connection, table: Table, columns: Columns) -> list[int]:
    """As `insert_rows` with `ids`, of values that are given column by column; the key is not among them."""
    return _insert(connection, table, columns, table.autoincrement_column)


def by_column(rows: Sequence[Row]) -> Columns:
    """The values of rows that all have the keys of the first."""
    return {name: list(map(itemgetter(name), rows)) for name in rows[0]}


def insert_with_commit(
    connection: Connection, table: Table, rows: Sequence[Row], *, ids: bool = False, replacing: bool = False
) -> Sequence[int | NewId]:
    """Insert rows, one at least, with COMMIT or before the next statement, where that saves a round trip. What fails is raised there.

    With `ids` their ids, to be used only in rows that are inserted so before anything else. `replacing`: a row takes the
    place of one with its key.
    """
    numbered = table.autoincrement_column if ids else None
    columns = by_column(rows)
    into = _inserting(connection.dialect, table, tuple(columns), replacing)
    parts = list(_parts(into, columns, connection))
    step = _step(connection) if ids else 1
    if not can_hold(connection) or not step or (ids and len(parts) > 1):
        return _insert(connection, table, columns, numbered, replacing)
    for part in parts:
        hold(connection, *_on_mariadb(into, part, None, connection), room=packet(connection))
    return [NewId(n * step) for n in range(len(rows))] if ids else []


def _insert(connection: Connection, table: Table, columns: Columns, numbered: Column[Any] | None, replacing: bool = False) -> list[int]:
    # Reading the ids of all rows costs more than the rest of the statement, and mostly the first tells the others.
    step = _step(connection) if numbered is not None else 0
    returned = numbered.name if numbered is not None and not step else None
    into = _inserting(connection.dialect, table, tuple(columns), replacing)
    build = _on_sqlite if connection.dialect.name == "sqlite" else _on_mariadb
    found: list[int] = []
    for part in _parts(into, columns, connection):
        result = connection.exec_driver_sql(*build(into, part, returned, connection))
        if returned:
            # The order of RETURNING is nowhere promised; that the ids of one statement ascend with its rows is.
            found += sorted(row[0] for row in result)
        elif step:
            found += [result.lastrowid + n * step for n in range(part.count)]
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of one statement, by the place of the column. `same`: values that all of them share."""

    count: int
    same: Mapping[int, object]
    different: Mapping[int, Sequence[object]]

    @property
    def values(self) -> tuple[object, ...]:
        """What differs, row by row."""
        return tuple(chain.from_iterable(zip(*self.different.values(), strict=True)))

    @property
    def size(self) -> int:
        """Bytes that all values can need in a statement at most."""
        return self.count * most_bytes(tuple(self.same.values())) + sum(map(most_bytes, self.different.values()))


@dataclass(frozen=True, slots=True)
class _Inserting:
    """What INSERTs of the same columns share. `fits`: by place, what is done to each value; `empty`: instead of None."""

    into: str
    names: tuple[str, ...]
    fits: Mapping[int, Callable[[Any], Any]]
    empty: Mapping[int, object]

    def part(self, columns: Sequence[Sequence[object]]) -> _Part:
        """The values as the driver is to get them, those that all rows share but once."""
        same: dict[int, object] = {}
        different: dict[int, Sequence[object]] = {}
        count = len(columns[0])
        for n, column in enumerate(columns):
            first, fit = column[0], self.fits.get(n)
            if count >= MANY and type(first) is str and column.count(first) == count:
                same[n] = fit(first) if fit else first
                continue
            if n in self.empty and None in column:
                column = [self.empty[n] if value is None else value for value in column]
            different[n] = list(map(fit, column)) if fit else column
        if not different:
            n, value = same.popitem()
            different[n] = [value] * count
        return _Part(count, same, different)


@lru_cache(maxsize=256)
def _inserting(dialect: Dialect, table: Table, names: tuple[str, ...], replacing: bool) -> _Inserting:
    columns = [table.columns[name] for name in names]
    quote = dialect.identifier_preparer.quote
    return _Inserting(
        into=f"{'REPLACE' if replacing else 'INSERT'} INTO {quote(table.name)} ({', '.join(quote(name) for name in names)})",
        names=names,
        fits={n: fit for n, c in enumerate(columns) if (fit := bound_by(c, dialect)) is not None},
        empty={n: c.type.empty for n, c in enumerate(columns) if isinstance(c.type, LegacyType) and never_null(c)},
    )


def _parts(into: _Inserting, columns: Columns, connection: Connection) -> Iterator[_Part]:
    """The rows in groups that one statement can carry."""
    values = list(columns.values())
    for start in range(0, len(values[0]), ROWS_AT_ONCE):
        yield from _halved(into, [column[start : start + ROWS_AT_ONCE] for column in values], connection)


def _halved(into: _Inserting, columns: Sequence[Sequence[object]], connection: Connection) -> Iterator[_Part]:
    part = into.part(columns)
    if part.count == 1 or _carries(part, connection):
        yield part
    else:
        half = part.count // 2
        yield from _halved(into, [column[:half] for column in columns], connection)
        yield from _halved(into, [column[half:] for column in columns], connection)


def _carries(part: _Part, connection: Connection) -> bool:
    """Whether one statement can carry the values."""
    if connection.dialect.name == "sqlite":
        return len(part.same) + part.count * len(part.different) <= SQLITE_VARIABLES
    return part.size <= packet(connection)


Built = tuple[str, tuple[object, ...]]
"""A statement and the values for its placeholders."""


def _on_mariadb(into: _Inserting, part: _Part, returned: str | None, connection: Connection) -> Built:
    """What is the same in all rows, written once: each row is a copy of its text."""
    driver = connection.connection.driver_connection
    written = dict(zip(part.same, written_once(tuple(part.same.values()), driver), strict=True))
    row = f"({', '.join([written.get(n, '%s') for n in range(len(into.names))])})"
    return f"{into.into} VALUES {', '.join([row] * part.count)}{_returning(returned, connection)}", part.values


def _on_sqlite(into: _Inserting, part: _Part, returned: str | None, connection: Connection) -> Built:
    """What is the same in all rows, bound once: twice as fast as a value of its own for each row."""
    rows = ", ".join([f"({', '.join('?' * len(part.different))})"] * part.count)
    tail = _returning(returned, connection)
    if not part.same:
        return f"{into.into} VALUES {rows}{tail}", part.values
    numbers = count(1)
    places = ", ".join(["?" if n in part.same else f"column{next(numbers)}" for n in range(len(into.names))])
    return f"{into.into} SELECT {places} FROM (VALUES {rows}){tail}", (*part.same.values(), *part.values)  # noqa: S608 (our names)


def _returning(name: str | None, connection: Connection) -> str:
    return f" RETURNING {connection.dialect.identifier_preparer.quote(name)}" if name else ""


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
