"""Rows that stand in data/, a file a table. {now}, {today} and {yesterday} stand for those."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from db.rows import insert_rows
from db.tables import ALL_LEGACY

DATA = Path(__file__).parent / "data"
LAST = "system_settings"


def load_rows(connection: Connection, now: datetime, *, only: str = "") -> None:
    """Insert the rows of every file but the last; or those of one."""
    for name in [only] if only else sorted(path.stem for path in DATA.glob("*.csv") if path.stem != LAST):
        insert_rows(connection, ALL_LEGACY.tables[name], read_rows(name, now))


def read_rows(name: str, now: datetime) -> list[dict[str, object]]:
    """The rows of a table's file."""
    marks = {"{now}": f"{now:%Y-%m-%d %H:%M:%S}", "{today}": f"{now:%Y-%m-%d}", "{yesterday}": f"{now - timedelta(days=1):%Y-%m-%d}"}
    text = (DATA / f"{name}.csv").read_text(encoding="utf-8")
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return [dict(row) for row in csv.DictReader(text.splitlines(keepends=True))]
