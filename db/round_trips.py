"""Statements that share a round trip to MariaDB: a small batch waits for the server longer than it works.

A statement may be sent ahead, its answer being read before that of the next one; or be held back and go with COMMIT, as
one compound statement, which the server ends at the first error. MySQL has no such statement, and mysqlclient cannot send
two at once: there, as on SQLite, everything is as if each had been run in its place.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pymysql import InterfaceError, MySQLError
from pymysql.connections import Connection as Driver
from pymysql.constants import COMMAND
from sqlalchemy import Connection

from db.literals import literals

Rows = Sequence[tuple[Any, ...]]


class Answer:
    """The rows of a statement that was sent ahead, as the driver gives them."""

    def __init__(self, connection: Connection, rows: Rows | None) -> None:
        self._connection = connection
        self._rows = rows

    def tell(self, rows: Rows) -> None:
        """Keep what the server has answered."""
        self._rows = rows

    @property
    def rows(self) -> Rows:
        """The rows; if no other statement has come after, the server is asked for them."""
        if self._rows is None:
            self._connection.exec_driver_sql("DO 0")
        assert self._rows is not None
        return self._rows


def send_ahead(connection: Connection, statement: str, values: tuple[object, ...]) -> Answer:
    """Run a statement whose answer, which must be short, is read with that of the next one. What fails of it is raised then."""
    driver = _sparing(connection)
    if driver is None:
        result = connection.exec_driver_sql(statement, values)
        return Answer(connection, tuple(map(tuple, result)) if result.returns_rows else ())
    answer = Answer(connection, None)
    driver.send_ahead(_text(driver, statement, values), answer)
    driver.unseen.append(statement)
    return answer


def hold(connection: Connection, statement: str, values: tuple[object, ...], room: int) -> None:
    """Run a statement with COMMIT, or before the next one of the connection. What fails of it is raised there.

    `room`: bytes that a statement may have.
    """
    driver = _sparing(connection)
    if driver is None:
        connection.exec_driver_sql(statement, values)
    else:
        driver.hold(_text(driver, statement, values), room)
        driver.unseen.append(statement)


def can_hold(connection: Connection) -> bool:
    """Whether statements of this connection can be held back."""
    return _sparing(connection) is not None


def unseen(driver: object) -> Sequence[str]:
    """The statements that SQLAlchemy knows nothing of and that go with what is next, without their values; each is told once."""
    told: Sequence[str] = ()
    if isinstance(driver, SparingConnection):
        told, driver.unseen = driver.unseen, []
    return told


def _sparing(connection: Connection) -> "SparingConnection | None":
    driver = connection.connection.driver_connection
    return driver if isinstance(driver, SparingConnection) else None


def _text(driver: "SparingConnection", statement: str, values: tuple[object, ...]) -> str:
    return statement % tuple(literals(values, driver))


@dataclass(frozen=True, slots=True)
class NewId:
    """As a value of a statement that is held back: the id of a row of the INSERT before it, which the server is to count."""

    after_first: int


COMPOUND = "MariaDB"
"""In the version of a server that knows compound statements outside of procedures."""
MOST_BYTES = 4
"""Of a character."""


class SparingConnection(Driver):
    """PyMySQL's connection, with fewer round trips."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._unread: deque[Answer | None] = deque()
        """For each statement that was sent and whose answer was not read: who wants it."""
        self._held: list[str] = []
        self.unseen: list[str] = []
        """Statements that were sent ahead or held in this transaction, with placeholders, until somebody asks."""
        self._result: Any = None
        super().__init__(*args, **more)

    def send_ahead(self, sql: str, answer: Answer) -> None:
        """Send a statement; its answer is read before that of the next one."""
        self._send_held()
        self._send(sql, answer)

    def hold(self, sql: str, room: int) -> None:
        """Keep a statement until COMMIT, or until the next one is sent."""
        if sum(map(len, self._held)) + len(sql) > room // MOST_BYTES:
            self._send_held()
        self._held.append(sql)

    def query(self, sql: str | bytes, unbuffered: bool = False) -> int:
        """As PyMySQL's own, after what was held back."""
        self._send_held()
        return super().query(sql, unbuffered)

    def commit(self) -> None:
        """Commit with what was held back, or not at all."""
        held, self._held, self.unseen = self._held, [], []
        try:
            self._read_unread()
            if held and COMPOUND in self.server_version:  # type: ignore[attr-defined]
                self.query(f"BEGIN NOT ATOMIC {'; '.join(held)}; COMMIT; END")
            else:
                for sql in held:
                    self.query(sql)
                super().commit()
        except MySQLError:
            if self.open:  # whoever gets the connection next must not commit what is left
                self.rollback()
            raise

    def rollback(self) -> None:
        """Roll back; what was held back is never sent."""
        self._held.clear()
        self.unseen = []
        while self._unread and self.open:
            with suppress(MySQLError):
                self._read_unread()
        super().rollback()

    def _send_held(self) -> None:
        held, self._held = self._held, []
        for sql in held:
            self._send(sql)

    def _send(self, sql: str, answer: Answer | None = None) -> None:
        with suppress(MySQLError):  # a connection that is lost here is found closed by what comes next, where SQLAlchemy sees it
            self._execute_command(COMMAND.COM_QUERY, sql)  # type: ignore[attr-defined]  # not in the stubs, as below
        self._unread.append(answer)

    def _read_unread(self) -> None:
        while self._unread:
            if not self.open:
                raise InterfaceError(0, "")
            answer = self._unread.popleft()
            self._next_seq_id = 1
            super()._read_query_result()  # type: ignore[misc]
            if answer is not None:
                answer.tell(self._result.rows or ())
        self._result = None

    def _read_query_result(self, unbuffered: bool = False) -> int:
        if self._unread:
            try:
                self._read_unread()
            except MySQLError:
                if self.open:
                    self._unread.append(None)  # the answer to this one: read by the ROLLBACK that follows
                raise
            self._next_seq_id = 1
        return int(super()._read_query_result(unbuffered))  # type: ignore[misc]
