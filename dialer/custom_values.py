"""Custom fields as reads show them: what the table of a list holds for its leads, and what is hidden from a caller.

Source: spec lead_field_info and lead_status_search. Encrypted values come out as they are stored: what decrypts them is
a program of the dialer.
"""

from collections.abc import Mapping, Sequence, Set

from sqlalchemy import Connection, select

from db.custom_tables import custom_table
from db.tables.lists import vicidial_lists_fields
from dialer.lists import list_number
from protocol.functions import Caller

HIDES_FIELDS = "cf_encrypt"
"""The module of system_settings.active_modules by which fields can be hidden."""


def load_custom_values(list_id: str, columns: Sequence[str], lead_ids: Sequence[int], connection: Connection) -> dict[int, list[str]]:
    """Values of leads by lead id, in the order of `columns`; a lead without a row is not in it. NULL is empty.

    `list_id` and `columns` must be those of a table that exists (db.custom_tables.custom_columns).
    """
    table = custom_table(connection, list_id, columns)
    wanted = select(table.c.lead_id, *(table.c[name] for name in columns)).where(table.c.lead_id.in_(lead_ids))
    return {row[0]: ["" if value is None else str(value) for value in row[1:]] for row in connection.execute(wanted)}


def load_hidden_fields(
    list_ids: Sequence[str], caller: Caller, settings: Mapping[str, str], connection: Connection
) -> Set[tuple[int, str]]:
    """Fields that are not to be shown to the caller, as list number and lower-case label. One statement, or none."""
    if HIDES_FIELDS not in settings.get("active_modules", "") or "admin_cf_show_hidden" in caller.rights:
        return frozenset()
    fields = vicidial_lists_fields.c
    numbers = sorted({list_number(list_id) for list_id in list_ids})
    wanted = select(fields.list_id, fields.field_label).where(fields.list_id.in_(numbers), fields.field_show_hide != "DISABLED")
    return frozenset((list_id, (label or "").lower()) for list_id, label in connection.execute(wanted))


def crossed_out(value: str) -> str:
    """An X for each byte; line feeds stay."""
    return "\n".join("X" * len(line.encode()) for line in value.split("\n"))
