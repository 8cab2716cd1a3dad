"""Statements that share a round trip: on each database, as if each had been run in its place, and nothing of a batch without the rest."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import DBAPIError, IntegrityError

import db.round_trips
from db.engine import Trouble, open_engine, trouble, writing
from db.round_trips import SparingConnection, send_ahead
from db.rows import insert_rows, insert_with_commit
from db.schema import load_schema
from db.tables.dnc import vicidial_dnc
from db.tables.own import leadmill_ledger, leadmill_locks
from db.tables.web_logs import vicidial_api_log, vicidial_api_urls

TABLES = (leadmill_ledger, leadmill_locks, vicidial_api_log, vicidial_api_urls, vicidial_dnc)
LOG = {"user": "6666", "function": "add_lead", "data": "it's 100% \\ \N{LATIN SMALL LETTER E WITH ACUTE}; COMMIT; END"}


@pytest.fixture
def emptied(engine: Engine) -> Iterator[Engine]:
    """Each kind of database, its tables empty before and after."""
    empty(engine)
    yield engine
    empty(engine)


def empty(engine: Engine) -> None:
    with writing(engine) as connection:
        for table in TABLES:
            connection.execute(delete(table))


@pytest.fixture(scope="session")
def mariadb(mariadb_database: Callable[[], str]) -> Iterator[Engine]:
    engine = open_engine(mariadb_database())
    load_schema(engine, storage="InnoDB")
    yield engine
    engine.dispose()


def ledger(batch_id: str) -> dict[str, object]:
    return {"batch_id": batch_id, "first": 0, "size": 1, "state": "done", "moment": "2026-11-30 12:00:00", "replies": bytes(range(256))}


def logged(connection: Connection, count: int) -> None:
    ids = insert_with_commit(connection, vicidial_api_log, [{**LOG, "value": str(n)} for n in range(count)], ids=True)
    urls = [{"api_id": api_id, "url": f"http://dialer/{n}"} for n, api_id in enumerate(ids)]
    insert_with_commit(connection, vicidial_api_urls, urls, replacing=True)


def stored(engine: Engine) -> tuple[list[str], list[str], list[str]]:
    """Batches in the ledger, values in the log, and the URLs of these."""
    log, urls = vicidial_api_log.c, vicidial_api_urls.c
    with writing(engine) as connection:
        return (
            list(connection.scalars(select(leadmill_ledger.c.batch_id))),
            list(connection.scalars(select(log.value).order_by(log.api_id))),
            list(
                connection.scalars(
                    select(urls.url).join_from(vicidial_api_log, vicidial_api_urls, log.api_id == urls.api_id).order_by(log.api_id)
                )
            ),
        )


def test_rows_come_with_the_commit(emptied: Engine) -> None:
    with writing(emptied) as connection:
        logged(connection, 40)
        insert_with_commit(connection, leadmill_ledger, [ledger("a")])
    assert stored(emptied) == (["a"], [str(n) for n in range(40)], [f"http://dialer/{n}" for n in range(40)])
    with writing(emptied) as connection:
        assert connection.execute(select(leadmill_ledger.c.replies)).scalar() == bytes(range(256))
        assert set(connection.scalars(select(vicidial_api_log.c.data))) == {LOG["data"]}


def test_rows_are_there_for_the_next_statement(emptied: Engine) -> None:
    with writing(emptied) as connection:
        logged(connection, 3)
        joined = select(vicidial_api_urls.c.url).join_from(
            vicidial_api_log, vicidial_api_urls, vicidial_api_log.c.api_id == vicidial_api_urls.c.api_id
        )
        assert len(connection.execute(joined).all()) == 3


def test_what_is_rolled_back_is_never_stored(emptied: Engine) -> None:
    with emptied.connect() as connection, connection.begin() as begun:
        logged(connection, 2)
        begun.rollback()
    assert stored(emptied) == ([], [], [])


def test_more_rows_than_a_statement_takes(emptied: Engine) -> None:
    with writing(emptied) as connection:
        logged(connection, 2500)
    assert stored(emptied)[1:] == ([str(n) for n in range(2500)], [f"http://dialer/{n}" for n in range(2500)])


def test_a_row_takes_the_place_of_one_with_its_key(emptied: Engine) -> None:
    for url in ("old", "new"):
        with writing(emptied) as connection:
            insert_with_commit(connection, vicidial_api_urls, [{"api_id": 7, "url": url}], replacing=True)
    with writing(emptied) as connection:
        assert connection.execute(select(vicidial_api_urls.c.url)).all() == [("new",)]


def test_answers_that_were_asked_for_ahead(emptied: Engine) -> None:
    with writing(emptied) as connection:
        answers = [send_ahead(connection, f"SELECT {n}, 'a' UNION SELECT {n + 1}, 'b'", ()) for n in (1, 3)]
        assert connection.exec_driver_sql("SELECT 5").scalar() == 5
        last = send_ahead(connection, "SELECT 6", ())
        assert [list(answer.rows) for answer in answers] == [[(1, "a"), (2, "b")], [(3, "a"), (4, "b")]]
        assert list(last.rows) == [(6,)]  # nothing else was asked after it
        assert list(send_ahead(connection, "SELECT 7 FROM leadmill_ledger", ()).rows) == []


@pytest.mark.parametrize("compound", [True, False], ids=["MariaDB", "MySQL"])
def test_nothing_is_committed_where_one_of_them_fails(mariadb: Engine, compound: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    empty(mariadb)
    monkeypatch.setattr(db.round_trips, "COMPOUND", "MariaDB" if compound else "no server's name")
    with writing(mariadb) as connection:
        insert_with_commit(connection, leadmill_ledger, [ledger("a")])

    def fail() -> None:
        with writing(mariadb) as connection:
            insert_rows(connection, vicidial_dnc, [{"phone_number": "1"}])
            insert_with_commit(connection, leadmill_ledger, [ledger("b")])
            insert_with_commit(connection, leadmill_ledger, [ledger("a")])
            logged(connection, 1)

    with pytest.raises(IntegrityError):
        fail()
    with writing(mariadb) as connection:  # the same database connection, which must not commit what was left
        insert_with_commit(connection, leadmill_ledger, [ledger("c")])
    assert sorted(stored(mariadb)[0]) == ["a", "c"]
    with writing(mariadb) as connection:
        assert connection.execute(select(vicidial_dnc)).all() == []


def test_what_fails_ahead_is_raised_by_the_next_statement_and_the_connection_goes_on(mariadb: Engine) -> None:
    empty(mariadb)
    taken = ("INSERT INTO leadmill_locks (id) VALUES (%s)", (1,))
    with writing(mariadb) as connection:
        connection.exec_driver_sql(*taken)
    with writing(mariadb) as connection:
        send_ahead(connection, *taken)
        send_ahead(connection, "INSERT INTO leadmill_locks (id) VALUES (%s)", (2,))
        with pytest.raises(IntegrityError):
            connection.exec_driver_sql("SELECT 3")
        assert connection.exec_driver_sql("SELECT 4").scalar() == 4
        connection.rollback()
    with pytest.raises(IntegrityError), writing(mariadb) as connection:
        send_ahead(connection, *taken)
    with writing(mariadb) as connection:
        assert list(connection.scalars(select(leadmill_locks.c.id))) == [1]


@pytest.mark.parametrize("at_commit", [True, False])
@pytest.mark.parametrize("closed", [True, False])
def test_a_server_that_goes_away_is_an_outage(mariadb: Engine, at_commit: bool, closed: bool) -> None:
    def fail() -> None:
        with writing(mariadb) as connection:
            own = connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar()
            with writing(mariadb) as other:
                other.exec_driver_sql(f"KILL {own}")
            if closed:  # here as well: sending fails already
                connection.connection.driver_connection._force_close()  # type: ignore[union-attr]
            send_ahead(connection, "INSERT INTO leadmill_locks (id) VALUES (%s)", (9,))
            insert_with_commit(connection, leadmill_ledger, [ledger("lost")])
            if not at_commit:
                connection.exec_driver_sql("SELECT 1")

    with pytest.raises(DBAPIError) as raised:
        fail()
    assert trouble(raised.value) is Trouble.OUTAGE
    assert "lost" not in stored(mariadb)[0]


def test_a_batch_waits_for_the_server_three_times(mariadb: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[str] = []
    query = SparingConnection.query

    def noted(driver: SparingConnection, sql: str | bytes, unbuffered: bool = False) -> int:
        waited.append(sql if isinstance(sql, str) else sql.decode())
        return query(driver, sql, unbuffered)

    monkeypatch.setattr(SparingConnection, "query", noted)
    mariadb.dispose()  # both batches shall have the same connection
    for batch_id in ("w1", "w2"):  # the first asks what a connection remembers
        waited.clear()
        with writing(mariadb) as connection:
            send_ahead(connection, "INSERT INTO leadmill_locks (id) VALUES (%s) ON DUPLICATE KEY UPDATE id = id", (5,))
            connection.exec_driver_sql("SELECT 1")
            insert_rows(connection, vicidial_api_log, [LOG], ids=True)
            logged(connection, 2)
            insert_with_commit(connection, leadmill_ledger, [ledger(batch_id)])
    assert [" ".join(sql.split()[:2]) for sql in waited] == ["SELECT 1", "INSERT INTO", "BEGIN NOT"]


CUT_OFF = """
import os, sys
from db.engine import open_engine, writing
from db.rows import insert_rows, insert_with_commit
from db.tables.dnc import vicidial_dnc
from db.tables.own import leadmill_ledger
with writing(open_engine(sys.argv[1])) as connection:
    insert_rows(connection, vicidial_dnc, [{"phone_number": "2"}])
    row = {"batch_id": "k", "first": 0, "size": 1, "state": "done", "moment": "2026-11-30 12:00:00"}
    insert_with_commit(connection, leadmill_ledger, [row])
    os.kill(os.getpid(), 9)
"""


def test_a_process_that_is_killed_before_its_commit_leaves_nothing(mariadb: Engine) -> None:
    empty(mariadb)
    subprocess.run([sys.executable, "-c", CUT_OFF, mariadb.url.render_as_string(hide_password=False)], check=False)
    assert stored(mariadb)[0] == []
    with writing(mariadb) as connection:
        assert connection.execute(select(vicidial_dnc)).all() == []
