"""The legacy tables as a database is to create them; not needed where a dialer's own tables exist."""

from typing import Any

from sqlalchemy import Column, DefaultClause, MetaData, Numeric, Table, TextClause, text
from sqlalchemy.sql.elements import quoted_name

from db.tables.metadata import TOUCHED, legacy
from db.types import LegacyType

LOCAL_NOW = "(datetime('now', 'localtime'))"


def for_mariadb(storage: str) -> MetaData:
    """The legacy tables with a storage engine: InnoDB for all, or MyISAM, where those that are MEMORY stay so."""
    made = MetaData()
    for table in legacy.tables.values():
        options = table.to_metadata(made).dialect_options["mysql"]
        if storage != "MyISAM" or "engine" not in options:
            options["engine"] = storage
        options["charset"] = "utf8mb3"
        options["collate"] = "utf8mb3_unicode_ci"
    return made


def for_sqlite() -> MetaData:
    """The legacy tables for SQLite, so that they take what MariaDB takes without strict mode."""
    made = MetaData()
    for table in legacy.tables.values():
        copy = table.to_metadata(made)
        numbered = copy.autoincrement_column
        copy.dialect_options["sqlite"]["autoincrement"] = numbered is not None
        for column in copy.columns:
            if column is not numbered:
                _as_on_sqlite(column)
        for index in copy.indexes:  # SQLite tells indexes of all tables apart by their names alone
            index.name = quoted_name(f"{table.name}_{index.name}", None)
    return made


def touches(table: Table) -> list[TextClause]:
    """Triggers that move a TIMESTAMP column of SQLite's copy when a row really changes, as MariaDB's ON UPDATE does."""
    return [text(_trigger(table, str(c.name))) for c in legacy.tables[table.name].columns if _is_touched(c)]


def _trigger(table: Table, touched: str) -> str:
    change = " OR ".join(f"NEW.{c.name} IS NOT OLD.{c.name}" for c in table.columns if c.name != touched)
    key = " AND ".join(f"{c.name} = NEW.{c.name}" for c in table.primary_key)
    update = f"UPDATE {table.name} SET {touched} = datetime('now', 'localtime') WHERE {key}"  # noqa: S608 (names of our tables)
    when = f"NEW.{touched} IS OLD.{touched} AND ({change})"
    return f"CREATE TRIGGER IF NOT EXISTS {table.name}_{touched} AFTER UPDATE ON {table.name} WHEN {when} BEGIN {update}; END"


def _as_on_sqlite(column: Column[Any]) -> None:
    assert isinstance(column.type, LegacyType)
    if _is_touched(column):
        column.server_default = DefaultClause(text(LOCAL_NOW))
    if not column.nullable:
        if column.server_default is None:  # MariaDB has this default without being told
            column.server_default = DefaultClause(str(column.type.empty))
        column.dialect_options["sqlite"]["on_conflict_not_null"] = "REPLACE"
    if column.primary_key and column.autoincrement is False:  # an INTEGER key would be numbered by SQLite
        column.type = Numeric()


def _is_touched(column: Column[Any]) -> bool:
    return getattr(column.server_default, "arg", None) is TOUCHED
