"""The tables custom_<list_id>: values of a list's custom fields, one column a field, made by the dialer's admin pages.

A name of such a table is made of nothing but the digits of a list id.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, MetaData, Table, bindparam, text, types
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateColumn, SchemaItem
from sqlalchemy.types import TypeEngine

from db import fitting
from db.engine import storage_engine
from db.types import BigInt, Char, Date, DateTime, Decimal, Double, Int, LegacyType, MediumInt, MediumText, SmallInt, Text, TinyInt, Varchar

_DECLARED = re.compile(r"\s*(\w+)\s*(?:\((.*)\))?(\s*unsigned)?", re.IGNORECASE)


class Time(LegacyType):
    """TIME: text as `10:00:00`."""

    empty = fitting.ZERO_TIME

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.time(value)

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.TIME()

    def sqlite(self) -> TypeEngine[Any]:
        return types.TIME()


class Blob(Text):
    """BLOB, which holds text too."""

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.BLOB()


class _Any(Text):
    """A column of MariaDB whose type need not be known."""

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Callable[[Any], Any]:
        return lambda value: value.decode(errors="replace") if isinstance(value, bytes) else value


def custom_name(list_id: str) -> str:
    """Name of the table of a list. Raises ValueError for an id that is not of digits only."""
    if not (list_id.isascii() and list_id.isdecimal()):
        raise ValueError(f"no list id: {list_id[:20]!r}")
    return f"custom_{list_id}"


def custom_columns(connection: Connection, list_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The columns of each list's table but lead_id, in their order; lists without a table are not in it. One query."""
    names = {custom_name(list_id): list_id for list_id in list_ids if list_id.isascii() and list_id.isdecimal()}
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(_COLUMNS[connection.dialect.name], {"names": sorted(names)}) if names else ():
        found.setdefault(names[table.lower()], []).append(column)
    return {list_id: tuple(c for c in columns if c.lower() != "lead_id") for list_id, columns in found.items()}


def custom_table(connection: Connection, list_id: str, columns: Sequence[str]) -> Table:
    """The table of a list with lead_id and these columns; on SQLite with their declared types, so that values are fitted."""
    declared: dict[str, str] = {}
    if columns and connection.dialect.name == "sqlite":
        query = text("SELECT name, type FROM pragma_table_info(:name)")
        declared = {str(name): str(kind) for name, kind in connection.execute(query, {"name": custom_name(list_id)})}
    return _table(custom_name(list_id), tuple((name, declared.get(name)) for name in columns))


def create_custom_table(connection: Connection, list_id: str, columns: Sequence[Column[Any]]) -> None:
    """Make the table of a list with lead_id and these columns; nothing if it is there.

    MariaDB commits before a CREATE, so there a connection of its own is used: the caller's transaction stays as it is, and
    the new table stays also when that is rolled back.
    """
    if connection.dialect.name == "sqlite":
        _of(custom_name(list_id), columns).create(connection, checkfirst=True)
        return
    storage = storage_engine(connection, "vicidial_list")
    with connection.engine.connect() as other:
        _of(custom_name(list_id), columns, storage).create(other, checkfirst=True)


def add_custom_columns(connection: Connection, list_id: str, columns: Sequence[Column[Any]]) -> None:
    """Add columns to the table of a list; as `create_custom_table` on a connection of its own where a DDL statement commits."""
    table = _of(custom_name(list_id), columns)
    if connection.dialect.name == "sqlite":
        _add(connection, table, columns)
        return
    with connection.engine.connect() as other:
        _add(other, table, columns)


def _add(connection: Connection, table: Table, columns: Sequence[Column[Any]]) -> None:
    name = connection.dialect.identifier_preparer.format_table(table)
    for column in columns:
        declaration = CreateColumn(table.c[column.name]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {declaration}")


def declared_type(declaration: str) -> LegacyType:
    """The type that a column's declaration means, such as `varchar(30)`; text for what is not known."""
    found = _DECLARED.match(declaration)
    kind, inner, unsigned = (found[1].lower(), found[2] or "", bool(found[3])) if found else ("text", "", False)
    numbers = [int(part) for part in inner.split(",") if part.strip().isdecimal()]
    width, scale = numbers[0] if numbers else None, numbers[1] if len(numbers) > 1 else 0
    if kind in _TEXTS and width:
        return _TEXTS[kind](width)
    if kind in _NUMBERS:
        return _NUMBERS[kind](width or 11, unsigned=unsigned)
    if kind in ("decimal", "numeric"):
        return Decimal(width or 10, scale)
    if kind == "double" and width:
        return Double(width, scale)
    return _OTHERS.get(kind, Text)()


_TEXTS = {"varchar": Varchar, "char": Char}
_NUMBERS = {"tinyint": TinyInt, "smallint": SmallInt, "mediumint": MediumInt, "int": Int, "integer": Int, "bigint": BigInt}
_OTHERS = {"date": Date, "datetime": DateTime, "timestamp": DateTime, "time": Time, "mediumtext": MediumText, "longtext": MediumText}


# One Table object for the same columns: SQLAlchemy compiles a statement again for each object it does not know.
@lru_cache(512)
def _table(name: str, columns: tuple[tuple[str, str | None], ...]) -> Table:
    return _of(name, [Column(label, _Any() if kind is None else declared_type(kind)) for label, kind in columns])


def _of(name: str, columns: Iterable[Column[Any]], storage: str | None = None) -> Table:
    lead_id: Column[Any] = Column("lead_id", Int(9, unsigned=True), primary_key=True, autoincrement=False)
    items: list[SchemaItem] = [lead_id, *columns]
    return Table(name, MetaData(), *items, mysql_engine=storage)


_COLUMNS = {
    "sqlite": text(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND lower(m.name) IN :names ORDER BY m.name, c.cid"
    ).bindparams(bindparam("names", expanding=True)),
    "mysql": text(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = DATABASE() AND table_name IN :names ORDER BY table_name, ordinal_position"
    ).bindparams(bindparam("names", expanding=True)),
}
