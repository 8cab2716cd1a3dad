"""Rows for tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert

from db.tables.metadata import legacy


def put(connection: Connection, **tables: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, one by one, so that each may have its own columns."""
    for name, rows in tables.items():
        for row in rows:
            connection.execute(insert(legacy.tables[name]).values(**row))
