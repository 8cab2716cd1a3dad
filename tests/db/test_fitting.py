"""Every value is stored by SQLite as MariaDB without strict mode stores it.

Not copied: MariaDB reads "5.10.2026" as the number 510, "9e 3" as 9000, and letters with accents as an ENUM's plain ones.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select

from db.custom_tables import Time
from db.engine import writing
from db.types import (
    BigInt,
    Char,
    Date,
    DateTime,
    Decimal,
    Double,
    Enum,
    Int,
    LegacyType,
    MediumInt,
    MediumText,
    SmallInt,
    Text,
    Timestamp,
    TinyInt,
    Varchar,
)

KINDS: dict[str, LegacyType] = {
    "varchar": Varchar(4),
    "char": Char(3),
    "text": Text(),
    "mediumtext": MediumText(),
    "flag": Enum("Y,N,Y1"),
    "digit": Enum("0,1,2,3,"),
    "tiny": TinyInt(1),
    "tiny_unsigned": TinyInt(3, unsigned=True),
    "small": SmallInt(5),
    "medium_unsigned": MediumInt(8, unsigned=True),
    "int": Int(9),
    "int_unsigned": Int(9, unsigned=True),
    "big": BigInt(14),
    "decimal": Decimal(4, 2),
    "decimal_wide": Decimal(7, 2),
    "double": Double(8, 2),
    "date": Date(),
    "datetime": DateTime(),
    "timestamp": Timestamp(),
}


def words(text: str) -> list[str]:
    return text.split()


NUMBERS = words("""
0 1 2 3 4 5 6 -1 +5 1.5 1.49 -1.5 -0.5 0.5 2.5 .5 5. -.5 1e2 1E2 1e400 1e-400 9e999999999999 1e 1e+ 99999 999999999999 32767.5 127.4
-0.001 99.994 99.995 100 -5 -5.005 5.005 1.005 0.005 -0.004 52.455 --5 +-5 0x10 NaN inf 1,5 12abc abc 00001 000001 01 00 +1 1.0
9223372036854775807 9223372036854775808 -9223372036854775809 -18446744073709551615
-18446744073709551616
""")
DATES = words("""
2026-10-05 2026-10-05+10:00:00 2026-10-05T10:00:00 2026-10-05t10:00:00 2026/10/05 2026:10:05 2026-1-5 26-10-05 70-1-2 69-12-31 00-00-00
0000-00-00 0000-01-01 2026-00-10 2026-10-00 2026-02-29 2024-02-29 2026-02-30 2026-13-01 2026-10-32 2026-10-05abc 2026-10-05Z
2026-10-05T10:00:00Z 2026-10-05T10:00:00+02:00 20261005 20261005100000 261005 261005100000 202610 2026 2026100510 20261005T100000
20261005T00000 20261005.5 20261005101112.5 20261005101112.. 20261005abc 10/05/2026 2026--10-05 2026-10 2026-10- -2026-10-05
+2026-10-05 2026-10-05-10-00-00 2026-10-05:10:00:00 2026-10-05_10_00_00 12345-01-01 02026-10-05 10000-01-01 now() 2026年10月05日 10:11:12
1-1-1 0-1-1 000-1-1 0001-01-01 99-1-1 100-1-1 2026-10-05,10:00:00 2026-1- 2026-10-5T1 2026-10-0510:00:00 tomorrow
""")
TIMES = [
    *("10", "1000", "100000", "10:00", "1:2:3", "10:60", "10:00:60", "25:00", "838:59:59", "839:00", "-1:00", "- 1:00", "+1:00", "-0:00"),
    *("1 10", "1 10:00", "1  10:00:00", "10:00abc", "10:00:00.9", "10.5", "1000.5", "10:00 PM", "10:", "10:0", ":10", "10::00", " 10:00"),
    *("10:00:00:00", "9 am", "12345678", "8385959", "8386000", "106060", "34 22:59:59", "35 00:00", "10-00-00", "10.00.00", "noon", "60"),
    *("10 00 00", "100:00", "000010", "99999999999999", "2026-02-30 10:00:00", "2026/10/05 1:2:3", "26-10-05 10:00:00", "5960"),
]
TEXTS = [
    *(
        "",
        " ",
        "y",
        "n",
        "Y ",
        "N  ",
        " Y",
        "Y1",
        "y1 ",
        "YY",
        "1 ",
        " 7",
        "7 ",
        "\t8",
        "ab cd ef",
        "a  b ",
        "    x",
        "éééééé",
        "'\\\"%",
        "a\0b",
    ),
    *("2026-10-05 10:00:00", "2026-10-05  10:00:00", "2026-10-05 24:00:00", "2026-10-05 23:60:00", "2026-10-05 23:59:60"),
    *("2026-10-05 1:2:3", "2026-10-05 10:00", "2026-10-05 10", "2026-10-05 10:00:00.9", "2026-10-05 23:59:59.999999", "2026-10-05 abc"),
    *("2026-10-05 10:00:00abc", "2026-10-05 10:00:00 PM", "2026-10-05 10:00:00+02:00", "20261005 100000", " 2026-10-05 ", "2026 10 05"),
    *("2026-10-05\n10:00:00", "2026-10-05 10 00 00", "2026-10-05 10:00:00:00", "2026-10-05 10.30.15", "2026-10-05 10:", "2026-10-05 :10"),
    *(
        "1970-01-01 00:00:00",
        "1969-12-31 00:00:00",
        "2039-01-01 00:00:00",
        "9999-12-31 23:59:59",
        "0000-00-00 00:00:00",
        "2026-10-05 10::00",
    ),
]
INTEGERS = [
    0,
    1,
    2,
    3,
    4,
    5,
    -1,
    100,
    101,
    127,
    128,
    300,
    70000,
    2**31,
    2**40,
    2**63 - 1,
    -(2**63),
    20261005,
    261005,
    700101,
    691231,
    691232,
]
INTEGERS += [20261005100000, 261005100000, 101000000, 100101010, 99991231, 10000101, 6670807, 202610051, 1231, 5020261005, 202610051000000]


@pytest.fixture(scope="module")
def awkward(innodb: Engine, sqlite: Engine) -> Iterator[Table]:
    """A table with a column of each kind, in both databases."""
    columns: list[Column[Any]] = [Column(name, kind) for name, kind in KINDS.items()]
    options = {"mysql_charset": "utf8mb3", "mysql_collate": "utf8mb3_unicode_ci"}
    table = Table("awkward", MetaData(), Column("id", Integer, primary_key=True), *columns, **options)
    for engine in (innodb, sqlite):
        table.create(engine)
    yield table
    for engine in (innodb, sqlite):
        table.drop(engine)


@pytest.mark.parametrize("values", [NUMBERS, DATES, TEXTS, INTEGERS], ids=["numbers", "dates", "texts", "integers"])
def test_awkward_values(values: list[Any], awkward: Table, innodb: Engine, sqlite: Engine) -> None:
    assert stored(awkward, sqlite, values) == stored(awkward, innodb, values)


ASCII = re.ASCII
DAY = r"(?:20|19|)\d\d([-/: ]?)\d{1,2}\1\d{1,2}"
TIME = r"[ T+]?\d{1,2}[:-]?\d{1,2}(?:[:-]?\d{1,2}(?:\.\d*)?)?"
near_dates = st.from_regex(re.compile(rf"\A[ +]?{DAY}(?:{TIME})?[ aZ]?\Z", ASCII))
near_numbers = st.from_regex(re.compile(r"\A ?[+-]?\d{0,6}(\.\d{0,5})?(e[+-]?\d{1,2})?[a ]?\Z", ASCII))
likely = st.one_of(near_dates, near_numbers, st.integers(-(2**63), 2**63 - 1))


@settings(max_examples=30, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
@given(st.lists(likely, min_size=20, max_size=60))
def test_values_like_dates_and_numbers(awkward: Table, innodb: Engine, sqlite: Engine, values: list[Any]) -> None:
    assert stored(awkward, sqlite, values) == stored(awkward, innodb, values)


def test_times(innodb: Engine, sqlite: Engine) -> None:
    table = Table("times", MetaData(), Column("id", Integer, primary_key=True), Column("time", Time()))
    found = []
    for engine in (innodb, sqlite):
        table.create(engine)
        with writing(engine) as connection:
            connection.execute(insert(table), [{"id": n, "time": value} for n, value in enumerate(TIMES, 1)])
            found.append(list(connection.scalars(select(table.c.time).order_by(table.c.id))))
        table.drop(engine)
    assert list(zip(TIMES, found[1], strict=True)) == list(zip(TIMES, found[0], strict=True))


def test_none_stays_where_it_may(awkward: Table, sqlite: Engine) -> None:
    assert stored(awkward, sqlite, [None]) == [(None,) * (len(KINDS) + 1)]


@pytest.mark.parametrize("text", ["é" * 40_000 + "x", "x" + "é" * 40_000, "x" * 65_536])
def test_long_text_is_cut_at_a_whole_character(text: str, awkward: Table, innodb: Engine, sqlite: Engine) -> None:
    assert stored(awkward, sqlite, [text]) == stored(awkward, innodb, [text])


def test_bigint_unsigned_ends_earlier_on_sqlite() -> None:
    assert BigInt(14, unsigned=True).fit("99999999999999999999") == 2**63 - 1


def stored(table: Table, engine: Engine, values: list[Any]) -> list[tuple[Any, ...]]:
    """Each value, and what the database makes of it in each kind of column."""
    with writing(engine) as connection:
        connection.execute(table.delete())
        connection.execute(insert(table), [{"id": n} | dict.fromkeys(KINDS, value) for n, value in enumerate(values, 1)])
        rows = connection.execute(select(*(table.c[name] for name in KINDS)).order_by(table.c.id)).all()
        return [(value, *row) for value, row in zip(values, rows, strict=True)]
