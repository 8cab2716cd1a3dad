"""./leadmill dead-letters on a whole system: a retry has one effect, whatever goes wrong in the middle."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Connection, Engine, func, select, update
from typer.testing import CliRunner

from cli.commands import command_line
from cli.errors import CommandError
from db.engine import open_engine, reading, writing
from db.tables.leads import vicidial_list
from db.tables.own import leadmill_dead_letters
from db.tables.users import vicidial_users
from dialer.dead_letters import bury, find_letters
from protocol.functions import Caller, Moment
from protocol.messages import LogContext, QueuedRequest
from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import INNODB, SQLITE
from tests.workers.conftest import Bench, BenchOf, bench_of  # noqa: F401
from workers import batches

CALLER = Caller(user="6666", level=9, rights=frozenset({"modify_leads", "modify_users"}), functions=" ALL_FUNCTIONS ")
Command = Callable[..., Result]


def buried(connection: Connection, function: str, **parameters: str) -> None:
    """A letter of a request that nothing is wrong with now."""
    log = LogContext(user="6666", function=function, source="test")
    request = QueuedRequest(function=function, caller=CALLER, parameters=parameters, raw=parameters, log=log)
    bury(connection, "abc-1", 3, request, ValueError("it was full"))


@pytest.fixture(scope="module", params=[SQLITE, INNODB])
def engine(request: pytest.FixtureRequest, system_of: SystemOf) -> Iterator[Engine]:
    with system_of(request.param) as system, pytest.MonkeyPatch.context() as patched:
        url = str(system.settings["database_url"])
        DialerRows(url, fixture_rows()).close()
        for name in ("database_url", "redis_url", "broker_url"):
            patched.setenv(f"LEADMILL_{name.upper()}", str(system.settings.get(name, "")))
        patched.setenv("LEADMILL_DATA_DIR", str(system.folder))
        engine = open_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def letter(engine: Engine) -> int:
    with writing(engine) as connection:
        buried(connection, "add_lead", phone_number="6025550004", list_id="101", first_name="Zebulonia")
        return find_letters(connection)[0].id


def run(*words: str) -> Result:
    return CliRunner().invoke(command_line(), ["dead-letters", *words])


def leads(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(vicidial_list)) or 0


def test_a_letter_is_listed_and_shown(letter: int) -> None:
    line = next(line for line in run("list").stdout.splitlines() if line.startswith(f"{letter} "))
    assert ("add_lead" in line, "6666" in line, "waiting" in line, "it was full" in line) == (True,) * 4
    told = run("show", str(letter)).stdout
    assert "Job abc-1-3" in told
    assert "first_name = Zebulonia" in told


def test_a_retry_has_its_effect_once_however_often_it_is_sent(engine: Engine, letter: int) -> None:
    before = leads(engine)
    told = run("retry", str(letter))
    assert (told.exit_code, told.stdout.startswith(f"letter {letter}: SUCCESS: add_lead LEAD HAS BEEN ADDED")) == (0, True), told.output
    # As if the process had died between the sending and its note of it.
    with writing(engine) as connection:
        connection.execute(update(leadmill_dead_letters).where(leadmill_dead_letters.c.id == letter).values(state="waiting"))
    assert run("retry", str(letter)).stdout == told.stdout
    assert leads(engine) == before + 1
    assert f"letter {letter}: is retried, not sent" in run("retry", str(letter)).stdout
    assert "SUCCESS: add_lead" in run("show", str(letter)).stdout


def test_a_letter_that_was_dropped_is_not_sent(engine: Engine, letter: int) -> None:
    before = leads(engine)
    assert run("drop", str(letter)).stdout == f"letter {letter}: dropped\n"
    assert run("drop", str(letter)).stdout == f"letter {letter}: was no longer waiting\n"
    ended = run("retry", str(letter))
    assert (isinstance(ended.exception, CommandError), leads(engine)) == (True, before)


def test_without_the_queue_a_letter_goes_on_waiting(engine: Engine, letter: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("LEADMILL_REDIS_URL", "redis://127.0.0.1:1/0")
        ended = run("retry", str(letter))
    assert f"letter {letter} still waits" in str(ended.exception)
    with reading(engine) as connection:
        assert find_letters(connection, ids=[letter])[0].state == "waiting"


def test_a_password_is_neither_kept_nor_guessed(engine: Engine) -> None:
    with writing(engine) as connection:
        buried(
            connection, "add_user", agent_user="zeb", agent_pass="s3cret9", agent_user_level="1", agent_full_name="Z", agent_user_group="A"
        )
        made = find_letters(connection)[0]
        users = connection.scalar(select(func.count()).select_from(vicidial_users))
    assert "s3cret9" not in str(made)
    assert "its agent_pass is not kept" in run("retry", str(made.id)).stdout
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(vicidial_users)) == users


@pytest.mark.parametrize("words", [("retry",), ("retry", "1", "--all"), ("show", "--all"), ("show", "999999")])
def test_what_it_is_done_to_must_be_clear(engine: Engine, words: tuple[str, ...]) -> None:
    assert isinstance(run(*words).exception, CommandError)


def test_poison_that_is_retried_makes_one_new_letter_and_no_more(bench_of: BenchOf, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    bench: Bench = bench_of(SQLITE)

    def fail(_connection: Connection, rows: Any, _at: Moment) -> None:
        if any(entry.result == "SUCCESS" for _, entries in rows for entry in entries):
            raise ValueError("poison")

    monkeypatch.setattr(batches, "write_api_log", fail)
    bench.settle([bench.request("6025559999")])
    for _ in range(3):  # the message of the retry comes again and again
        with reading(bench.engine) as connection:
            oldest = find_letters(connection)[-1]
        bench.settle([oldest.request], bench.ledger(oldest.batch_id))
    assert bench.count(leadmill_dead_letters) == 2
    assert bench.count(vicidial_list) == 0
