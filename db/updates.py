"""Different values for many rows in one UPDATE."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, case, update

AT_ONCE = 200
"""Rows of one statement: each is looked for among all of them."""

Changes = Sequence[tuple[int, Mapping[str, Any]]]


def update_rows(connection: Connection, table: Table, changes: Changes) -> None:
    """Set columns of rows by their id; each row its own columns. A row may stand in the changes once only."""
    (key,) = table.primary_key.columns
    for start in range(0, len(changes), AT_ONCE):
        part = changes[start : start + AT_ONCE]
        columns = dict.fromkeys(name for _, values in part for name in values)
        chosen = {
            name: case(
                {row_id: _bound(table, name, values[name]) for row_id, values in part if name in values}, value=key, else_=table.c[name]
            )
            for name in columns
        }
        if chosen:
            connection.execute(update(table).where(key.in_([row_id for row_id, _ in part])).values(chosen))


def _bound(table: Table, name: str, value: Any) -> Any:
    return bindparam(None, value, type_=table.c[name].type)
