import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from dialer.collation import folded, number, whole_number


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", 0), ("-5.00", -5), ("+5.50", 5.5), (".5x", 0.5), ("-9.", -9), ("abc", 0), (" 3 4", 3), ("--1", 0), ("1e2", 1)],
)
def test_the_number_a_text_begins_with(value: str, expected: float) -> None:
    assert number(value) == expected


@given(st.text("0123456789 +-x", max_size=25))
def test_whole_numbers_are_numbers(value: str) -> None:
    if len(value.strip()) < 15:
        assert whole_number(value) == max(0, int(number(value)))
    assert 0 <= whole_number(value) < 2**63


@pytest.mark.parametrize("value", ["a", "A ", "aB  ", " ab", "602XXXXXXX", "O'Brien"])
def test_the_database_sees_no_more_difference_than_folding_leaves(connection: Connection, value: str) -> None:
    compared = "select convert(:a using utf8mb3) = convert(:b using utf8mb3)"
    if connection.dialect.name == "sqlite":  # there trailing spaces count, and no column of ours holds any
        compared, value = "select :a = :b collate nocase", value.rstrip()
    assert connection.scalar(text(compared), {"a": value, "b": folded(value)}) == 1
