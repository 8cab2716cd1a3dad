"""Lead writes straight through a Batch: a small dialer, the same at every start, and everything that is in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, Table, delete, select, text

from db.custom_tables import custom_table
from db.engine import writing
from db.tables.leads import vicidial_callbacks, vicidial_callbacks_archive, vicidial_hopper, vicidial_list, vicidial_list_alt_phones
from db.tables.metadata import legacy
from protocol.functions import Caller
from protocol.messages import LogContext, QueuedRequest
from protocol.parameters import cleaned
from protocol.replies import Reply
from tests.dialer.rows import put
from workers.batches import Batch
from workers.ledger import RequestLedger

CALLER = Caller(user="6666", level=9)
LIMITED = Caller(user="6667", level=9, restricted=True, campaigns=("CAMP1",))
NUMBERED = (vicidial_list, vicidial_hopper, vicidial_callbacks, vicidial_list_alt_phones)
"""Tables whose ids replies or other rows show; each run numbers them from the same start."""
CUSTOM = {"101": ("favorite_color", "appointment_date"), "102": ("nickname",)}
SETTING: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "vicidial_campaigns": [{"campaign_id": f"CAMP{n}", "active": "Y", "local_call_time": "24hours"} for n in (1, 2)],
    "vicidial_lists": [{"list_id": n, "campaign_id": "CAMP2" if n == 103 else "CAMP1", "active": "Y"} for n in (101, 102, 103)],
    "vicidial_lists_fields": [
        {"list_id": list_id, "field_label": name, "field_rank": 1, "field_order": 1, "field_type": "TEXT"}
        for list_id, names in CUSTOM.items()
        for name in names
    ],
    "vicidial_call_times": [{"call_time_id": "24hours", "ct_default_start": 0, "ct_default_stop": 2400}],
    "vicidial_phone_codes": [
        {"country_code": 1, "areacode": "602", "state": "AZ", "GMT_offset": "-7.00", "DST": "N", "DST_range": "", "tz_code": "MST"}
    ],
    "vicidial_users": [{"user": "6666", "user_group": "ADMIN"}, {"user": "1001", "user_group": "AGENTS"}],
    "system_settings": [{"custom_fields_enabled": "1"}],
    "vicidial_dnc": [{"phone_number": "6025550009"}],
}
OLD = {"phone_code": "1", "status": "NEW", "called_since_last_reset": "Y", "gmt_offset_now": "-7.00", "state": "AZ", "user": "1001"}
START: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "vicidial_list": [
        {**OLD, "lead_id": n, "list_id": list_id, "phone_number": phone, "vendor_lead_code": code, "entry_date": f"2026-10-0{n} 08:00:00"}
        for n, list_id, phone, code in (
            (1, 101, "6025550001", "A"),
            (2, 102, "6025550001", "B"),
            (3, 103, "6025550002", "C"),
            (4, 101, "6025550003", "A"),
        )
    ],
    "vicidial_callbacks": [{"callback_id": 1, "lead_id": 1, "list_id": 101, "campaign_id": "CAMP1", "status": "ACTIVE"}],
    "vicidial_callbacks_archive": [{"callback_id": 2, "lead_id": 1, "list_id": 101, "campaign_id": "CAMP1", "status": "DEAD"}],
    "vicidial_hopper": [
        {"hopper_id": 1, "lead_id": 2, "campaign_id": "CAMP1", "status": "READY", "list_id": 102, "gmt_offset_now": "-7.00"}
    ],
}
CHANGING = (*NUMBERED, vicidial_callbacks_archive)


class StrictLedger(RequestLedger):
    """A request that fails fails the test."""

    def bury(self, _connection: Connection, _position: int, request: QueuedRequest, error: Exception) -> None:
        """No dead letters here."""
        raise AssertionError(f"dead letter: {request.function} {dict(request.parameters)}") from error


@dataclass(frozen=True, slots=True)
class LeadBench:
    """A database with the small dialer in it."""

    engine: Engine

    def prepare(self) -> None:
        """Make the custom tables, and the rows that no lead write changes."""
        with writing(self.engine) as connection:
            for list_id, names in CUSTOM.items():
                columns = ", ".join(f"{name} {'DATE' if name.endswith('date') else 'VARCHAR(20)'}" for name in names)
                connection.execute(text(f"CREATE TABLE custom_{list_id} (lead_id INTEGER NOT NULL PRIMARY KEY, {columns})"))
            for name in SETTING:
                connection.execute(delete(legacy.tables[name]))
            put(connection, **SETTING)

    def reset(self) -> None:
        """Put the start back, ids included."""
        sqlite = self.engine.dialect.name == "sqlite"
        with writing(self.engine) as connection:
            for table in CHANGING:
                connection.execute(delete(table))
            for list_id in CUSTOM:
                connection.execute(text(f"DELETE FROM custom_{list_id}"))
            for table in NUMBERED:
                if not sqlite:
                    connection.execute(text(f"ALTER TABLE {table.name} AUTO_INCREMENT = 1"))
                elif connection.scalar(text("SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")):
                    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
            put(connection, **START)
            connection.execute(text("INSERT INTO custom_101 (lead_id, favorite_color) VALUES (1, 'red')"))

    def settle(self, requests: Sequence[QueuedRequest], *, logged: bool = False) -> list[Reply]:
        """The replies to a batch."""
        ledger = StrictLedger(batch_id=uuid4().hex, redelivered=False)
        return Batch(engine=self.engine, requests=requests, ledger=ledger, zone=None, logged=logged).settle()

    def held(self) -> dict[str, list[dict[str, Any]]]:
        """Every row that lead writes change, but for modify_date, which the database sets by its own clock."""
        with self.engine.connect() as connection:
            found = {table.name: rows(table, connection) for table in CHANGING}
            for list_id, names in CUSTOM.items():
                found[f"custom_{list_id}"] = rows(custom_table(connection, list_id, names), connection)
        return found


def rows(table: Table, connection: Connection) -> list[dict[str, Any]]:
    """The rows of a table in the order of their key."""
    columns = [c for c in table.columns if c.name != "modify_date"]
    return [dict(row) for row in connection.execute(select(*columns).order_by(*table.primary_key.columns)).mappings()]


def request(function: str, sent: Mapping[str, str], caller: Caller = CALLER, *, non_latin: bool = False) -> QueuedRequest:
    """A request as the API would queue it."""
    log = LogContext(user=caller.user, function=function, source="test", client_ip="127.0.0.1")
    return QueuedRequest(function=function, caller=caller, parameters=cleaned(sent, non_latin=non_latin), raw=dict(sent), log=log)
