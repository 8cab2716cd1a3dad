"""What yesterday's calls to the demo leads left behind, and an agent who is signed in."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from db.rows import insert_rows
from db.tables.live import vicidial_live_agents
from db.tables.logs import (
    recording_log,
    vicidial_agent_log,
    vicidial_closer_log,
    vicidial_did_log,
    vicidial_log,
    vicidial_log_extended,
)

Row = dict[str, object]
SERVER = "10.10.10.16"


def load_calls(connection: Connection, leads: list[Row], now: datetime) -> None:
    """Insert the logs of a call to each lead that was called, of a few calls that came in, and an agent at rest."""
    called = [lead for lead in leads if lead["status"] != "NEW"]
    calls = [_call(lead) for lead in called]
    insert_rows(connection, vicidial_log, [_outbound(lead, call) for lead, call in zip(called, calls, strict=True)])
    insert_rows(connection, vicidial_log_extended, [_extended(call) for call in calls])
    insert_rows(connection, vicidial_agent_log, [_agent(lead, call) for lead, call in zip(called, calls, strict=True)])
    insert_rows(connection, recording_log, [_recording(call) for call in calls if call["user"] == "1000"])
    _load_inbound(connection, called[:6])
    _load_live_agent(connection, now)


def _call(lead: Row) -> Row:
    began = datetime.fromisoformat(str(lead["last_local_call_time"]))
    seconds = 30 + int(str(lead["lead_id"])) % 200
    start = int(began.timestamp())
    return {
        "uniqueid": f"{start}.{lead['lead_id']}",
        "caller_code": f"M{began:%m%d%H%M%S}{int(str(lead['lead_id'])):09}",
        "lead_id": lead["lead_id"],
        "user": lead["user"],
        "began": began,
        "start": start,
        "seconds": seconds,
    }


def _outbound(lead: Row, call: Row) -> Row:
    same = ("lead_id", "list_id", "status", "phone_code", "phone_number", "user", "called_count")
    return {name: lead[name] for name in same} | {
        "uniqueid": call["uniqueid"],
        "campaign_id": "TESTCAMP",
        "call_date": f"{call['began']}",
        "start_epoch": call["start"],
        "end_epoch": _end(call),
        "length_in_sec": call["seconds"],
        "comments": "AUTO",
        "processed": "Y",
        "user_group": "AGENTS",
        "term_reason": "CALLER",
        "alt_dial": "MAIN",
    }


def _end(call: Row) -> int:
    return int(str(call["start"])) + int(str(call["seconds"]))


def _extended(call: Row) -> Row:
    return {name: call[name] for name in ("uniqueid", "lead_id", "caller_code")} | {"server_ip": SERVER, "call_date": f"{call['began']}"}


def _agent(lead: Row, call: Row) -> Row:
    start, talked = int(str(call["start"])), int(str(call["seconds"]))
    return {
        "user": call["user"],
        "server_ip": SERVER,
        "event_time": f"{call['began']}",
        "lead_id": call["lead_id"],
        "campaign_id": "TESTCAMP",
        "pause_epoch": start - 15,
        "pause_sec": 5,
        "wait_epoch": start - 10,
        "wait_sec": 10,
        "talk_epoch": start,
        "talk_sec": talked,
        "dispo_epoch": start + talked,
        "dispo_sec": 6,
        "status": lead["status"],
        "user_group": "AGENTS",
        "sub_status": "BREAK" if start % 7 == 0 else "",
        "dead_sec": 0,
        "uniqueid": call["uniqueid"],
    }


def _recording(call: Row) -> Row:
    name = f"{call['began']:%Y%m%d-%H%M%S}_{call['lead_id']}_{call['user']}"
    return {
        "server_ip": SERVER,
        "extension": "8309",
        "start_time": f"{call['began']}",
        "start_epoch": call["start"],
        "end_epoch": _end(call),
        "length_in_sec": call["seconds"],
        "length_in_min": f"{int(str(call['seconds'])) / 60:.2f}",
        "filename": name,
        "location": f"http://{SERVER}/RECORDINGS/MP3/{name}-all.mp3",
        "lead_id": call["lead_id"],
        "user": call["user"],
        "vicidial_id": call["uniqueid"],
    }


def _load_inbound(connection: Connection, leads: list[Row]) -> None:
    """Those who called back an hour later."""
    calls = [_call(lead) for lead in leads]
    for call in calls:
        call["began"] = datetime.fromisoformat(str(call["began"])) + timedelta(hours=1)
        call["start"] = int(str(call["start"])) + 3600
        call["uniqueid"] = f"{call['start']}.{call['lead_id']}"
        call["caller_code"] = f"Y{call['began']:%m%d%H%M%S}{int(str(call['lead_id'])):09}"
    rows = [_outbound(lead, call) | {"campaign_id": "SALESLINE", "queue_seconds": 4} for lead, call in zip(leads, calls, strict=True)]
    for row in rows:
        del row["alt_dial"]
    insert_rows(connection, vicidial_closer_log, rows)
    insert_rows(connection, vicidial_log_extended, [_extended(call) for call in calls])
    insert_rows(connection, vicidial_did_log, [_did(lead, call) for lead, call in zip(leads, calls, strict=True)])


def _did(lead: Row, call: Row) -> Row:
    return {
        "uniqueid": call["uniqueid"],
        "channel": "SIP/demo",
        "server_ip": SERVER,
        "caller_id_number": lead["phone_number"],
        "caller_id_name": lead["last_name"],
        "extension": "7275553331",
        "call_date": f"{call['began']}",
        "did_id": 2,
        "did_route": "IN_GROUP",
    }


def _load_live_agent(connection: Connection, now: datetime) -> None:
    moment = f"{now:%Y-%m-%d %H:%M:%S}"
    row = {
        "user": "1000",
        "server_ip": SERVER,
        "conf_exten": "8600051",
        "extension": "SIP/cc100",
        "status": "PAUSED",
        "lead_id": 0,
        "campaign_id": "TESTCAMP",
        "uniqueid": "",
        "callerid": "",
        "random_id": 12345678,
        "last_call_time": moment,
        "last_update_time": moment,
        "last_call_finish": moment,
        "last_state_change": moment,
        "closer_campaigns": " SALESLINE SUPPORT -",
        "call_server_ip": SERVER,
        "user_level": 1,
        "calls_today": 3,
        "outbound_autodial": "Y",
        "pause_code": "LOGIN",
    }
    connection.execute(insert(vicidial_live_agents), row)
