"""SQL in each parameter of each function, one after the other, in requests that succeed: so that no early refusal hides where it goes.

The requests, and the rows they need, are those of recorded conversations. What a request does is rolled back.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from api.functions import READS
from db.engine import open_engine, writing
from dialer.api_log import write_api_log
from dialer.callers import Login, authenticate
from dialer.clock import moment
from dialer.system_settings import system_settings
from protocol.functions import Question, Read, filled
from protocol.messages import LogContext, QueuedRequest
from protocol.parameters import cleaned
from protocol.replies import LogEntry, Reply
from tasks import WRITES
from tests.conformance.recorded import Case, cases_of, fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import Services
from tests.databases import INNODB, SQLITE, create_database, drop_database
from tests.security.test_injection import CALLER, CANARY, canary
from workers.batches import Steps

MARK = "zq7inj"
"""Stands in each text, and so may stand in no statement: values travel beside it."""
SQL = (
    f"1' OR '{MARK}'<>'",
    f'1" OR "{MARK}"<>"',
    f"1) OR ('{MARK}'<>''",
    f"1 OR '{MARK}'<>'' -- ",
    f"1' UNION SELECT pass, '{MARK}' FROM vicidial_users -- ",
    f"1\\' OR '{MARK}'<>'' #",
    f"1'; UPDATE vicidial_users SET user_level=9 WHERE user='canary'; -- {MARK}",
    f"1`,(SELECT pass FROM vicidial_users LIMIT 1) `{MARK}",
)
EVERYTHING = os.environ.get("LEADMILL_TEST_ALL_HOSTILE") == "1"
"""Whether each parameter gets all texts, in place of two."""
MOST_CASES = 60
"""Of a function's file, so many are looked at for requests that succeed."""
NO_TEXT = frozenset(
    "callid_info ccc_lead_info lead_callback_info lead_field_info list_info moh_list sounds_list vm_list server_refresh".split()
)
"""Functions that make numbers of what the database is asked for, or ask it for nothing that was sent."""
BESIDE = frozenset({"raw", "client_ip"})
"""Fields of a request that are no parameters of their own."""


@dataclass
class Watched:
    """A database with the rows of the fixture and a canary, whose statements are all looked at."""

    engine: Engine
    rows: DialerRows
    reached: int = 0
    """Statements that had such a text beside them."""

    def __post_init__(self) -> None:
        self.rows.put({"vicidial_users": [CANARY]})
        event.listen(self.engine, "before_cursor_execute", self._look)

    def _look(self, _connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        assert MARK not in statement.lower(), statement
        self.reached += MARK in str(values)


@pytest.fixture(scope="module", params=[SQLITE, INNODB])
def watched(request: Any, services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("injection")
    url = create_database(request.param, "" if request.param == SQLITE else services.mariadb(), folder)
    made = Watched(open_engine(url), DialerRows(url, fixture_rows()))
    yield made
    made.rows.close()
    made.engine.dispose()
    drop_database(url)


def fields(function: str) -> list[str]:
    described: Any = READS.get(function) or WRITES[function]
    return [name for name in described.request.__dataclass_fields__ if name not in BESIDE]


def bases(function: str) -> list[tuple[Case, list[str]]]:
    """Recorded requests that succeed, each with the parameters to try in it: those that no earlier one has. The first has the rest."""
    found: list[tuple[Case, list[str]]] = []
    left = set(fields(function))
    for case in [c for c in cases_of(function) if "- 'ERROR" not in c.text and "- ERROR" not in c.text][:MOST_CASES]:
        request = case.requests[0]
        if request["function"] == function and (new := left & request.keys() or (set() if found else {""})):
            found.append((case, sorted(new - {""})))
            left -= new
    found[0][1].extend(sorted(left))
    return found


def ask(function: str, sent: Mapping[str, str], connection: Connection) -> Reply:
    """What the function answers, to a caller who may do anything, with the cleaning off, which takes most of SQL out."""
    parameters, at = cleaned(sent, non_latin=True), moment(None)
    if isinstance(read := READS.get(function), Read):
        question = Question(moment=at, settings=system_settings(connection))
        found = read.answer(filled(read.request, parameters, sent), CALLER, question, connection)
        return found if isinstance(found, Reply) else Reply("\n".join(map(str, found)))
    context = LogContext(user="6666", function=function, source="test", client_ip="127.0.0.1")
    asked = QueuedRequest(function=function, caller=CALLER, parameters=parameters, raw=dict(sent), log=context)
    (reply,) = Steps().answered([asked], at, connection)
    write_api_log(connection, [(context, reply.log)], at)
    return reply


@pytest.mark.parametrize("function", [*READS, *WRITES])
def test_sql_in_a_parameter_stays_beside_the_statement(watched: Watched, function: str) -> None:
    tried, reached = set(), watched.reached
    for case, names in bases(function):
        try:
            watched.rows.put(case.setup)
            for number, name in enumerate(names):
                tried.add(name)
                for text in SQL if EVERYTHING else (SQL[number % len(SQL)], SQL[(number + len(SQL) // 2) % len(SQL)]):
                    with watched.engine.connect() as connection:
                        reply = ask(function, {**case.requests[0], name: text}, connection)
                        connection.rollback()
                    assert CANARY["pass"] not in reply.text, (name, text)
        finally:
            watched.rows.restore(name.removeprefix("!") for name in case.setup)
            watched.rows.put({"vicidial_users": [CANARY]})
    assert tried == set(fields(function))
    assert (watched.reached > reached) == (function not in NO_TEXT)
    assert canary(watched.engine) == CANARY


@pytest.mark.parametrize("text", SQL)
def test_sql_in_a_login_or_in_the_log_stays_beside_the_statement(watched: Watched, text: str) -> None:
    with writing(watched.engine) as connection:
        for login in (Login(user=text, password="1234", client_ip="127.0.0.1"), Login(user="6666", password=text, client_ip=text)):
            assert "|BAD|" in getattr(authenticate(login, system_settings(connection), moment(None), connection), "text", "")
        every = LogContext(**{name: text for name in LogContext.__slots__ if name != "began"})
        write_api_log(connection, [(every, (LogEntry("SUCCESS", text, text),))], moment(None))
    assert canary(watched.engine) == CANARY
