"""What BatchCursor writes into a statement is what PyMySQL writes."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pymysql.connections import Connection
from pymysql.constants import SERVER_STATUS

from db.literals import literals

TEXTS = st.text() | st.text("'\"\\\0\n\r\x1a%a") | st.text("ab ", max_size=5)
VALUES = st.lists(TEXTS | st.integers() | st.none() | st.binary() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False))


def unconnected(status: int = 0) -> Any:
    connection = Connection(defer_connect=True)
    connection.server_status = status
    return connection


@given(VALUES)
def test_values_are_written_as_pymysql_writes_them(values: list[Any]) -> None:
    connection = unconnected()
    assert list(literals(values, connection)) == [connection.escape(value) for value in values]


@given(st.lists(TEXTS))
def test_texts_alone_too(values: list[str]) -> None:
    connection = unconnected()
    assert list(literals(values, connection)) == [connection.escape(value) for value in values]


def test_a_server_that_knows_no_backslashes() -> None:
    connection = unconnected(SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES)
    assert list(literals(["it's", "a\\b"], connection)) == ["'it''s'", "'a\\b'"]


def test_a_text_of_another_type_is_left_to_pymysql() -> None:
    class Word(str):
        """A text of another type."""

    connection = SimpleNamespace(server_status=0, escape=lambda value: f"<{value}>")
    assert list(literals([Word("a"), "b"], connection)) == ["<a>", "'b'"]
