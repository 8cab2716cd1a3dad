"""New leads: the row in vicidial_list and the rows that hang on it.

Source: spec add_lead, sections 4 to 8.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from db.rows import insert_rows
from db.tables.leads import vicidial_hopper, vicidial_list, vicidial_list_alt_phones
from dialer.alt_phones import AltPhone
from dialer.callbacks import Callback
from dialer.custom_fields import CustomValues, store_new_values


@dataclass(slots=True, eq=False)
class NewLead:
    """A lead that a batch adds, and what hangs on it.

    `values` are those that the lines of its reply show: storing puts lead_id and hopper_id in. It prints as its lead id,
    so that a later request of the batch can name it as its duplicate before the id is known.
    """

    row: dict[str, Any]
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


def lead_row(request: Any, *, user: str, list_id: str, phone_code: str, state: str, offset: str, status: str, now: str) -> dict[str, Any]:
    """The row of a new lead; what the request says of status, offset and call count plays no part."""
    return {
        "entry_date": now,
        "status": status,
        "user": user,
        "vendor_lead_code": request.vendor_lead_code,
        "source_id": request.source_id,
        "list_id": list_id,
        "gmt_offset_now": offset,
        "called_since_last_reset": "N",
        "phone_code": phone_code,
        "phone_number": request.phone_number,
        "title": request.title,
        "first_name": request.first_name,
        "middle_initial": request.middle_initial,
        "last_name": request.last_name,
        "address1": request.address1,
        "address2": request.address2,
        "address3": request.address3,
        "city": request.city,
        "state": state,
        "province": request.province,
        "postal_code": request.postal_code,
        "country_code": request.country_code,
        "gender": request.gender or "U",
        "date_of_birth": request.date_of_birth,
        "alt_phone": request.alt_phone,
        "email": request.email,
        "security_phrase": request.security_phrase,
        "comments": request.comments,
        "last_local_call_time": now,
        "rank": request.rank or "0",
        "owner": request.owner,
        "entry_list_id": request.entry_list_id or "0",
    }


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
    for lead, lead_id in zip(leads, insert_rows(connection, vicidial_list, [lead.row for lead in leads], ids=True), strict=True):
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
