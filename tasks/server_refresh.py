"""server_refresh: asks every telephony server to write its configuration anew. Source: spec server_refresh.

The number shown is that of servers which were not asked already. The error shows three parameters of update_phone_alias,
as the reference does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, update

from db.tables.system import servers, system_settings
from dialer.admin_log import AdminEvent, find_events, write_admin_log
from protocol.functions import Caller, Claimed, Decision, Moment, Permission, Write
from protocol.replies import Reply, Said, error, reply, success

NO_PERMISSION = error("server_refresh USER DOES NOT HAVE PERMISSION TO REFRESH SERVERS: |{user}|0", "0")
MISSING = error(
    "server_refresh YOU MUST USE ALL REQUIRED FIELDS: |{user}|{alias_id}|{alias_name}|{phone_logins}",
    "{alias_id}|{alias_name}|{phone_logins}",
)
TRIGGERED = success("server_refresh SERVER REFRESH HAS BEEN TRIGGERED - {user}|{changed}", "{changed}")

SECTION, RECORD, NOTE = "SERVERS", "refresh", "servers: "
"""How the admin log tells of a refresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRefresh:
    """The parameters of server_refresh."""

    stage: str = ""
    alias_id: str = ""
    alias_name: str = ""
    phone_logins: str = ""
    client_ip: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """Who asked, and the values of the line that is to show how many servers changed."""

    caller: str
    client_ip: str
    values: dict[str, Any]


def load(_requests: Sequence[ServerRefresh], _callers: Sequence[Caller], moment: Moment, _connection: Connection) -> Moment:
    """Nothing but the moment: what is asked depends on no row."""
    return moment


def decide(request: ServerRefresh, caller: Caller, _moment: Moment) -> Decision:
    """REFRESH anywhere in the stage will do."""
    values: dict[str, Any] = {"user": caller.user}
    if "REFRESH" in request.stage:
        return Decision([Said(TRIGGERED, values)], Work(caller.user, request.client_ip, values))
    sent = {name: getattr(request, name) for name in ("alias_id", "alias_name", "phone_logins")}
    return Decision([Said(MISSING, {**values, **sent})])


def store(decisions: Sequence[Decision], moment: Moment, connection: Connection) -> list[Reply]:
    """Set the flags, count the servers, and write the admin log."""
    work: list[Work] = [d.work for d in decisions if d.work]
    for one in work:
        one.values["changed"] = _ask_all(connection)
    if work:
        connection.execute(update(system_settings).values(reload_timestamp=moment.text))
    write_admin_log([_event(one) for one in work], moment, connection)
    return [reply(*d.said) for d in decisions]


def _ask_all(connection: Connection) -> int:
    flag = servers.c.rebuild_conf_files
    return connection.execute(update(servers).where(or_(flag != "Y", flag.is_(None))).values(rebuild_conf_files="Y")).rowcount


def _event(work: Work) -> AdminEvent:
    return AdminEvent(
        user=work.caller,
        client_ip=work.client_ip,
        section=SECTION,
        kind="OTHER",
        record_id=RECORD,
        code="ADMIN API SERVERS REFRESH",
        note=f"{NOTE}{work.values['changed']}",
    )


def recover(request: ServerRefresh, caller: Caller, moment: Moment, claimed: Claimed, connection: Connection) -> Reply | None:
    """The row of the admin log, where there is one, tells the number; asking the servers again does no harm."""
    if "REFRESH" not in request.stage:
        return None
    for event_id, _, note in find_events(caller.user, SECTION, RECORD, moment, connection):
        if event_id not in claimed.events:
            claimed.events.add(event_id)
            return reply(TRIGGERED(user=caller.user, changed=note.removeprefix(NOTE)))
    return None


FUNCTION = Write(
    name="server_refresh",
    request=ServerRefresh,
    permission=Permission(level=8, flags=("ast_admin_access", "vdc_agent_api_access"), refusal=NO_PERMISSION),
    load=load,
    decide=decide,
    store=store,
    recover=recover,
)
