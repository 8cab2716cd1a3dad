"""The admin log of the dialer: who changed which record. Not the reference's own SQL text, a note that can be read."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from db.rows import insert_rows
from db.tables.web_logs import vicidial_admin_log
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
