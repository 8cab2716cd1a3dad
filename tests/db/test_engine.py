"""Opening each kind of database, and telling its troubles apart."""

import sqlite3
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import Engine, event, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

import db.sqlite
from db.engine import Trouble, open_engine, reading, safe_url, storage_engine, transactional, trouble, writing
from db.tables.leads import vicidial_list
from db.tables.system import system_settings


def test_leads_are_transactional_unless_they_are_in_myisam(engine: Engine, myisam: Engine) -> None:
    with reading(engine) as connection:
        assert transactional(connection) is (engine is not myisam)


def test_storage_engines(innodb: Engine, sqlite: Engine, myisam: Engine) -> None:
    with reading(innodb) as connection:
        assert storage_engine(connection, "vicidial_hopper") == "InnoDB"
        assert storage_engine(connection, "no_such_table") == ""
    with reading(myisam) as connection:
        assert storage_engine(connection, "vicidial_hopper") == "MEMORY"
        assert storage_engine(connection, "vicidial_list") == "MyISAM"
    with reading(sqlite) as connection:
        assert storage_engine(connection, "vicidial_list") == "SQLite"


def test_mariadb_session(innodb: Engine) -> None:
    with reading(innodb) as connection:
        names = "@@sql_mode, @@tx_isolation, @@character_set_connection, @@eq_range_index_dive_limit"
        assert connection.exec_driver_sql(f"SELECT {names}").one() == ("NO_ENGINE_SUBSTITUTION", "READ-COMMITTED", "utf8mb4", 0)


def test_mariadb_may_be_written_in_several_ways(innodb: Engine) -> None:
    plain = innodb.url.render_as_string(hide_password=False).partition("://")[2]
    for kind in ("mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql"):
        engine = open_engine(f"{kind}://{plain}")
        with reading(engine) as connection:
            assert connection.scalar(select(text("1"))) == 1
        engine.dispose()


def test_sqlite_session(sqlite: Engine) -> None:
    with reading(sqlite) as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "busy_timeout")]
    assert pragmas == ["wal", 2, 30_000]


def test_a_new_database_that_somebody_else_has_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE made (n)")
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(db.sqlite, "sleep", lambda _: other.rollback())
        engine = open_engine(f"sqlite:///{path}")
        with reading(engine) as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        engine.dispose()


