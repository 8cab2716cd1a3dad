import pytest
from sqlalchemy import Connection

from dialer.phrases import load_phrases
from protocol.functions import Caller
from tests.dialer.rows import put

ON = {"enable_languages": "1", "language_method": "MYSQL"}


@pytest.fixture
def phrases(connection: Connection) -> Connection:
    put(
        connection,
        vicidial_language_phrases=[
            {"phrase_id": 1, "language_id": "Zlang", "english_text": "Name", "translated_text": "Nombre"},
            {"phrase_id": 2, "language_id": "Zlang", "english_text": "NAME", "translated_text": "later"},
            {"phrase_id": 3, "language_id": "other", "english_text": "close", "translated_text": "fermer"},
        ],
    )
    return connection


def caller(language: str) -> Caller:
    return Caller(user="6666", language=language)


def test_texts_come_in_the_language_of_the_caller(phrases: Connection, queries: list[str]) -> None:
    found = load_phrases(["Name", "close"], caller("Zlang"), ON, phrases)
    assert (found("Name"), found("close")) == ("Nombre", "close")
    assert len(queries) == 1


@pytest.mark.parametrize(
    ("language", "settings"),
    [("", ON), ("default English", ON), ("Zlang", {**ON, "enable_languages": "0"}), ("Zlang", {**ON, "language_method": "DISABLED"})],
)
def test_nothing_is_asked_where_there_is_no_other_language(
    language: str, settings: dict[str, str], phrases: Connection, queries: list[str]
) -> None:
    queries.clear()
    assert load_phrases(["Name"], caller(language), settings, phrases)("Name") == "Name"
    assert not queries
