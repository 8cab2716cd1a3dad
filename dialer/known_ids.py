"""Which of the ids that a batch names exist in a table of the dialer."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, select

from dialer.collation import folded


def load_ids(column: Column[Any], ids: Iterable[str], connection: Connection) -> dict[str, str]:
    """Those that exist: from the folded id to the record's own spelling. No query without ids."""
    wanted = sorted({one for one in ids if one})
    return {folded(one): one for one in connection.scalars(select(column).where(column.in_(wanted)))} if wanted else {}
