"""Reading much, and reading too long."""

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from itertools import count

import pytest
from sqlalchemy import Engine, func, literal, select, text
from sqlalchemy.exc import DBAPIError

from db.engine import TookTooLong, Trouble, open_engine, reading, streamed, trouble, writing
from db.rows import insert_rows
from db.tables.dnc import vicidial_dnc

LIMIT = 0.2
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n",
    "mysql": "SELECT COUNT(*) FROM vicidial_dnc a, vicidial_dnc b, vicidial_dnc c WHERE MD5(CONCAT(a.phone_number, c.phone_number)) = 'x'",
}
NUMBERS = 5000


@pytest.fixture
def numbers(engine: Engine) -> Iterator[list[str]]:
    """Some thousand numbers in the DNC list."""
    made = [f"{n:010}" for n in range(NUMBERS)]
    with writing(engine) as connection:
        insert_rows(connection, vicidial_dnc, [{"phone_number": number} for number in made])
    yield made
    with writing(engine) as connection:
        connection.execute(vicidial_dnc.delete())


@pytest.fixture
def limited(engine: Engine) -> Iterator[Engine]:
    made = open_engine(engine.url.render_as_string(hide_password=False), limit=LIMIT)
    yield made
    made.dispose()


def test_the_database_ends_a_statement_without_end(limited: Engine, numbers: list[str]) -> None:
    with pytest.raises(DBAPIError) as raised, reading(limited) as connection:
        connection.execute(text(ENDLESS[connection.dialect.name])).all()
    assert trouble(raised.value) is Trouble.TOO_LONG
    with reading(limited) as connection:  # the connection is as good as before
        assert connection.scalar(select(literal(1))) == 1


def test_no_statement_begins_when_the_time_is_over(limited: Engine) -> None:
    wait = {"sqlite": select(literal(0)), "mysql": select(func.sleep(LIMIT / 2))}
    with reading(limited) as connection, pytest.raises(TookTooLong):
        deque((connection.scalar(wait[connection.dialect.name]) for _ in count()), maxlen=0)


def test_any_number_of_rows_comes_out_piece_by_piece(engine: Engine, numbers: list[str]) -> None:
    wanted = select(vicidial_dnc.c.phone_number).order_by(vicidial_dnc.c.phone_number)
    with reading(engine) as connection:
        assert [row.phone_number for row in streamed(wanted, connection)] == numbers
        with closing(streamed(wanted, connection)) as rows:
            assert next(rows).phone_number == numbers[0]
        # what was not read is no hindrance to the next statement
        assert connection.scalar(select(func.count()).select_from(vicidial_dnc)) == len(numbers)
