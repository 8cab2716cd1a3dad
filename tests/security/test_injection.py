"""SQL in every parameter of every write: nothing but the request's own effect, and no dead letter. Reads: tests/functions."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db.engine import reading, writing
from db.tables.users import vicidial_users
from protocol.functions import Caller
from protocol.messages import LogContext, QueuedRequest
from protocol.parameters import cleaned
from tasks import WRITES
from tests.databases import INNODB, SQLITE
from tests.dialer.rows import put
from tests.writes.bench import LeadBench
from tests.writes.conftest import LeadBenchOf

CANARY = {"user": "canary", "pass": "canary-pass", "user_level": 1, "user_group": "CANARY", "active": "N"}
SQL = (
    "x' OR '1'='1",
    'x" OR "1"="1',
    "x'; UPDATE vicidial_users SET user_level=9, pass='owned' WHERE user='canary'; -- ",
    'x", user_level="9',
    "x\\' UNION SELECT pass FROM vicidial_users -- ",
    "0) OR SLEEP(30) -- ",
    "x' AND (SELECT pass FROM vicidial_users WHERE user='canary') -- ",
    "%') OR 1=1 #",
)
CALLER = Caller(
    user="6666",
    level=9,
    user_group="ADMIN",
    functions=" ALL_FUNCTIONS ",
    rights=frozenset(column.name for column in vicidial_users.c if column.name.startswith(("modify_", "ast_", "vdc_", "delete_", "view_"))),
)


def asked(function: str) -> Iterator[QueuedRequest]:
    """Each text in one parameter after the other, and in all of them at once; with the cleaning off, which takes most of it out."""
    fields = [name for name in WRITES[function].request.__dataclass_fields__ if name not in ("raw", "request_id", "client_ip")]
    useful = {"phone_number": "6025550004", "list_id": "101", "user": "6666", "source": "test", "function": function}
    plain = dict.fromkeys(fields, "ZQ1234567")
    for number, name in enumerate(fields):
        yield request(function, {**plain, **useful, name: SQL[number % len(SQL)]})
    for text in SQL:
        yield request(function, {**useful, **dict.fromkeys(fields, text)})


def request(function: str, sent: dict[str, str]) -> QueuedRequest:
    log = LogContext(
        user="6666", agent_user=sent.get("agent_user", ""), function=function, source="test", client_ip="127.0.0.1", address="http://x/y"
    )
    return QueuedRequest(function=function, caller=CALLER, parameters=cleaned(sent, non_latin=True), raw=sent, log=log)


def canary(engine: Engine) -> dict[str, Any]:
    users = vicidial_users.c
    with reading(engine) as connection:
        rows = connection.execute(select(*(users[name] for name in CANARY)).where(users.user == CANARY["user"])).mappings().all()
    return dict(rows[0]) if len(rows) == 1 else {}


@pytest.mark.parametrize("function", WRITES)
@pytest.mark.parametrize("kind", [SQLITE, INNODB])
def test_sql_in_a_parameter_is_text(kind: str, function: str, lead_bench_of: LeadBenchOf) -> None:
    bench: LeadBench = lead_bench_of(kind)
    if not canary(bench.engine):
        with writing(bench.engine) as connection:
            put(connection, vicidial_users=[CANARY])
    replies = bench.settle(list(asked(function)), logged=True)
    assert canary(bench.engine) == CANARY
    assert not [reply.text for reply in replies if "canary-pass" in reply.text or "SQL" in reply.text.replace(str(SQL), "")[:40]]
