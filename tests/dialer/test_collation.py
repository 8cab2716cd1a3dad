import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from db.tables.leads import vicidial_list
from dialer.collation import folded, number, whole_number
from tests.dialer.unicode_ci import FILE, weights_of_all, written

# letters of many languages in small and large, with and without accents, and what a comparison does not see
ALIKE = st.text("aAáÁàe\u0301sSßæÆøłœi\u0131İnñ дДйиΑάΩςσ가ア㈱中\u00a0\u200b\x01\t-'", max_size=5)


@pytest.fixture
def mariadb(connection: Connection) -> Connection:
    if connection.dialect.name == "sqlite":
        pytest.skip("SQLite sees accents")
    return connection


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


def test_every_character_counts_as_what_the_database_takes_it_for(mariadb: Connection) -> None:
    """Equal for the database means equal when folded, and only then, over the whole Basic Multilingual Plane."""
    weights = weights_of_all(mariadb)
    spaces = {one for one in weights if weights[one] == weights[" "]}
    pairs = {(weights[one], folded(one)) for one in weights if one not in spaces}
    assert {folded(one) for one in spaces} == {""}
    assert len(pairs) == len({found for found, _ in pairs}) == len({key for _, key in pairs})


def test_the_file_of_characters_is_the_database_s_own(mariadb: Connection) -> None:
    assert FILE.read_text() == written(mariadb), "make it anew: python -m tests.dialer.unicode_ci"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(one=ALIKE, other=ALIKE)
def test_texts_are_equal_when_the_database_says_so(mariadb: Connection, one: str, other: str) -> None:
    for left, right in ((one, other), (one, folded(one) + " ")):
        compared = text("SELECT CONVERT(:a USING utf8mb3) COLLATE utf8mb3_unicode_ci = CONVERT(:b USING utf8mb3)")
        assert bool(mariadb.scalar(compared, {"a": left, "b": right})) == (folded(left) == folded(right))


def test_leads_are_compared_by_that_collation(mariadb: Connection) -> None:
    told = text("SELECT collation_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = :table")
    assert set(mariadb.scalars(told, {"table": vicidial_list.name})) == {None, "utf8mb3_unicode_ci"}
