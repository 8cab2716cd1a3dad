"""Calling a phone into the session of an agent: what the dialer's manager is told, and the logs of it. Source: spec blind_monitor."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from sqlalchemy import Connection, select

from db.rows import insert_rows
from db.tables.live import vicidial_live_agents, vicidial_manager
from db.tables.logs import vicidial_dial_log
from db.tables.phones import phones, vicidial_conferences
from db.tables.web_logs import vicidial_report_log, vicidial_rt_monitor_log
from dialer.collation import folded, whole_number
from protocol.functions import Moment

WHISPER_PREFIX = "47378218"
SAME_CODE = timedelta(minutes=10)
"""Caller codes older than this cannot be made again: they carry the second they were made in."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to listen: what stands before the session in the dial string, its name, the first letters of the caller code."""

    prefix: str
    kind: str
    code: str


LISTEN, WHISPER = Mode("0", "LISTEN", "BM"), Mode(WHISPER_PREFIX, "WHISPER", "BW")
BARGE, HIJACK = Mode("", "BARGE", "BB"), Mode("", "HIJACK", "BB")

Session = tuple[int, str]
"""Conference number and server address."""


@dataclass(frozen=True, slots=True)
class MonitorPhone:
    """The phone that is called."""

    dialplan_number: str
    server_ip: str
    outbound_cid: str


@dataclass(frozen=True, slots=True)
class LiveAgent:
    """Who is in a session."""

    user: str = ""
    status: str = ""
    lead_id: int = 0
    campaign_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """One phone to be called into a session."""

    user: str
    client_ip: str
    phone_login: str
    phone: MonitorPhone
    session_id: str
    server_ip: str
    dial: str
    mode: Mode
    caller_code: str
    agent: LiveAgent


def mode_of(stage: str, *, whisper_enabled: bool) -> Mode:
    """The mode that a stage names, in the order of the spec; what names none is LISTEN."""
    if not stage or "MONITOR" in stage:
        return LISTEN
    if "BARGE" in stage:
        return BARGE
    if "HIJACK" in stage:
        return HIJACK
    return WHISPER if "WHISPER" in stage and whisper_enabled else LISTEN


def dialled_server(server_ip: str) -> str:
    """The address as the dial plan takes it: 10.10.10.15 is `010*010*010*015*`."""
    return "".join(f"{part:0>3}*" for part in server_ip.split("."))


def caller_code(mode: Mode, user: str, moment: Moment, taken: Collection[str]) -> str:
    """A code of 20 characters that is not taken: where the same caller has this second's, the next free second's."""
    second = int(moment.utc.replace(tzinfo=UTC).timestamp())
    while (code := f"{mode.code}{second}{user:0>8.8}") in taken:
        second += 1
    return code


def load_sessions(sessions: Iterable[tuple[str, str]], connection: Connection) -> frozenset[Session]:
    """Which of the sessions exist."""
    table, wanted = vicidial_conferences.c, sorted(set(sessions))
    numbers, addresses = {whole_number(number) for number, _ in wanted}, {address for _, address in wanted}
    rows = connection.execute(
        select(table.conf_exten, table.server_ip).where(table.conf_exten.in_(sorted(numbers)), table.server_ip.in_(sorted(addresses)))
    )
    return frozenset((number, address) for number, address in rows)


def load_monitor_phones(logins: Iterable[str], connection: Connection) -> dict[str, MonitorPhone]:
    """The phone of each folded login, active or not."""
    table = phones.c
    columns = table.login, table.dialplan_number, table.server_ip, table.outbound_cid
    rows = connection.execute(
        select(*columns).where(table.login.in_(sorted(set(logins)))).order_by(table.server_ip.desc(), table.extension.desc())
    )
    return {folded(login): MonitorPhone(number or "", server_ip or "", cid or "") for login, number, server_ip, cid in rows}


