"""What a batch changes about leads that exist, and storing it with multi-row statements.

Source: spec update_lead, sections 4 to 8.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, select

from db.custom_tables import custom_table
from db.rows import insert_rows
from db.tables.leads import vicidial_callbacks, vicidial_callbacks_archive, vicidial_list
from db.types import held
from db.updates import update_rows
from dialer.callbacks import callback_row
from dialer.custom_fields import CustomValues, store_updated_values
from dialer.lead_search import LeadRow
from dialer.leads import HopperEntry, NewLead, store_hopper, store_leads

CallbackRow = dict[str, Any]
"""A row of vicidial_callbacks, by column."""


@dataclass(slots=True)
class LeadChanges:
    """Everything that one request changes about leads that exist.

    `updates` and `callback_updates` are columns by id; `archived` are callbacks to be moved to the archive.
    """

    updates: dict[int, dict[str, Any]] = field(default_factory=dict)
    deleted: list[int] = field(default_factory=list)
    archived: list[CallbackRow] = field(default_factory=list)
    callback_updates: dict[int, dict[str, Any]] = field(default_factory=dict)
    callbacks: list[CallbackRow] = field(default_factory=list)
    custom: list[tuple[int, CustomValues, dict[str, Any]]] = field(default_factory=list)
    """Lead id, custom values, and the values of the line that shall show how many rows were `changed`."""
    custom_deleted: list[tuple[str, int]] = field(default_factory=list)
    hopper: HopperEntry | None = None


def differing(row: LeadRow, values: dict[str, Any]) -> dict[str, Any]:
    """The values that would change the row, as their columns will hold them."""
    fitted = {name: held(vicidial_list.c[name], value) for name, value in values.items()}
    return {name: value for name, value in fitted.items() if value != row[name]}


def load_callback_rows(lead_ids: Iterable[int], connection: Connection) -> dict[int, list[CallbackRow]]:
    """Callbacks by lead, the one stored first in front; no query without leads."""
    wanted = sorted(lead_ids)
    found: dict[int, list[CallbackRow]] = {}
    if wanted:
        table = vicidial_callbacks
        for row in connection.execute(select(table).where(table.c.lead_id.in_(wanted)).order_by(table.c.callback_id)).mappings():
            found.setdefault(row["lead_id"], []).append(dict(row))
    return found


def load_archived_ids(callback_ids: Iterable[int], connection: Connection) -> set[int]:
    """Those of the callbacks whose id the archive already has."""
    wanted, column = sorted(callback_ids), vicidial_callbacks_archive.c.callback_id
    return set(connection.scalars(select(column).where(column.in_(wanted)))) if wanted else set()


def store_changes(work: Sequence[NewLead | LeadChanges], now: str, connection: Connection) -> None:
    """Store what a batch decided. No two of the changes may concern the same lead.

    Rows are numbered in the order of the changes: replies show some of the numbers.
    """
    new = [w for w in work if isinstance(w, NewLead)]
    store_leads(new, connection)
    if len(new) < len(work):
        _store_updates([w for w in work if isinstance(w, LeadChanges)], connection)
    insert_rows(connection, vicidial_callbacks, [row for w in work for row in _callbacks(w, now)])
    store_hopper([entry for w in work if (entry := _hopper_entry(w))], connection)


def _store_updates(changes: Sequence[LeadChanges], connection: Connection) -> None:
    update_rows(connection, vicidial_list, [item for c in changes for item in c.updates.items()])
    _archive([row for c in changes for row in c.archived], connection)
    _store_custom([item for c in changes for item in c.custom], connection)
    delete_custom([item for c in changes for item in c.custom_deleted], connection)
    if deleted := [lead_id for c in changes for lead_id in c.deleted]:
        connection.execute(delete(vicidial_list).where(vicidial_list.c.lead_id.in_(deleted)))
    update_rows(connection, vicidial_callbacks, [item for c in changes for item in c.callback_updates.items()])


def _callbacks(work: NewLead | LeadChanges, now: str) -> Sequence[CallbackRow]:
    if isinstance(work, LeadChanges):
        return work.callbacks
    return [callback_row(work.callback, work.lead_id, work.row.list_id, now)] if work.callback else ()


def _hopper_entry(work: NewLead | LeadChanges) -> HopperEntry | None:
    if isinstance(work, LeadChanges):
        return work.hopper
    return HopperEntry({"lead_id": work.lead_id, **work.hopper}, work.values) if work.hopper else None


def _archive(rows: Sequence[CallbackRow], connection: Connection) -> None:
    """Copy callbacks to the archive, and only then delete them."""
    if rows:
        insert_rows(connection, vicidial_callbacks_archive, rows)
        callback_id = vicidial_callbacks.c.callback_id
        connection.execute(delete(vicidial_callbacks).where(callback_id.in_([row["callback_id"] for row in rows])))


def _store_custom(writes: Sequence[tuple[int, CustomValues, dict[str, Any]]], connection: Connection) -> None:
    counts = store_updated_values([(lead_id, custom) for lead_id, custom, _ in writes], connection) if writes else []
    entry_lists = {}
    for (lead_id, custom, values), changed in zip(writes, counts, strict=True):
        values["changed"] = changed
        if changed:
            entry_lists[lead_id] = {"entry_list_id": custom.list_id}
    update_rows(connection, vicidial_list, list(entry_lists.items()))


def delete_custom(rows: Iterable[tuple[str, int]], connection: Connection) -> None:
    """Delete the custom values of leads, each given with the list whose table they stand in; it must be there."""
    by_list: dict[str, list[int]] = {}
    for list_id, lead_id in rows:
        by_list.setdefault(list_id, []).append(lead_id)
    for list_id, lead_ids in by_list.items():
        table = custom_table(connection, list_id, ())
        connection.execute(delete(table).where(table.c.lead_id.in_(lead_ids)))
