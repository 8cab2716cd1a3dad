"""Custom fields: what a list defines, and the values a request gives them.

Source: spec custom-fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Table, delete, func, or_, select

from db.custom_tables import custom_columns, custom_table
from db.rows import insert_rows
from db.tables.lists import vicidial_lists_fields
from db.updates import update_rows
from dialer.lead_fields import BLANKS
from dialer.lists import list_number
from dialer.system_settings import system_settings

WITHOUT_VALUE = ("DISPLAY", "SCRIPT")
_COLUMNS = (
    "lead_id vendor_lead_code source_id list_id gmt_offset_now called_since_last_reset phone_code phone_number title first_name "
    "middle_initial last_name address1 address2 address3 city state province postal_code country_code gender date_of_birth alt_phone "
    "email security_phrase comments called_count last_local_call_time rank owner"
)
STANDARD = frozenset(_COLUMNS.split())
"""Labels that mean a column of the lead itself. status, user, entry_date, modify_date and entry_list_id are not among them."""

_CLEANED = str.maketrans({"+": " ", ";": None, '"': None})


class Outcome(Enum):
    """What becomes of the custom fields of a request."""

    STORED = auto()
    NOTHING_SENT = auto()
    """An update that sends no custom field."""
    NO_COLUMNS = auto()
    """Fields take part, but the table has a column for none of them."""
    NO_FIELDS = auto()
    NO_TABLE = auto()
    DISABLED = auto()


class Field(NamedTuple):
    """A field that takes part. `sealed`: its values must be encrypted."""

    label: str
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class CustomValues:
    """What a request means for the table custom_<list_id>: values by column, to be written if `outcome` is STORED."""

    outcome: Outcome
    list_id: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CustomFields:
    """The custom fields that a batch meets.

    `fields` by list number, in the order of the definition; `columns` by list id as text, from lower-case name to the
    column's own; a list without table is not in it. `enabled` is the switch that stops new leads' values only.
    """

    enabled: bool = False
    fields: Mapping[int, tuple[Field, ...]] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of_new_lead(self, list_id: str, raw: Mapping[str, str], table_list: str = "") -> CustomValues:
        """Values for a new lead: every field, the empty text for those not sent; defaults are not used.

        `raw` are the request's uncleaned parameters. `table_list`: the list whose table is written, where not the same.
        """
        table_list = table_list or list_id
        if not self.enabled:
            return CustomValues(Outcome.DISABLED, table_list)
        found = self._fields(list_id, table_list)
        if found is Outcome.NO_COLUMNS and table_list != list_id:
            # another list's table gets its row though nothing of this list fits (spec faults, insert-custom-force-list)
            return CustomValues(Outcome.STORED, table_list)
        if isinstance(found, Outcome):
            return CustomValues(found, table_list)
        values = {column: "" if f.sealed else cleaned(raw.get(f.label, "")) for column, f in found.items()}
        return CustomValues(Outcome.STORED, table_list, values)

    def of_update(self, list_id: str, raw: Mapping[str, str]) -> CustomValues:
        """Values for a lead that exists: only the fields sent, `--BLANK--` for the empty text. The switch is not looked at."""
        if list_id not in self.columns:
            return CustomValues(Outcome.NO_TABLE, list_id)
        found = self._fields(list_id, list_id)
        if isinstance(found, Outcome):
            return CustomValues(Outcome.NOTHING_SENT, list_id)
        sent = {column: raw[f.label] for column, f in found.items() if f.label in raw and not (f.sealed and raw[f.label])}
        values = {column: "" if value in BLANKS else cleaned(value) for column, value in sent.items()}
        return CustomValues(Outcome.STORED if values else Outcome.NOTHING_SENT, list_id, values)

    def _fields(self, list_id: str, table_list: str) -> dict[str, Field] | Outcome:
        columns = self.columns.get(table_list)
        if columns is None:
            return Outcome.NO_TABLE
        fields = self.fields.get(list_number(list_id), ())
        if not fields:
            return Outcome.NO_FIELDS
        # a field without a column is left out; in the reference it fails the whole row (spec faults)
        found = {columns[f.label.lower()]: f for f in fields if f.label.lower() in columns}
        return found or Outcome.NO_COLUMNS


def cleaned(value: str) -> str:
    """A value as it is stored: `+` is a space, `;` and `"` are lost, all else stays (spec custom-fields)."""
    return value.translate(_CLEANED)


def load_custom_fields(list_ids: Iterable[str], connection: Connection) -> CustomFields:
    """What lists define, and the columns of their tables. No query without ids."""
    ids = sorted(set(list_ids))
    if not ids:
        return CustomFields()
    settings = system_settings(connection)
    encrypts = "cf_encrypt" in settings["active_modules"]
    fields = _load_fields(sorted({list_number(list_id) for list_id in ids}), connection, encrypts=encrypts)
    columns = {list_id: {name.lower(): name for name in names} for list_id, names in custom_columns(connection, ids).items()}
    return CustomFields(settings["custom_fields_enabled"] == "1", fields, columns)


def _load_fields(numbers: list[int], connection: Connection, *, encrypts: bool) -> dict[int, tuple[Field, ...]]:
    table = vicidial_lists_fields.c
    own = or_(table.field_duplicate.is_(None), table.field_duplicate != "Y")
    wanted = (
        select(table.list_id, table.field_label, table.field_encrypt)
        .where(table.list_id.in_(numbers), own, func.coalesce(table.field_type, "").not_in(WITHOUT_VALUE))
        .order_by(table.field_rank, table.field_order, table.field_label)
    )
    found: dict[int, list[Field]] = {}
    for list_id, label, encrypted in connection.execute(wanted):
        if label and label not in STANDARD:
            found.setdefault(list_id, []).append(Field(label, encrypts and encrypted == "Y"))
    return {list_id: tuple(fields) for list_id, fields in found.items()}


def load_rows_present(fields: CustomFields, lead_ids: Iterable[int], connection: Connection) -> set[tuple[str, int]]:
    """List id and lead id of the custom rows that leads have; no query without leads."""
    wanted, found = sorted(lead_ids), set[tuple[str, int]]()
    for list_id in fields.columns if wanted else ():
        column = custom_table(connection, list_id, ()).c.lead_id
        found.update((list_id, lead_id) for lead_id in connection.scalars(select(column).where(column.in_(wanted))))
    return found


def store_new_values(rows: Iterable[tuple[int, CustomValues]], connection: Connection) -> None:
    """Write the values of new leads, given by lead id."""
    lists: dict[str, list[tuple[int, CustomValues]]] = {}
    for lead_id, custom in rows:
        lists.setdefault(custom.list_id, []).append((lead_id, custom))
    for list_id, leads in lists.items():
        table = custom_table(connection, list_id, sorted({column for _, custom in leads for column in custom.values}))
        # values that a deleted lead left behind under an id that the database gives out again
        connection.execute(delete(table).where(_one_of(table.c.lead_id, [lead_id for lead_id, _ in leads])))
        _insert_by_columns(table, leads, connection)


def _one_of(column: Column[int], ascending: Sequence[int]) -> ColumnElement[bool]:
    """Whether a column is one of some numbers; those of a batch mostly follow each other, and a range costs next to nothing."""
    first, last = ascending[0], ascending[-1]
    return column.between(first, last) if last - first == len(ascending) - 1 else column.in_(ascending)


def store_updated_values(rows: Sequence[tuple[int, CustomValues]], connection: Connection) -> list[int]:
    """Write the values of leads that exist, given by lead id, each lead once; a lead without a row gets one.

    Returns the rows changed by each, 0 where nothing differs once the columns have cut the values.
    """
    lists: dict[str, dict[int, CustomValues]] = {}
    for lead_id, custom in rows:
        lists.setdefault(custom.list_id, {})[lead_id] = custom
    changed = {list_id: _update_table(list_id, leads, connection) for list_id, leads in lists.items()}
    return [int(lead_id in changed[custom.list_id]) for lead_id, custom in rows]


def _update_table(list_id: str, leads: Mapping[int, CustomValues], connection: Connection) -> set[int]:
    """The leads whose row is another one after the update."""
    table = custom_table(connection, list_id, sorted({column for custom in leads.values() for column in custom.values}))
    stored = select(table).where(table.c.lead_id.in_(list(leads)))
    before = {row.lead_id: row for row in connection.execute(stored)}
    update_rows(connection, table, [(lead_id, custom.values) for lead_id, custom in leads.items() if lead_id in before])
    _insert_by_columns(table, [(lead_id, custom) for lead_id, custom in leads.items() if lead_id not in before], connection)
    return {row.lead_id for row in connection.execute(stored) if row != before.get(row.lead_id)}


def _insert_by_columns(table: Table, rows: Iterable[tuple[int, CustomValues]], connection: Connection) -> None:
    groups: dict[tuple[str, ...], list[dict[str, object]]] = {}
    for lead_id, custom in rows:
        groups.setdefault(tuple(custom.values), []).append({"lead_id": lead_id, **custom.values})
    for group in groups.values():
        insert_rows(connection, table, group)
