"""How an import and a call fare with millions of leads in the table.

The leads are made by the server itself; phones, lists, states of calling and the rest are spread. The indexes are made behind
them, with as much room in each page as those of leads that came in over the years have.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple

from sqlalchemy import Engine, inspect

from benchmarks.loads import LOWEST, PHONES, SCATTER, Phones, bare_insert, import_file, requests
from db.engine import writing
from tests.running import Leadmill

SIZES = (0, 1_000_000, 5_000_000)
FIRST = 1_000_000_000
"""Number of the first lead among all phones: far behind those that the run imports."""
AT_ONCE = 50_000
CONNECTIONS = 2
FULL = 70
"""Percent of a page of an index that are used, as is usual where keys come in no order."""
FILL = """
INSERT INTO vicidial_list (entry_date, modify_date, status, user, list_id, gmt_offset_now, called_since_last_reset, phone_code,
    phone_number, first_name, last_name, address1, city, state, postal_code, vendor_lead_code, called_count, last_local_call_time,
    entry_list_id)
SELECT '2024-01-01' + INTERVAL MOD(seq * 7919, 63072000) SECOND, '2026-01-01',
    ELT(1 + MOD(seq, 7), 'NEW', 'NEW', 'NEW', 'NA', 'B', 'SALE', 'DNC'), ELT(1 + MOD(seq, 3), '', '6666', '1001'), 101 + MOD(seq, 50),
    ELT(1 + MOD(seq, 4), '-5', '-6', '-7', '-8'), IF(MOD(seq, 3), 'N', 'Y'), '1',
    {lowest} + MOD(seq * {scatter}, {phones}), 'Bob', CONCAT('Wilson', MOD(seq, 9973)), CONCAT(MOD(seq, 997), ' Main St'), 'Largo',
    ELT(1 + MOD(seq, 4), 'FL', 'TX', 'CO', 'CA'), 10000 + MOD(seq * 613, 89999), CONCAT('crm-', seq), MOD(seq, 5),
    '2025-01-01' + INTERVAL MOD(seq * 3571, 31536000) SECOND, 0
FROM seq_{first}_to_{last}
"""


class Size(NamedTuple):
    """What was measured with so many leads in the table: rows a second of the bare loop and of an import, milliseconds of a call."""

    leads: int
    bare: float
    imported: float
    p50: float


def measure_sizes(system: Leadmill, engine: Engine, phones: Phones, options: dict[str, str], asked: str) -> Iterator[Size]:
    """Measure each size in turn, beginning with an empty table. `options` are those of the import, `asked` those of the call."""
    with writing(engine) as connection:
        connection.exec_driver_sql("TRUNCATE vicidial_list")
    there = 0
    for leads in SIZES:
        fill(engine, there, leads)
        there = leads
        imported = import_file(system, phones, options)
        bare = median(bare_insert(engine, phones) for _ in range(3))
        yield Size(leads, bare, imported, requests(system, phones, 1, asked).p50)


def fill(engine: Engine, first: int, last: int) -> None:
    """Leads number `first` up to `last` of the fill, then wait until nothing of them is left to be written."""
    if first == last:
        return
    with indexes_made_after(engine), ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda start: insert(engine, start, min(start + AT_ONCE, last)), range(first, last, AT_ONCE)))
    with writing(engine) as connection:
        connection.exec_driver_sql("ANALYZE TABLE vicidial_list")
        connection.exec_driver_sql("FLUSH TABLES vicidial_list FOR EXPORT")
        connection.exec_driver_sql("UNLOCK TABLES")


@contextmanager
def indexes_made_after(engine: Engine) -> Iterator[None]:
    """Leave the indexes of vicidial_list out meanwhile: sorting all of a key at once takes a third of the time."""
    with writing(engine) as connection:
        columns = {str(i["name"]): ", ".join(f"`{c}`" for c in i["column_names"]) for i in inspect(connection).get_indexes("vicidial_list")}
        connection.exec_driver_sql(f"ALTER TABLE vicidial_list {', '.join(f'DROP INDEX `{name}`' for name in columns)}")
        connection.exec_driver_sql(f"SET GLOBAL innodb_fill_factor = {FULL}")
    yield
    with writing(engine) as connection:
        added = (f"ADD INDEX `{name}` ({names})" for name, names in columns.items())
        connection.exec_driver_sql(f"ALTER TABLE vicidial_list {', '.join(added)}")


def insert(engine: Engine, first: int, last: int) -> None:
    """One statement of the fill."""
    numbers = {"first": FIRST + first, "last": FIRST + last - 1, "lowest": LOWEST, "scatter": SCATTER, "phones": PHONES}
    with writing(engine) as connection:
        connection.exec_driver_sql(FILL.format(**numbers))
