"""The API log on a database."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, select

from db.tables.web_logs import vicidial_api_log, vicidial_api_urls, vicidial_urls, vicidial_webservers
from dialer.api_log import REMEMBERED, write_api_log
from protocol.functions import Moment
from protocol.messages import LogContext
from protocol.replies import LogEntry
from tests.dialer.rows import put

NOW = Moment(now=datetime(2026, 11, 23, 12), utc=datetime(2026, 11, 23, 17), daylight=False, zone_offset=-5)
CONTEXT = LogContext(
    user="6666",
    agent_user="1000",
    function="update_cid_group_entry",
    source="test",
    client_ip="10.1.2.3",
    site="dialer.example",
    address="http://dialer.example/vicidial/non_agent_api.php",
    query="user=6666&pass=&function=x",
    began=0.0,
)
DONE = LogEntry("SUCCESS", "x DONE", "1|2")


def rows(connection: Connection, table: Table, *columns: str) -> Sequence[Any]:
    return connection.execute(select(*(table.c[name] for name in columns)).order_by(*table.primary_key)).all()


def test_a_row_for_each_line_and_its_url_beside_it(connection: Connection) -> None:
    began = replace(CONTEXT, began=time.time() - 2)
    write_api_log(connection, [(began, [DONE, LogEntry("NOTICE", "x TOO", "3")]), (CONTEXT, [])], NOW)
    names = ("user", "agent_user", "function", "value", "result", "result_reason", "source", "data", "api_date", "api_script")
    same = ("6666", "1000", "update_cid_group_ent", "")
    assert rows(connection, vicidial_api_log, *names) == [
        (*same, "SUCCESS", "x DONE", "test", "1|2", "2026-11-23 12:00:00", "non-agent"),
        (*same, "NOTICE", "x TOO", "test", "3", "2026-11-23 12:00:00", "non-agent"),
    ]
    ids = [api_id for (api_id,) in rows(connection, vicidial_api_log, "api_id")]
    url = "http://dialer.example/vicidial/non_agent_api.php?user=6666&pass=&function=x"
    assert rows(connection, vicidial_api_urls, "api_id", "remote_ip", "url") == [(api_id, "10.1.2.3", url) for api_id in ids]
    assert 2 <= float(rows(connection, vicidial_api_log, "run_time")[0][0]) < 10


def test_requests_to_one_address_share_its_rows(connection: Connection) -> None:
    other = replace(CONTEXT, site="other.example", address="http://other.example/x")
    write_api_log(connection, [(CONTEXT, [DONE])], NOW)
    write_api_log(connection, [(other, [DONE]), (CONTEXT, [DONE]), (replace(CONTEXT, site="DIALER.example"), [DONE])], NOW)
    sites, urls = [site for (site,) in rows(connection, vicidial_api_log, "webserver")], rows(connection, vicidial_api_log, "api_url")
    assert sites[0] == sites[2] == sites[3] != sites[1]
    assert urls[0] == urls[2] == urls[3] != urls[1]
    assert (len(rows(connection, vicidial_webservers, "webserver")), len(rows(connection, vicidial_urls, "url"))) == (2, 2)


def test_whatever_characters_a_request_holds_it_is_logged(connection: Connection) -> None:
    odd = 'o\'neil "x" \\ ; \U0001f600 \x00 é' + "y" * 300
    context = LogContext(user=odd, agent_user=odd, function=odd, source=odd, client_ip=odd, site=odd, address=odd, query=odd)
    write_api_log(connection, [(context, [LogEntry("ERROR", odd, odd)]), (CONTEXT, [DONE])], NOW)
    assert [len(value) for value in rows(connection, vicidial_api_log, "user", "result_reason")[0]] == [20, 255]
    assert rows(connection, vicidial_api_log, "agent_user")[0][0].startswith('o\'neil "x" \\ ;')
    assert len(rows(connection, vicidial_api_urls, "url")) == 2


def test_urls_left_over_from_an_emptied_log_are_replaced(connection: Connection) -> None:
    write_api_log(connection, [(CONTEXT, [DONE])], NOW)
    last = rows(connection, vicidial_api_log, "api_id")[-1][0]
    put(connection, vicidial_api_urls=[{"api_id": last + n, "url": "left over"} for n in (1, 3)])
    write_api_log(connection, [(CONTEXT, [DONE, DONE, DONE])], NOW)
    assert [url for api_id, url in rows(connection, vicidial_api_urls, "api_id", "url") if api_id > last] == [
        f"{CONTEXT.address}?{CONTEXT.query}"
    ] * 3


def test_what_a_rollback_took_is_not_remembered(connection: Connection) -> None:
    write_api_log(connection, [(CONTEXT, [DONE])], NOW)
    connection.rollback()
    write_api_log(connection, [(CONTEXT, [DONE])], NOW)
    [(webserver,)] = rows(connection, vicidial_webservers, "webserver_id")
    assert rows(connection, vicidial_api_log, "webserver") == [(webserver,)]


@pytest.fixture
def committing(connection: Connection) -> Iterator[Connection]:
    """A connection whose log rows are removed in the end."""
    yield connection
    connection.rollback()
    for table in (vicidial_api_log, vicidial_api_urls, vicidial_urls, vicidial_webservers):
        connection.execute(delete(table))
    connection.commit()
    connection.invalidate()


def test_addresses_that_were_seen_before_cost_no_query(committing: Connection, queries: list[str]) -> None:
    for _ in range(3):
        queries.clear()
        write_api_log(committing, [(CONTEXT, [DONE])], NOW)
        committing.commit()
    assert [query.split()[0] for query in queries] == ["INSERT", "REPLACE"]


def test_what_is_remembered_of_addresses_is_bounded(committing: Connection) -> None:
    for first in range(0, 3 * REMEMBERED, REMEMBERED):
        many = [replace(CONTEXT, address=f"http://dialer.example/{first + n}") for n in range(REMEMBERED)]
        for _ in range(2):
            write_api_log(committing, [(context, [DONE]) for context in many], NOW)
            committing.commit()
    assert len(committing.info["leadmill_vicidial_urls.url"]) <= 2 * REMEMBERED
