"""The admin log of the dialer: who changed which record. Not the reference's own SQL text, a note that can be read."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from db.rows import insert_rows
from db.tables.web_logs import vicidial_admin_log
from db.types import held
from protocol.functions import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminEvent:
    """One change by a caller: `section` such as USERS, `kind` ADD, MODIFY, DELETE, RESET or OTHER, `code` the legacy name of the event.

    `note` says what was done, without passwords.
    """

    user: str
    client_ip: str
    section: str
    kind: str
    record_id: str
    code: str
    note: str = ""


def write_admin_log(events: Iterable[AdminEvent], moment: Moment, connection: Connection) -> None:
    """A row for each event, in order; the columns cut what is too long."""
    rows = [
        {
            "event_date": moment.text,
            "user": event.user,
            "ip_address": event.client_ip,
            "event_section": event.section,
            "event_type": event.kind,
            "record_id": event.record_id,
            "event_code": event.code,
            "event_sql": "",
            "event_notes": event.note,
        }
        for event in events
    ]
    insert_rows(connection, vicidial_admin_log, rows)


def find_events(user: str, section: str, record_id: str, moment: Moment, connection: Connection) -> list[tuple[int, str, str]]:
    """Id, code and note of what a user did to a record at that moment, in order."""
    table = vicidial_admin_log.c
    same = {"event_date": moment.text, "user": user, "event_section": section, "record_id": record_id}
    query = select(table.admin_log_id, table.event_code, table.event_notes).order_by(table.admin_log_id)
    rows = connection.execute(query.where(*(table[name] == held(table[name], value) for name, value in same.items())))
    return [(event_id, code, note or "") for event_id, code, note in rows]
