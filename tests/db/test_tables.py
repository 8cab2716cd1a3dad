"""The legacy tables against the description of a dialer's schema, column by column."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Index, Table, create_engine
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateTable

from db.tables import ALL_LEGACY, AREAS
from db.tables.definitions import for_mariadb, for_sqlite
from db.tables.metadata import TOUCHED

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[1] / "schema" / "legacy-2019.json").read_text())

# The description was taken where a TIMESTAMP is plain; on a classic dialer it follows every change of the row.
FOLLOWS_CHANGES = {"vicidial_list", "vicidial_callbacks", "vicidial_callbacks_archive", "vicidial_chat_log"}


def test_every_table_is_there_and_no_other() -> None:
    assert set(ALL_LEGACY.tables) == set(SCHEMA)


def test_every_table_stands_in_a_module_under_its_own_name() -> None:
    named = {name: value for area in AREAS for name, value in vars(area).items() if isinstance(value, Table)}
    assert named == dict(ALL_LEGACY.tables)


@pytest.mark.parametrize("name", sorted(SCHEMA))
def test_columns(name: str) -> None:
    assert [column(c) for c in ALL_LEGACY.tables[name].columns] == [
        (label, wanted["type"], wanted["nullable"], default(name, wanted), wanted["extra"] == "auto_increment")
        for label, wanted in SCHEMA[name]["columns"].items()
    ]


@pytest.mark.parametrize("name", sorted(SCHEMA))
def test_keys(name: str) -> None:
    table, wanted = ALL_LEGACY.tables[name], SCHEMA[name]
    assert [c.name for c in table.primary_key] == wanted["primary"]
    assert {str(i.name): [c.name for c in i.columns] for i in table.indexes if i.unique} == wanted["unique"]
    lengths = {str(i.name): i.dialect_options["mysql"]["length"] or {} for i in table.indexes}
    keys = {
        str(i.name): [f"{c.name}({n})" if (n := lengths[str(i.name)].get(c.name)) else c.name for c in i.columns] for i in table.indexes
    }
    assert {key: columns for key, columns in keys.items() if key not in wanted["unique"]} == wanted["indexes"]


@pytest.mark.parametrize(("storage", "memory"), [("InnoDB", "InnoDB"), ("MyISAM", "MEMORY")])
def test_storage_engine(storage: str, memory: str) -> None:
    made = for_mariadb(storage)
    engines = {name: table.dialect_options["mysql"]["engine"] for name, table in made.tables.items()}
    assert engines == {name: memory if wanted["engine"] == "MEMORY" else storage for name, wanted in SCHEMA.items()}


def test_sqlite_numbers_what_mariadb_numbers_and_nothing_else() -> None:
    made = for_sqlite()
    sqlite = create_engine("sqlite://").dialect
    numbered = {name for name, wanted in SCHEMA.items() if any(c["extra"] == "auto_increment" for c in wanted["columns"].values())}
    ddl = {name: str(CreateTable(table).compile(dialect=sqlite)) for name, table in made.tables.items()}
    assert {name for name, text in ddl.items() if "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT" in text} == numbered
    assert "list_id NUMERIC" in ddl["vicidial_lists"]


def parts(index: Index) -> list[str]:
    lengths = index.dialect_options["mysql"]["length"] or {}
    return [f"{c.name}({lengths[c.name]})" if c.name in lengths else c.name for c in index.columns]


def column(found: Column[Any]) -> tuple[str, str, bool, str | None, bool]:
    kind = found.type.compile(mysql.dialect()).lower().replace(", ", ",").replace("integer", "int")
    kind = kind if not kind.startswith("enum") else found.type.compile(mysql.dialect()).replace("ENUM", "enum")
    given = getattr(found.server_default, "arg", None)
    said = str(given) if given is not None else None
    table = found.table
    return (found.name, kind, bool(found.nullable), said, found is table.autoincrement_column)


def default(table: str, wanted: dict[str, Any]) -> str | None:
    follows = wanted["type"] == "timestamp" and table in FOLLOWS_CHANGES
    said: str | None = str(TOUCHED) if follows else wanted["default"]
    return said
