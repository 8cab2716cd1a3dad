"""The tables custom_<list_id>: values of a list's custom fields, one column a field, made by the dialer's admin.

A name of such a table is made of nothing but the digits of a list id.
"""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Column, Connection, MetaData, Table, bindparam, text

from db.types import BigInt, Char, Date, DateTime, Decimal, Int, LegacyType, MediumText, SmallInt, Text, TinyInt, Varchar

_DECLARED = re.compile(r"\s*([a-zA-Z]+)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?")


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
    types: dict[str, LegacyType] = {}
    if columns and connection.dialect.name == "sqlite":
        declared = connection.execute(text("SELECT name, type FROM pragma_table_info(:name)"), {"name": custom_name(list_id)})
        types = {name: declared_type(kind) for name, kind in declared}
    made = (Column(name, types.get(name) or Text(), nullable=True) for name in columns)
    return Table(custom_name(list_id), MetaData(), Column("lead_id", Int(9, unsigned=True), primary_key=True, autoincrement=False), *made)


def declared_type(declaration: str) -> LegacyType:
    """The type that a column's declaration means, such as `varchar(30)`."""
    found = _DECLARED.match(declaration)
    kind, width, scale = (found[1].lower(), int(found[2] or 0), int(found[3] or 0)) if found else ("text", 0, 0)
    match kind:
        case "varchar":
            return Varchar(width)
        case "char":
            return Char(width or 1)
        case "date":
            return Date()
        case "datetime" | "timestamp":
            return DateTime()
        case "tinyint":
            return TinyInt(width)
        case "smallint":
            return SmallInt(width)
        case "int" | "integer" | "mediumint":
            return Int(width)
        case "bigint":
            return BigInt(width)
        case "decimal" | "numeric":
            return Decimal(width or 10, scale)
        case "mediumtext" | "longtext":
            return MediumText()
    return Text()


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
