"""The dialer's database of one test process: the fixture's rows, a case's own on top, what a case changed, and back.

A case costs little: the server tells which tables changed (CHECKSUM TABLE), only those are read, and only those are put back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine

from tests.conformance.comparison import LEFT_OUT, Row, canonical_row
from tests.conformance.shape import Shape, shapes

# Tables that are compared though the fixture may hold no row of them.
# fmt: off
WATCHED = (
    "vicidial_list", "vicidial_lists", "vicidial_lists_fields", "vicidial_list_alt_phones", "vicidial_hopper", "vicidial_callbacks",
    "vicidial_callbacks_archive", "vicidial_users", "vicidial_campaign_agents", "vicidial_inbound_group_agents", "vicidial_campaigns",
    "vicidial_campaign_cid_areacodes", "vicidial_inbound_dids", "phones", "phones_alias", "groups_alias", "servers", "vicidial_log",
    "vicidial_closer_log", "vicidial_agent_log", "vicidial_log_extended", "vicidial_manager", "vicidial_live_agents", "vicidial_api_log",
    "vicidial_admin_log", "vicidial_dnc", "vicidial_campaign_dnc", "vicidial_user_log", "user_call_log", "vicidial_live_inbound_agents",
    "vicidial_list_archive", "vicidial_voicemail", "vicidial_rt_monitor_log", "system_settings", "vicidial_lead_filters",
    "vicidial_cid_groups",
)
# fmt: on
# Tables that hold the address and machine of whoever recorded.
NOT_COMPARED = {"vicidial_api_urls", "vicidial_urls", "vicidial_webservers", "vicidial_report_log"}
# The custom field tables of the fixture's lists.
CUSTOM_TABLES = {
    "custom_101": "lead_id INTEGER NOT NULL PRIMARY KEY, favorite_color VARCHAR(30), appointment_date DATE, spouse_name VARCHAR(50), "
    "secret_pin VARCHAR(4), notes_area TEXT",
    "custom_107": "lead_id INTEGER NOT NULL PRIMARY KEY, nickname VARCHAR(30)",
}

Stored = list[tuple[Any, ...]]


@dataclass(slots=True)
class Kept:
    """Rows of a table as they were at some moment, and the server's check sum over them."""

    check: object
    rows: Stored