def test_who_waits_for_sqlites_lock_looks_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own wait would look a tenth as often after the first tries."""
    engine = open_engine(f"sqlite:///{tmp_path / 'shared.sqlite3'}")
    looks: list[float] = []
    with ExitStack() as other:
        other.enter_context(writing(engine))

        def look(seconds: float) -> None:
            looks.append(seconds)
            if len(looks) == 50:
                other.close()

        monkeypatch.setattr(db.sqlite, "sleep", look)
        with writing(engine) as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
    assert looks == [db.sqlite.LOOK] * 50


def test_what_waiting_does_not_mend_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'begun.sqlite3'}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("BEGIN"))
    monkeypatch.setattr(db.sqlite, "sleep", lambda _: pytest.fail("it waits"))
    with pytest.raises(OperationalError, match="within a transaction"), writing(engine):
        pass


def test_dates_decimals_and_times_come_as_text(innodb: Engine) -> None:
    query = "SELECT CAST('2026-10-05' AS DATE), CAST('10:00' AS TIME), NOW() > 0, 1.50, SUM(2), CAST(1.5 AS DOUBLE), COUNT(*)"
    with reading(innodb) as connection:
        assert connection.exec_driver_sql(query).one() == ("2026-10-05", "10:00:00", 1, "1.50", 2, "1.5", 1)


def test_writing_commits_and_an_error_rolls_back(sqlite: Engine, innodb: Engine) -> None:
    for engine in (sqlite, innodb):
        with writing(engine) as connection:
            connection.execute(system_settings.delete())
            connection.execute(system_settings.insert(), {"version": "1"})
        with pytest.raises(ZeroDivisionError):
            write_and_fail(engine)
        with writing(engine) as connection:
            assert connection.scalar(select(system_settings.c.version)) == "1"
            connection.execute(system_settings.delete())


def test_writers_of_sqlite_wait_for_each_other(sqlite: Engine) -> None:
    """Each reads the number and writes the next: without the lock from the start some would fail or be lost."""
    with writing(sqlite) as connection:
        connection.execute(system_settings.delete())
        connection.execute(system_settings.insert(), {"auto_user_add_value": 0})

    def count() -> None:
        for _ in range(20):
            with writing(sqlite) as connection:
                number = connection.scalar(select(system_settings.c.auto_user_add_value))
                connection.execute(update(system_settings).values(auto_user_add_value=(number or 0) + 1))

    writers = [threading.Thread(target=count) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with writing(sqlite) as connection:
        assert connection.scalar(select(system_settings.c.auto_user_add_value)) == 80
        connection.execute(system_settings.delete())


def test_a_connection_that_rested_survives_the_end_of_its_session(innodb: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.engine.IDLE", 0.0)
    engine = open_engine(innodb.url.render_as_string(hide_password=False), pool_size=1)
    with reading(engine) as connection:
        session = connection.scalar(text("SELECT CONNECTION_ID()"))
    with reading(innodb) as connection:
        connection.execute(text("KILL :session"), {"session": session})
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT CONNECTION_ID()")) != session
    engine.dispose()


def test_a_connection_comes_back_without_a_transaction(innodb: Engine) -> None:
    engine = open_engine(innodb.url.render_as_string(hide_password=False), pool_size=1)
    with engine.connect() as connection:
        connection.execute(update(system_settings).values(version="never committed"))
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT @@in_transaction")) == 0
    engine.dispose()


def test_a_connection_lost_in_the_middle_is_an_outage(innodb: Engine) -> None:
    with pytest.raises(DBAPIError) as caught:
        write_and_be_killed(innodb)
    assert trouble(caught.value) is Trouble.OUTAGE


def test_a_deadlock_is_a_conflict(innodb: Engine) -> None:
    with writing(innodb) as connection:
        connection.execute(vicidial_list.delete())
        connection.execute(vicidial_list.insert(), [{"lead_id": n, "phone_number": str(n)} for n in (1, 2)])
    seen: list[BaseException] = []
    both_hold_one = threading.Barrier(2)

    def cross(first: int, second: int) -> None:
        try:
            with writing(innodb) as connection:
                lock = select(vicidial_list.c.lead_id).with_for_update()
                connection.execute(lock.where(vicidial_list.c.lead_id == first))
                both_hold_one.wait()
                connection.execute(lock.where(vicidial_list.c.lead_id == second))
        except OperationalError as error:
            seen.append(error)

    crossing = [threading.Thread(target=cross, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in crossing:
        thread.start()
    for thread in crossing:
        thread.join()
    assert [trouble(error) for error in seen] == [Trouble.CONFLICT]


def test_a_locked_sqlite_is_a_conflict(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'locked.sqlite3'}?timeout=0.01")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 10"))
    with writing(engine), pytest.raises(OperationalError) as caught, writing(engine):
        pass
    assert trouble(caught.value) is Trouble.CONFLICT


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (pymysql.err.OperationalError(1213, "Deadlock found"), Trouble.CONFLICT),
        (pymysql.err.OperationalError(1205, "Lock wait timeout exceeded"), Trouble.CONFLICT),
        (pymysql.err.OperationalError(2003, "Can't connect"), Trouble.OUTAGE),
        (pymysql.err.OperationalError(1040, "Too many connections"), Trouble.OUTAGE),
        (pymysql.err.InterfaceError(0, ""), Trouble.OUTAGE),
        (pymysql.err.DataError(1366, "Incorrect string value"), Trouble.OTHER),
        (pymysql.err.IntegrityError(1062, "Duplicate entry"), Trouble.OTHER),
        (pymysql.err.ProgrammingError(1146, "Table doesn't exist"), Trouble.OTHER),
        (sqlite3.OperationalError("no such table"), Trouble.OTHER),
    ],
)
def test_troubles(error: Exception, kind: Trouble) -> None:
    assert trouble(DBAPIError("SELECT 1", {}, error)) is kind


def test_other_errors_are_no_trouble_of_the_database() -> None:
    assert trouble(ConnectionRefusedError()) is Trouble.OTHER


@pytest.mark.parametrize(
    "url",
    [
        "mysql://someone:secret@127.0.0.1:1/x",
        "mysql://someone:se@secret:x@127.0.0.1:1/x",
        "postgresql://someone:secret@127.0.0.1/x",
        "someone:secret",
    ],
)
def test_no_error_tells_the_password(url: str) -> None:
    with pytest.raises((ValueError, DBAPIError)) as caught, reading(open_engine(url)):
        pass
    assert "secret" not in str(caught.value)


def test_no_error_tells_the_values(innodb: Engine, sqlite: Engine) -> None:
    for engine in (innodb, sqlite):
        with pytest.raises(DBAPIError) as caught, reading(engine) as connection:
            connection.execute(text("SELECT :value FROM no_such_table"), {"value": "secret"})
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("mysql://someone:se:cr@et@host/x?charset=utf8mb4", "mysql://someone:***@host/x?charset=utf8mb4"),
        ("mysql://host/x?user=a&password=secret&ssl=1", "mysql://host/x?user=a&password=***&ssl=1"),
        ("sqlite:////folder/x.sqlite3", "sqlite:////folder/x.sqlite3"),
    ],
)
def test_safe_url(url: str, safe: str) -> None:
    assert safe_url(url) == safe


def write_and_fail(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(system_settings).values(version="2"))
        raise ZeroDivisionError


def write_and_be_killed(engine: Engine) -> None:
    with writing(engine) as connection:
        session = connection.scalar(text("SELECT CONNECTION_ID()"))
        with reading(engine) as other:
            other.execute(text("KILL :session"), {"session": session})
        connection.execute(text("SELECT 1"))
