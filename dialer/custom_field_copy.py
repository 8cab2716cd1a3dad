"""Copies the custom fields that one list defines to a new list, with the table for their values.

Source: spec add_list, custom_fields_copy. The reference asks its own admin pages over HTTP and throws the answer away.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, select

from db.custom_tables import Blob, Time, add_custom_columns, create_custom_table, custom_columns
from db.rows import insert_rows
from db.tables.lists import vicidial_lists_fields
from db.types import Date, Enum, LegacyType, Text, Varchar
from dialer.collation import folded
from dialer.custom_fields import STANDARD
from dialer.lists import list_number

Definition = Mapping[str, Any]
"""A row of vicidial_lists_fields."""

_LABEL = re.compile(r"[0-9A-Za-z_]{1,50}", re.ASCII)
_ENCRYPTABLE = frozenset({"TEXT", "AREA", "DATE", "TIME", "HIDDEN", "READONLY", "HIDEBLOB"})
_TYPED = frozenset({"TEXT", "HIDDEN", "READONLY"})
"""Fields whose width the definition gives."""
_WITHOUT_COLUMN = frozenset({"DISPLAY", "SCRIPT", "SWITCH"})
_WITHOUT_DEFAULT = frozenset({"AREA", "DATE", "TIME", "HIDEBLOB"})
_SEALED_WIDTH = 30
_ALL = [c for c in vicidial_lists_fields.c if c.name != "field_id"]


@dataclass(frozen=True, slots=True)
class FieldCopy:
    """Definitions for a new list, and the columns of its table."""

    list_id: str
    definitions: Sequence[Definition]
    columns: Sequence[Column[Any]]


def load_definitions(list_ids: Iterable[str], connection: Connection) -> dict[int, list[Definition]]:
    """The fields that lists define, by list number, in the order they are shown in; no query without ids."""
    numbers = sorted({list_number(list_id) for list_id in list_ids if list_id})
    found: dict[int, list[Definition]] = {}
    if numbers:
        table = vicidial_lists_fields.c
        wanted = select(*_ALL).where(table.list_id.in_(numbers))
        for row in connection.execute(wanted.order_by(table.field_rank, table.field_order, table.field_label)).mappings():
            found.setdefault(row["list_id"], []).append(dict(row))
    return found


def field_copy(source: Iterable[Definition], list_id: str, present: Iterable[Definition]) -> FieldCopy:
    """What the new list gets of the source list's fields; `present` are those that a deleted list of its id has left behind."""
    labels = {folded(row["field_label"] or "") for row in present}
    definitions, columns = [], []
    for row in source:
        new = _definition(row, list_id, labels)
        if not _LABEL.fullmatch(new["field_label"]) or folded(new["field_label"]) in labels:
            continue
        labels.add(folded(new["field_label"]))
        definitions.append(new)
        column = _column(new)
        if column is not None:
            columns.append(column)
    return FieldCopy(str(list_number(list_id)), definitions, columns)


def store_copy(copy: FieldCopy, connection: Connection) -> None:
    """Make the table, or what is missing of one that is there, then the definitions."""
    there = custom_columns(connection, [copy.list_id]).get(copy.list_id)
    if there is None:
        create_custom_table(connection, copy.list_id, copy.columns)
    else:
        add_custom_columns(connection, copy.list_id, [c for c in copy.columns if folded(c.name) not in map(folded, there)])
    insert_rows(connection, vicidial_lists_fields, copy.definitions)


def _definition(row: Definition, list_id: str, labels: set[str]) -> dict[str, Any]:
    label, kind, width = row["field_label"] or "", row["field_type"] or "", row["field_max"]
    if folded(label) in STANDARD:
        label = label.lower()
    if row["field_duplicate"] == "Y":
        label += f"_DUPLICATE_{sum(one.startswith(folded(label)) for one in labels):03d}"
    sealed = row["field_encrypt"] == "Y" and kind in _ENCRYPTABLE and row["field_duplicate"] != "Y"
    new = {
        **row,
        "list_id": list_number(list_id),
        "field_label": label,
        "field_encrypt": "Y" if sealed else "N",
        "field_max": max(1, width or 0) if kind in _TYPED else width,
    }
    return {**new, "field_cost": _cost(new)}


def _column(row: Definition) -> Column[Any] | None:
    """The column for a field's values; None for a field without, or with one of the lead's own."""
    kind = row["field_type"]
    if kind in _WITHOUT_COLUMN or row["field_duplicate"] == "Y" or row["field_label"] in STANDARD:
        return None
    type_ = _type(row)
    default = None if kind in _WITHOUT_DEFAULT or row["field_default"] == "NULL" else row["field_default"]
    if default is not None and type_.fit(default) != default:  # MariaDB refuses a default that the column would cut
        default = None
    return Column(row["field_label"], type_, server_default=default)


def _type(row: Definition) -> LegacyType:
    kind, sealed = row["field_type"], row["field_encrypt"] == "Y"
    if kind in _TYPED:
        return Varchar(_typed_width(row))
    if sealed and kind in ("DATE", "TIME"):
        return Varchar(_SEALED_WIDTH)
    if kind in _PLAIN:
        return _PLAIN[kind]()
    keys = _option_keys(row)
    return Enum(",".join(keys)) if keys and kind in ("SELECT", "RADIO") else Varchar(max(1, _quoted_length(keys)))


def _typed_width(row: Definition) -> int:
    width = int(row["field_max"])
    if row["field_encrypt"] != "Y":
        return width
    return 4 * width if width >= 8 else _SEALED_WIDTH


def _option_keys(row: Definition) -> list[str]:
    """What may be chosen: the part before the first comma of each line that has one."""
    lines = (row["field_options"] or "").splitlines()
    return [line.partition(",")[0] for line in lines if "," in line]


def _quoted_length(keys: Sequence[str]) -> int:
    return len(",".join(f"'{key}'" for key in keys))


def _cost(row: Definition) -> int:
    """Bytes that the field takes of a row, as the dialer reckons them."""
    kind = row["field_type"]
    if kind in _TYPED:
        return (_typed_width(row) + 1) * 3
    if kind in ("DATE", "TIME") and row["field_encrypt"] == "Y":
        return (_SEALED_WIDTH + 1) * 3
    if kind in _COSTS:
        return _COSTS[kind]
    return _quoted_length(_option_keys(row)) * 3


_PLAIN: Mapping[str, Callable[[], LegacyType]] = {"AREA": Text, "HIDEBLOB": Blob, "DATE": Date, "TIME": Time}
_COSTS = {"AREA": 45, "HIDEBLOB": 45, "DATE": 30, "TIME": 24, "DISPLAY": 3, "SCRIPT": 3, "SWITCH": 3}