class DialerRows:
    """Puts rows into the database that a system under test uses, and reads what it made of them."""

    def __init__(self, url: str, fixture: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._engine: Engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self.connection: Connection = self._engine.connect()
        self._mariadb = self.connection.dialect.name != "sqlite"
        if self._mariadb:
            self._run("SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION'")
        present = shapes(self.connection)
        for name in CUSTOM_TABLES.keys() - present.keys():
            self._run(f"CREATE TABLE {name} ({CUSTOM_TABLES[name]})")
        self.shapes = shapes(self.connection)
        self.lacking = sorted(fixture.keys() - self.shapes.keys())
        self.names = [n for n in dict.fromkeys([*fixture, *CUSTOM_TABLES, *WATCHED]) if n in self.shapes and n not in NOT_COMPARED]
        self._base: dict[str, Kept] = {}
        self._load({name: fixture.get(name, []) for name in self.names})

    def close(self) -> None:
        """End the connection."""
        self.connection.close()
        self._engine.dispose()

    def _load(self, fixture: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        with self._transaction():
            for name, rows in fixture.items():
                self._run(f"DELETE FROM {self._quoted(name)}")
                for row in rows:
                    self._insert(name, self._storable(name, row))
        self._renumber(fixture)
        self._base = self.kept(self.names)

    # Reading

    def kept(self, names: Sequence[str]) -> dict[str, Kept]:
        """The present rows of some tables."""
        checks = self._checks(names)
        return {name: Kept(checks[name], self._rows(name)) for name in names}

    def changed_since(self, before: Mapping[str, Kept]) -> dict[str, Kept]:
        """The present rows of those tables that differ from what they held before, or were made since."""
        custom = self._customs()
        lost = CUSTOM_TABLES.keys() - custom
        assert not lost, f"the case dropped {sorted(lost)}: the database must be made anew"
        names = [*self.names, *sorted(custom - set(self.names))]
        checks = self._checks(names)
        changed = [name for name in names if name not in before or checks[name] != before[name].check]
        return {name: Kept(checks[name], self._rows(name)) for name in changed}

    @property
    def base(self) -> Mapping[str, Kept]:
        """What the fixture left in each table."""
        return self._base

    def compared(self, name: str, rows: Stored) -> list[Row]:
        """Rows as they are compared, in the order of their key."""
        shape = self.shapes[name]
        positions = [shape.columns.index(column) for column in shape.primary]
        # SQLite may hold text among numbers.
        in_order = sorted(rows, key=lambda row: [(isinstance(row[p], str), row[p]) for p in positions])
        return [canonical_row(name, shape.columns, row) for row in in_order]

    def shape(self, name: str) -> Shape:
        """The shape of a table; one that was made meanwhile is looked up."""
        if name not in self.shapes:
            self.shapes = {**self.shapes, **{n: s for n, s in shapes(self.connection).items() if n == name}}
        return self.shapes[name]

    def _rows(self, name: str) -> Stored:
        columns = ", ".join(map(self._quoted, self.shape(name).columns))
        return [tuple(row) for row in self._run(f"SELECT {columns} FROM {self._quoted(name)}")]

    def _checks(self, names: Sequence[str]) -> dict[str, object]:
        if not names:
            return {}
        if not self._mariadb:
            return {name: hash(tuple(self._rows(name))) for name in names}
        found = self._run("CHECKSUM TABLE " + ", ".join(map(self._quoted, names)))
        return {name: check for name, (_, check) in zip(names, found, strict=True)}

    def _customs(self) -> set[str]:
        tables = "SHOW TABLES" if self._mariadb else "SELECT name FROM sqlite_master WHERE type = 'table'"
        return {name for (name,) in self._run(tables) if name.startswith("custom_")}

    # Writing

    def put(self, setup: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Put a case's rows on top: a row whose unique key exists is updated; a leading ! empties the table before."""
        with self._transaction():
            for marked, rows in setup.items():
                name = marked.removeprefix("!")
                if marked.startswith("!"):
                    self._run(f"DELETE FROM {self._quoted(name)}")
                for row in rows or []:
                    self._put_row(name, self._storable(name, row))

    def restore(self, changed: Iterable[str]) -> None:
        """Give the tables the fixture's rows again, and drop those that a case made."""
        names = list(changed)
        for name in (n for n in names if n not in self._base):
            self._run(f"DROP TABLE {self._quoted(name)}")
            del self.shapes[name]
        back = [name for name in names if name in self._base]
        with self._transaction():
            for name in back:
                self._run(f"DELETE FROM {self._quoted(name)}")
                if self._base[name].rows:
                    self._insert_many(name, self.shapes[name].columns, self._base[name].rows)
        self._renumber(back)

    def _renumber(self, names: Iterable[str]) -> None:
        """Let new rows get the numbers that they got when the cases were recorded: replies repeat some of them."""
        for name in names:
            numbered = self.shapes[name].numbered
            if numbered is None or numbered in LEFT_OUT.get(name, ()):
                continue
            if self._mariadb:
                self._run(f"ALTER TABLE {self._quoted(name)} AUTO_INCREMENT = 1")
            elif self._run("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").first():
                self._run("DELETE FROM sqlite_sequence WHERE name = ?", (name,))

    def _put_row(self, name: str, row: dict[str, Any]) -> None:
        keys = self.shapes[name].keys
        key = next((k for k in keys if all(column in row for column in k)), ())
        # A table of one row is updated whole.
        if name != "system_settings" and not (key and self._exists(name, {column: row[column] for column in key})):
            self._insert(name, row)
            return
        new = {column: value for column, value in row.items() if column not in key}
        if new:
            sets = ", ".join(f"{self._quoted(column)} = {self._mark}" for column in new)
            where = " WHERE " + self._matching(key) if key else ""
            self._run(f"UPDATE {self._quoted(name)} SET {sets}{where}", (*new.values(), *(row[column] for column in key)))

    def _exists(self, name: str, key: Mapping[str, Any]) -> bool:
        return self._run(f"SELECT 1 FROM {self._quoted(name)} WHERE {self._matching(key)}", tuple(key.values())).first() is not None

    def _matching(self, columns: Iterable[str]) -> str:
        return " AND ".join(f"{self._quoted(column)} = {self._mark}" for column in columns)

    def _storable(self, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns that this database has; what YAML reads as a date is text again."""
        known = set(self.shapes[name].columns)
        plain = (int, float, str, type(None))
        return {column: value if isinstance(value, plain) else str(value) for column, value in row.items() if column in known}

    def _insert(self, name: str, row: Mapping[str, Any]) -> None:
        self._insert_many(name, list(row), [tuple(row.values())])

    def _insert_many(self, name: str, columns: Sequence[str], rows: Stored) -> None:
        marks = ", ".join(self._mark for _ in columns)
        self._run(f"INSERT INTO {self._quoted(name)} ({', '.join(map(self._quoted, columns))}) VALUES ({marks})", rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._run("BEGIN")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    @property
    def _mark(self) -> str:
        return "%s" if self._mariadb else "?"

    def _quoted(self, name: str) -> str:
        return self.connection.dialect.identifier_preparer.quote_identifier(name)

    def _run(self, sql: str, values: Any = None) -> Any:
        return self.connection.exec_driver_sql(sql, values)
