"""Names that batches lock against each other: by row locks of InnoDB, which SQLite with its one writer does not need."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.exc import DBAPIError

from db.engine import Trouble, open_engine, trouble, writing
from db.schema import load_schema
from db.tables.own import leadmill_locks
from dialer.locks import lock
from tests.running import ROOT
from tests.waiting import wait_until
from workers.housekeeping import forget_locks

BATCHES, THREADS = 40, 6
HOLDS = """
import sys
from db.engine import open_engine, writing
from dialer.locks import lock
with writing(open_engine(sys.argv[1])) as connection:
    lock(sys.argv[2:], connection)
    connection.exec_driver_sql("SELECT 1")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def mariadb(mariadb_database: Callable[[], str]) -> Iterator[Engine]:
    """A MariaDB; its own tables are InnoDB, whatever the dialer's are."""
    engine = open_engine(mariadb_database(), pool_size=THREADS + 2)
    load_schema(engine, storage="MyISAM")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def impatient(mariadb: Engine) -> Iterator[Engine]:
    """The same database, for who waits no longer than a second."""
    engine = open_engine(url_of(mariadb))
    event.listen(engine, "connect", lambda connection, _: connection.cursor().execute("SET SESSION innodb_lock_wait_timeout = 1"))
    yield engine
    engine.dispose()


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def is_held(impatient: Engine, name: str) -> bool:
    """Whether another batch holds a name: whoever wants it waits."""
    try:
        with writing(impatient) as connection:
            lock([name], connection)
    except DBAPIError as error:
        if trouble(error) is not Trouble.CONFLICT:
            raise
        return True
    return False


def test_a_name_is_held_to_the_commit_and_others_are_free(mariadb: Engine, impatient: Engine) -> None:
    with writing(mariadb) as connection:
        lock((f"phone {n}" for n in range(1000)), connection)
        connection.exec_driver_sql("SELECT 1")
        with writing(impatient) as other:
            lock((f"phone {n}" for n in range(1000, 2000)), other)
        assert is_held(impatient, "phone 500")
    assert not is_held(impatient, "phone 500")


@pytest.mark.parametrize("known", [True, False])
def test_whoever_waits_for_a_name_sees_what_was_committed(mariadb: Engine, known: bool) -> None:
    if known:  # by a batch before, whose row nobody has deleted
        with writing(mariadb) as connection:
            lock(["a"], connection)
    else:
        forget_locks(mariadb)
    order: list[str] = []

    def second() -> None:
        with writing(mariadb) as connection:
            lock(["a"], connection)
            connection.exec_driver_sql("SELECT 1")
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        with writing(mariadb) as connection:
            lock(["a"], connection)
            connection.exec_driver_sql("SELECT 1")
            waiting = pool.submit(second)
            wait_until(lambda: waits(connection), "the second batch waits")
            order.append("first")
        waiting.result()
    assert order == ["first", "second"]


def waits(connection: Connection) -> bool:
    """Whether any transaction waits for a row."""
    return bool(connection.exec_driver_sql("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'").scalar())


def test_a_batch_that_is_killed_or_rolled_back_holds_nothing(mariadb: Engine, impatient: Engine) -> None:
    command = [sys.executable, "-c", HOLDS, url_of(mariadb), "b", "c"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        assert is_held(impatient, "b")
        holder.kill()
    wait_until(lambda: not is_held(impatient, "c"), "the dead process holds nothing")
    with mariadb.connect() as connection, connection.begin() as begun:
        lock(["d"], connection)
        begun.rollback()
    assert not is_held(impatient, "d")


def test_no_two_batches_ever_hold_the_same_name(mariadb: Engine) -> None:
    """Batches of few and many names out of few, some rolled back, while rows are deleted behind them."""
    held: Counter[str] = Counter()
    guard, over, met, tried_again = threading.Lock(), threading.Event(), [0], [0]

    def batches(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(BATCHES):
            names = {f"name {chance.randrange(60)}" for _ in range(chance.choice((1, 1, 2, 20)))}
            while not one_batch(names, rolled_back=chance.random() < 0.1):
                tried_again[0] += 1

    def one_batch(names: set[str], *, rolled_back: bool) -> bool:
        try:
            with mariadb.connect() as connection, connection.begin() as begun:
                lock(names, connection)
                connection.exec_driver_sql("SELECT 1")
                with guard:
                    held.update(names)
                    met[0] += any(held[name] > 1 for name in names)
                time.sleep(0.001)  # the batch's work
                with guard:
                    held.subtract(names)
                if rolled_back:
                    begun.rollback()
        except DBAPIError as error:
            if trouble(error) is not Trouble.CONFLICT:
                raise
            return False
        return True

    def sweep() -> None:
        while not over.is_set():
            forget_locks(mariadb)

    with ThreadPoolExecutor(THREADS + 1) as pool:
        sweeping = pool.submit(sweep)
        try:
            list(pool.map(batches, range(THREADS)))
        finally:
            over.set()
        sweeping.result()
    assert met == [0]
    assert tried_again[0] < BATCHES
    forget_locks(mariadb)
    with writing(mariadb) as connection:
        assert connection.scalar(select(func.count()).select_from(leadmill_locks)) == 0
