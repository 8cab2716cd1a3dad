"""New leads: the row in vicidial_list and the rows that hang on it.

Source: spec add_lead, sections 4 to 8.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from db.rows import insert_columns, insert_rows
from db.tables.leads import vicidial_hopper, vicidial_list, vicidial_list_alt_phones
from dialer.alt_phones import AltPhone
from dialer.callbacks import Callback
from dialer.custom_fields import CustomValues, store_new_values


@dataclass(slots=True, kw_only=True, eq=False)
class NewRow:
    """The row of a new lead: the columns that are named here, the others as `request` has them.

    What the request says of offset and call count plays no part.
    """

    request: Any
    user: str
    list_id: str
    phone_code: str
    state: str
    gmt_offset_now: str
    status: str
    gender: str
    entry_list_id: str
    now: str
    """The moment it was made, which stands for a first call too."""

    def __getitem__(self, column: str) -> Any:
        return _COLUMN[column](self)


_OF_REQUEST = (
    *("vendor_lead_code", "source_id", "phone_number", "title", "first_name", "middle_initial", "last_name"),
    *("address1", "address2", "address3", "city", "province", "postal_code", "country_code", "date_of_birth"),
    *("alt_phone", "email", "security_phrase", "comments", "owner"),
)
_OWN = ("user", "list_id", "phone_code", "state", "gmt_offset_now", "status", "gender", "entry_list_id")
_COLUMN: Mapping[str, Callable[[NewRow], str]] = {
    **{name: attrgetter(name) for name in _OWN},
    **{name: attrgetter(f"request.{name}") for name in _OF_REQUEST},
    "entry_date": attrgetter("now"),
    "last_local_call_time": attrgetter("now"),
    "called_since_last_reset": lambda _: "N",
    "rank": lambda row: row.request.rank or "0",
}
"""What a column of vicidial_list gets of a new row."""


@dataclass(slots=True, eq=False)
class NewLead:
    """A lead that a batch adds, and what hangs on it.

    `values` are those that the lines of its reply show: storing puts lead_id and hopper_id in. It prints as its lead id,
    so that a later request of the batch can name it as its duplicate before the id is known.
    """

    row: NewRow
    values: dict[str, Any]
    alt_phones: tuple[AltPhone, ...] = ()
    custom: CustomValues | None = None
    hopper: dict[str, Any] | None = None
    callback: Callback | None = None
    lead_id: int = 0

    def __str__(self) -> str:
        return str(self.lead_id)


class HopperEntry(NamedTuple):
    """A hopper row, and the values that shall show its hopper_id."""

    row: dict[str, Any]
    values: dict[str, Any]


def hopper_row(*, campaign_id: str, list_id: str, offset: str, state: str, priority: str, vendor_lead_code: str) -> dict[str, Any]:
    """The hopper row of a lead, but for its lead id."""
    return {
        "campaign_id": campaign_id,
        "status": "READY",
        "user": "",
        "list_id": list_id,
        "gmt_offset_now": offset,
        "state": state,
        "priority": priority,
        "source": "P",
        "vendor_lead_code": vendor_lead_code,
    }


def store_leads(leads: Sequence[NewLead], connection: Connection) -> None:
    """Store the leads with their alternate phones and custom fields, and note their ids."""
    if not leads:
        return
    rows = [lead.row for lead in leads]
    columns = {name: list(map(of, rows)) for name, of in _COLUMN.items()}
    for lead, lead_id in zip(leads, insert_columns(connection, vicidial_list, columns), strict=True):
        lead.lead_id = lead.values["lead_id"] = lead_id
    _store_alt_phones(leads, connection)
    store_new_values([(lead.lead_id, lead.custom) for lead in leads if lead.custom], connection)


def find_made(row: Mapping[str, str], claimed: Collection[int], connection: Connection) -> int | None:
    """Id of the first lead with these values that is not claimed yet; None if there is none."""
    table = vicidial_list.c
    same = [table[name] == value for name, value in row.items()]
    query = select(table.lead_id).where(*same, table.lead_id.not_in(sorted(claimed)))
    return connection.scalar(query.order_by(table.lead_id).limit(1))


def store_hopper(entries: Sequence[HopperEntry], connection: Connection) -> None:
    """Store hopper rows and note their ids."""
    for entry, hopper_id in zip(entries, insert_rows(connection, vicidial_hopper, [e.row for e in entries], ids=True), strict=True):
        entry.values["hopper_id"] = hopper_id


def _store_alt_phones(leads: Iterable[NewLead], connection: Connection) -> None:
    rows = [
        {
            "lead_id": lead.lead_id,
            "phone_code": phone.code or "1",
            "phone_number": phone.number,
            "alt_phone_note": phone.note,
            "alt_phone_count": count,
        }
        for lead in leads
        for count, phone in enumerate(lead.alt_phones, 1)
    ]
    insert_rows(connection, vicidial_list_alt_phones, rows)
