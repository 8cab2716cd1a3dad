"""blind_monitor: calls a phone and puts it into the session of an agent. Source: spec blind_monitor.

A source of queuemetrics gives no right; a stage that names no mode is MONITOR.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dialer.collation import folded, whole_number
from dialer.locks import lock
from dialer.monitoring import (
    LiveAgent,
    Monitoring,
    MonitorPhone,
    Session,
    caller_code,
    dialled_server,
    launch,
    load_agents,
    load_codes,
    load_monitor_phones,
    load_sessions,
    mode_of,
)
from dialer.system_settings import system_settings
from protocol.functions import Caller, Decision, Moment, Permission, Write
from protocol.replies import Reply, Said, error, reply, success

NO_PERMISSION = error("blind_monitor USER DOES NOT HAVE PERMISSION TO BLIND MONITOR: |{user}|0|", "0")
NO_SUCH_SESSION = error("blind_monitor INVALID SESSION ID - {session_id}|{server_ip}|{user}", "{session_id}")
NO_SUCH_PHONE = error("blind_monitor INVALID PHONE LOGIN - {phone_login}|{user}", "{phone_login}")
LAUNCHED = success(
    "blind_monitor HAS BEEN LAUNCHED - {phone_login}|{dial}|{dialplan_number}|{session_id}|{man_id}|{user}",
    "{phone_login}|{dialled_server}|{session_id}|{man_id}",
)

LOCK = "caller codes"
"""One batch at a time makes caller codes: the dialer's log takes each only once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindMonitor:
    """The parameters of blind_monitor."""

    phone_login: str = ""
    session_id: str = ""
    server_ip: str = ""
    stage: str = ""
    client_ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the database says of a batch; `codes` grow as requests are decided."""

    moment: Moment
    sessions: frozenset[Session]
    phones: Mapping[str, MonitorPhone]
    agents: Mapping[Session, LiveAgent]
    whisper_enabled: bool
    codes: set[str]


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be launched, and the values of the line that is to show its id."""

    monitoring: Monitoring
    values: dict[str, Any]


def load(requests: Sequence[BlindMonitor], _callers: Sequence[Caller], moment: Moment, connection: Connection) -> Facts:
    """The facts for a batch, in a fixed number of queries."""
    lock([LOCK], connection)
    sessions = [(r.session_id, r.server_ip) for r in requests]
    return Facts(
        moment=moment,
        sessions=load_sessions(sessions, connection),
        phones=load_monitor_phones((r.phone_login for r in requests), connection),
        agents=load_agents(sessions, connection),
        whisper_enabled=system_settings(connection)["agent_whisper_enabled"] == "1",
        codes=load_codes(moment, connection),
    )


def decide(request: BlindMonitor, caller: Caller, facts: Facts) -> Decision:
    """Refuse an unknown session or phone, else launch the call. Whether an agent is in the session does not matter."""
    shown = ("phone_login", "session_id", "server_ip")
    values: dict[str, Any] = {"user": caller.user, **{name: getattr(request, name) for name in shown}}
    session = whole_number(request.session_id), request.server_ip
    if not request.session_id or session not in facts.sessions:
        return Decision([Said(NO_SUCH_SESSION, values)])
    phone = facts.phones.get(folded(request.phone_login)) if request.phone_login else None
    if phone is None:
        return Decision([Said(NO_SUCH_PHONE, values)])
    mode = mode_of(request.stage, whisper_enabled=facts.whisper_enabled)
    code = caller_code(mode, caller.user, facts.moment, facts.codes)
    facts.codes.add(code)
    server = dialled_server(request.server_ip)
    dial = f"{server}{mode.prefix}{request.session_id}"
    values.update(dial=dial, dialled_server=server, dialplan_number=phone.dialplan_number)
    monitoring = Monitoring(
        user=caller.user,
        client_ip=request.client_ip,
        phone_login=request.phone_login,
        phone=phone,
        session_id=request.session_id,
        server_ip=request.server_ip,
        dial=dial,
        mode=mode,
        caller_code=code,
        agent=facts.agents.get(session, LiveAgent()),
    )
    return Decision([Said(LAUNCHED, values)], Work(monitoring, values))


def store(decisions: Sequence[Decision], facts: Facts, connection: Connection) -> list[Reply]:
    """Launch what was decided; the lines show the ids of the managers' rows."""
    work: list[Work] = [d.work for d in decisions if d.work]
    for one, man_id in zip(work, launch([w.monitoring for w in work], facts.moment, connection), strict=True):
        one.values["man_id"] = man_id
    return [reply(*d.said) for d in decisions]


FUNCTION = Write(
    name="blind_monitor",
    request=BlindMonitor,
    permission=Permission(level=7, flags=("vdc_agent_api_access",), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
)
