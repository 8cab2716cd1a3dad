"""Long answers, slow answers and answers without end: they cost no memory, delay no other caller, and do end."""

import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text

import api.dispatch
from api.exports import KEPT_IN_MEMORY, exported
from db.engine import open_engine, writing
from db.rows import insert_rows
from db.tables.logs import recording_log
from protocol.functions import Read, Rows
from protocol.replies import Reply, listing, reply
from tests.api.wire import ASKED, Wire

WireOf = Callable[..., Wire]

FOUND = listing("f FOUND: {found}", data="")
DAY = "2020-11-01"
MANY = 100_000
QUICK = {"function": "agent_status", "agent_user": "nobody"}
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n"


@dataclass
class Request:
    """Asks for pipes below a header."""

    stage: str = ""
    header: str = "YES"


def of(answer: Any, **fields: Any) -> Read:
    return Read(name="f", request=Request, permission=None, answer=answer, **fields)


def told(count: int) -> Rows:
    for n in range(count):
        yield n, None, f"value {n}"
    return reply(FOUND(rows="", found=count))


FUNCTION = of(told, columns=("a", "b", "c"), header=("A", "B"))


def test_a_short_answer_is_text() -> None:
    said = exported(told(2), FUNCTION, Request())
    assert (said.text, said.body) == ("A|B\n0||value 0\n1||value 1\n", None)
    assert said.log[0].reason == "f FOUND: 2"


def test_an_answer_without_rows_has_no_header() -> None:
    assert exported(told(0), FUNCTION, Request()).text == ""


def test_a_long_answer_costs_no_memory() -> None:
    tracemalloc.start()
    said = exported(told(3 * MANY), FUNCTION, Request())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * KEPT_IN_MEMORY
    assert said.body is not None
    with said.body as body:
        body.seek(0)
        lines = body.read().decode().splitlines()
    assert (lines[0], lines[1], lines[-1], len(lines)) == ("A|B", "0||value 0", f"{3 * MANY - 1}||value {3 * MANY - 1}", 3 * MANY + 1)


def test_an_error_in_the_midst_leaves_nothing_half_said() -> None:
    def broken() -> Rows:
        yield from told(3000)
        raise LookupError

    with pytest.raises(LookupError):
        exported(broken(), FUNCTION, Request())


@pytest.fixture
def recorded(wire: Wire) -> Wire:
    """100,000 recordings of one agent on one day."""
    rows = [{"start_time": f"{DAY} 10:00:00", "user": "1000", "location": f"http://pbx.example/{n}.wav"} for n in range(1, MANY + 11)]
    with writing(wire.engine) as connection:
        insert_rows(connection, recording_log, rows)
    return wire


def test_a_hundred_thousand_rows(recorded: Wire) -> None:
    asked = {"function": "recording_lookup", "agent_user": "1000", "date": DAY, "header": "YES"}
    answer = recorded.get(**asked)
    lines = answer.text.splitlines()
    assert lines[0] == "start_time|user|recording_id|lead_id|location"
    assert lines[-1] == f"{DAY} 10:00:00|1000|{MANY}||http://pbx.example/{MANY}.wav"
    assert len(lines) == MANY + 1
    assert int(answer.headers["content-length"]) == len(answer.content)
    head = recorded.request("HEAD", params=ASKED | asked)
    assert (head.content, head.headers["content-length"]) == (b"", answer.headers["content-length"])
    assert recorded.rows("vicidial_api_log", "result", "result_reason")[0] == ("SUCCESS", f"recording_lookup RECORDINGS FOUND: {MANY}")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Slow reads called `slow` go on when this is set."""
    go_on = Event()

    def answer(*_: object) -> Reply:
        go_on.wait(30)
        return Reply("SUCCESS: slow\n")

    monkeypatch.setitem(api.dispatch.READS, "slow", of(answer, slow=True))  # type: ignore[arg-type]
    yield go_on
    go_on.set()


def test_slow_reads_delay_no_other_caller(wire_of: WireOf, held: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = wire_of(database_pool=2, slow_reads=8)

    def last(*_: object) -> Reply:
        held.set()
        return Reply("SUCCESS: quick\n")

    # Were the quick one to wait for any of the six slow ones, nothing would end before the slow ones give up by themselves.
    monkeypatch.setitem(api.dispatch.READS, "quick", of(last))  # type: ignore[arg-type]
    asked = [{"method": "GET", "url": "/non_agent_api.php", "params": ASKED | {"function": name}} for name in [*["slow"] * 6, "quick"]]
    answers = [answer.text for answer in wire.requests(asked)]
    assert answers == ["SUCCESS: slow\n"] * 6 + ["SUCCESS: quick\n"]


def test_a_read_without_end_is_ended(wire_of: WireOf, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = wire_of(read_limit=0.1)
    monkeypatch.setitem(api.dispatch.READS, "endless", of(lambda *given: given[-1].execute(text(ENDLESS)).all()))  # type: ignore[arg-type]
    answer = wire.get(function="endless")
    assert (answer.status_code, answer.text) == (200, "ERROR: f TOOK TOO LONG AND WAS ENDED, ASK FOR LESS - 6666\n")
    assert wire.rows("vicidial_api_log", "function", "result", "result_reason", "data") == [
        ("endless", "ERROR", "f TOOK TOO LONG AND WAS ENDED, ASK FOR LESS", "6666")
    ]
    assert wire.lines(**QUICK).startswith("ERROR: agent_status AGENT NOT FOUND")


def test_reads_go_to_the_replica_and_their_log_does_not(wire_of: WireOf, empty_database: Path, tmp_path: Path) -> None:
    replica = tmp_path / "replica.sqlite3"
    shutil.copy(empty_database, replica)
    wire = wire_of(read_database_url=f"sqlite:///{replica}")
    engine = open_engine(f"sqlite:///{replica}")
    with writing(engine) as connection:
        insert_rows(connection, recording_log, [{"lead_id": 7, "user": "there"}])
    engine.dispose()
    wire.put(recording_log=[{"lead_id": 7, "user": "here"}])
    assert wire.lines(function="recording_lookup", lead_id="7") == "|there|1|7|\n"
    assert wire.rows("vicidial_api_log", "function") == [("recording_lookup",)]
