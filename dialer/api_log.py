"""The API log of the dialer: vicidial_api_log and vicidial_api_urls, for many requests at once.

Source: spec 00, section 9. Rows are written whatever characters they hold; the columns cut what is too long.
"""

import socket
import time
from collections.abc import Iterable, Sequence

from sqlalchemy import Column, Connection, select

from db.rows import insert_with_commit, inserting_missing
from db.tables.web_logs import vicidial_api_log, vicidial_api_urls, vicidial_urls, vicidial_webservers
from dialer.collation import folded
from protocol.functions import Moment
from protocol.messages import LogContext
from protocol.replies import LogEntry

URL_WIDTH, NAME_WIDTH = 255, 125
REMEMBERED = 1000
"""Ids of addresses that one connection remembers at most: the sender of a request chooses the host name."""
MAKING = "leadmill_log_names"
"""Key of connection.info: the transaction that last made a row of these names."""

Logged = tuple[LogContext, Sequence[LogEntry]]


def write_api_log(connection: Connection, answers: Iterable[Logged], moment: Moment) -> None:
    """Write a row for each line that was logged of each request, and its URL beside it."""
    lines = [(context, entry) for context, entries in answers for entry in entries]
    if not lines:
        return
    webservers = _webserver_ids({_site(context) for context, _ in lines}, connection)
    urls = _url_ids({_address(context) for context, _ in lines}, connection)
    finished = time.time()
    rows = [
        {
            "user": context.user,
            "agent_user": entry.agent_user or context.agent_user,
            "function": entry.function or context.function,
            "value": "",
            "result": entry.result,
            "result_reason": entry.reason,
            "source": context.source,
            "data": entry.data,
            "api_date": moment.text,
            "api_script": "non-agent",
            "run_time": f"{max(0.0, finished - context.began):.6f}",
            "webserver": webservers.get(_site(context), 0),
            "api_url": urls.get(_address(context), 0),
        }
        for context, entry in lines
    ]
    ids = insert_with_commit(connection, vicidial_api_log, rows, ids=True)
    sent = [
        {"api_id": api_id, "api_date": moment.text, "remote_ip": context.client_ip, "url": f"{context.address}?{context.query}"}
        for api_id, (context, _) in zip(ids, lines, strict=True)
    ]
    # A log that was emptied numbers from 1 again, and the URLs of its old rows are still there.
    insert_with_commit(connection, vicidial_api_urls, sent, replacing=True)


def _site(context: LogContext) -> str:
    return context.site.encode("ascii", "replace").decode()[:NAME_WIDTH]


def _address(context: LogContext) -> str:
    # A letter of four bytes cannot even be compared with a dialer's column of three.
    return context.address.encode("ascii", "replace").decode()[:URL_WIDTH]


def _url_ids(addresses: set[str], connection: Connection) -> dict[str, int]:
    return _ids(vicidial_urls.c.url_id, vicidial_urls.c.url, addresses, {}, connection)


def _webserver_ids(sites: set[str], connection: Connection) -> dict[str, int]:
    machine = {"hostname": socket.gethostname()[:NAME_WIDTH]}
    return _ids(vicidial_webservers.c.webserver_id, vicidial_webservers.c.webserver, sites, machine, connection)


def _ids(number: Column[int], name: Column[str], wanted: set[str], others: dict[str, str], connection: Connection) -> dict[str, int]:
    """Id of each name, made where it is missing; a name that cannot be stored has none."""
    known: dict[str, int] = connection.info.setdefault(f"leadmill_{name}", {})
    missing = wanted - known.keys()
    found = _found(number, name, missing, others, connection) if missing else {}
    made = missing - found.keys()
    if made:
        connection.execute(inserting_missing(name.table), [{name.name: n, **others} for n in sorted(made)])
        connection.info[MAKING] = connection.get_transaction()
        found |= _found(number, name, made, others, connection)
    ids = known | found
    if connection.info.get(MAKING) is not connection.get_transaction():  # a rollback would take back what was made
        if len(known) > REMEMBERED:
            known.clear()
        known.update(found)
    return ids


def _found(number: Column[int], name: Column[str], wanted: set[str], others: dict[str, str], connection: Connection) -> dict[str, int]:
    conditions = [name.table.c[column] == value for column, value in others.items()]
    rows = connection.execute(select(number, name).where(name.in_(wanted), *conditions))
    numbers = {folded(text): api_id for api_id, text in rows}
    return {text: numbers[folded(text)] for text in wanted if folded(text) in numbers}
