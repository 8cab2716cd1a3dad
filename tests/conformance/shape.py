"""What the database itself says of its tables: columns, unique keys, the column it numbers.

The server is asked, not our own Table objects: a mistake there must not hide itself.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from tests.conformance.comparison import Form

MARIADB_COLUMNS = """SELECT table_name, column_name, extra = 'auto_increment' FROM information_schema.columns
    WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"""
MARIADB_KEYS = """SELECT table_name, index_name, column_name FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND non_unique = 0 ORDER BY table_name, index_name <> 'PRIMARY', index_name, seq_in_index"""
SQLITE_COLUMNS = """SELECT t.name, c.name, c.pk, UPPER(c.type) LIKE '%INT%' FROM sqlite_master t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid"""
SQLITE_KEYS = """SELECT t.name, i.name, c.name FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
    WHERE t.type = 'table' AND i."unique" AND i.origin <> 'pk' ORDER BY t.name, i.seq, c.seqno"""


@dataclass(slots=True)
class Shape:
    """One table: its columns in order, its unique keys (the primary one first), the column that the database numbers."""

    columns: list[str] = field(default_factory=list)
    primary: tuple[str, ...] = ()
    unique: list[tuple[str, ...]] = field(default_factory=list)
    numbered: str | None = None

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """Every choice of columns that tells its rows apart."""
        return [self.primary, *self.unique] if self.primary else self.unique

    @property
    def form(self) -> Form:
        """How its rows are told apart in a comparison."""
        key = self.keys[0] if self.keys else ()
        return Form(key, self.numbered if self.numbered in key else None)


def shapes(connection: Connection) -> dict[str, Shape]:
    """The shape of every table in the database."""
    return sqlite_shapes(connection) if connection.dialect.name == "sqlite" else mariadb_shapes(connection)


def mariadb_shapes(connection: Connection) -> dict[str, Shape]:
    """The same for MariaDB and MySQL."""
    found: dict[str, Shape] = defaultdict(Shape)
    for table, column, numbered in connection.exec_driver_sql(MARIADB_COLUMNS):
        found[table].columns.append(column)
        if numbered:
            found[table].numbered = column
    for (table, index), columns in gathered(connection.exec_driver_sql(MARIADB_KEYS)):
        if index == "PRIMARY":
            found[table].primary = columns
        else:
            found[table].unique.append(columns)
    return dict(found)


def sqlite_shapes(connection: Connection) -> dict[str, Shape]:
    """The same for SQLite, which numbers a single primary key column of an integer type."""
    found: dict[str, Shape] = defaultdict(Shape)
    integers = set()
    for table, column, position, integer in connection.exec_driver_sql(SQLITE_COLUMNS):
        found[table].columns.append(column)
        if position:
            found[table].primary += (column,)
        if integer:
            integers.add((table, column))
    for (table, _), columns in gathered(connection.exec_driver_sql(SQLITE_KEYS)):
        found[table].unique.append(columns)
    for table, shape in found.items():
        # The key of a custom table is the lead's: SQLite would number it, but nobody lets it.
        if not table.startswith("custom_") and len(shape.primary) == 1 and (table, shape.primary[0]) in integers:
            shape.numbered = shape.primary[0]
    return dict(found)


def gathered(rows: Iterable[tuple[str, str, str]]) -> list[tuple[tuple[str, str], tuple[str, ...]]]:
    """Table and index with the index's columns, in their order."""
    columns: dict[tuple[str, str], list[str]] = defaultdict(list)
    for table, index, column in rows:
        columns[table, index].append(column)
    return [(name, tuple(some)) for name, some in columns.items()]