def load_agents(sessions: Iterable[tuple[str, str]], connection: Connection) -> dict[Session, LiveAgent]:
    """The agent in each session that has one."""
    table, wanted = vicidial_live_agents.c, sorted(set(sessions))
    columns = table.conf_exten, table.server_ip, table.user, table.status, table.lead_id, table.campaign_id
    numbers, addresses = sorted({number for number, _ in wanted}), sorted({address for _, address in wanted})
    rows = connection.execute(select(*columns).where(table.conf_exten.in_(numbers), table.server_ip.in_(addresses)))
    return {
        (whole_number(number), address): LiveAgent(user or "", status or "", lead_id or 0, campaign_id or "")
        for number, address, user, status, lead_id, campaign_id in rows
    }


def load_codes(moment: Moment, connection: Connection) -> set[str]:
    """The caller codes that may be made again, by this clock or one that is a little behind."""
    table = vicidial_rt_monitor_log.c
    since = (moment.now - SAME_CODE).strftime("%Y-%m-%d %H:%M:%S")
    return set(connection.scalars(select(table.caller_code).where(table.monitor_start_time >= since)))


def launch(launched: Sequence[Monitoring], moment: Moment, connection: Connection) -> list[int]:
    """Tell the managers and write the logs; the ids of the managers' rows, in order."""
    ids = insert_rows(connection, vicidial_manager, [_order(one, moment) for one in launched], ids=True)
    insert_rows(connection, vicidial_dial_log, [_dialled(one, moment) for one in launched])
    insert_rows(connection, vicidial_rt_monitor_log, [_monitored(one, moment) for one in launched])
    insert_rows(connection, vicidial_report_log, [_reported(one, moment) for one in launched])
    return ids


def _caller_id(one: Monitoring) -> str:
    return f'"{one.caller_code}" <{one.phone.outbound_cid}>'


def _order(one: Monitoring, moment: Moment) -> Mapping[str, str]:
    return {
        "uniqueid": "",
        "entry_date": moment.text,
        "status": "NEW",
        "response": "N",
        "server_ip": one.phone.server_ip,
        "channel": "",
        "action": "Originate",
        "callerid": one.caller_code,
        "cmd_line_b": f"Channel: Local/{one.dial}@default",
        "cmd_line_c": "Context: default",
        "cmd_line_d": f"Exten: {one.phone.dialplan_number}",
        "cmd_line_e": "Priority: 1",
        "cmd_line_f": f"Callerid: {_caller_id(one)}",
        **{f"cmd_line_{letter}": "" for letter in "ghijk"},
    }


def _dialled(one: Monitoring, moment: Moment) -> Mapping[str, str]:
    return {
        "caller_code": one.caller_code,
        "lead_id": "0",
        "server_ip": one.phone.server_ip,
        "call_date": moment.text,
        "extension": one.phone.dialplan_number,
        "channel": f"Local/{one.dial}@default",
        "timeout": "0",
        "outbound_cid": _caller_id(one),
        "context": "default",
    }


def _monitored(one: Monitoring, moment: Moment) -> Mapping[str, str]:
    return {
        "manager_user": one.user,
        "manager_server_ip": one.phone.server_ip,
        "manager_phone": one.phone_login,
        "manager_ip": one.client_ip,
        "agent_user": one.agent.user,
        "agent_server_ip": one.server_ip,
        "agent_status": one.agent.status,
        "agent_session": one.session_id,
        "lead_id": str(one.agent.lead_id),
        "campaign_id": one.agent.campaign_id,
        "caller_code": one.caller_code,
        "monitor_start_time": moment.text,
        "monitor_type": one.mode.kind,
    }


def _reported(one: Monitoring, moment: Moment) -> Mapping[str, str]:
    notes = (one.user, one.phone.server_ip, one.phone.dialplan_number, one.session_id, one.phone_login)
    return {
        "event_date": moment.text,
        "user": one.user,
        "ip_address": one.client_ip,
        "report_name": "API Blind Monitor",
        "browser": "API",
        "referer": "realtime_report.php",
        "notes": ", ".join(notes),
        "url": "REALTIME BLIND MONITOR",
    }
