"""The database's own clock."""

from typing import Any

from sqlalchemy import Connection, func, literal_column
from sqlalchemy.sql.elements import ColumnElement

from db.tables.definitions import LOCAL_NOW


def database_now(connection: Connection) -> ColumnElement[Any]:
    """The moment as a TIMESTAMP column shows it that the database sets by itself, such as modify_date."""
    return literal_column(LOCAL_NOW) if connection.dialect.name == "sqlite" else func.now()
