"""Texts of pages and reports in the language of the caller. Source: spec 00, section 7.

The plain SUCCESS, NOTICE and ERROR lines are never translated.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from db.tables.system import vicidial_language_phrases
from dialer.collation import folded
from protocol.functions import Caller

UNTRANSLATED = "default English"


class Phrases:
    """English text to the text shown; what has no translation is shown as it is."""

    def __init__(self, translated: Mapping[str, str]) -> None:
        self._translated = translated

    def __call__(self, english: str) -> str:
        return self._translated.get(folded(english), english)


def load_phrases(english: Iterable[str], caller: Caller, settings: Mapping[str, str], connection: Connection) -> Phrases:
    """The texts in the caller's language: one statement, none where the dialer or the caller has no other language."""
    if settings.get("enable_languages") != "1" or settings.get("language_method") != "MYSQL":
        return Phrases({})
    if caller.language in ("", UNTRANSLATED):
        return Phrases({})
    phrases = vicidial_language_phrases.c
    found = connection.execute(
        select(phrases.english_text, phrases.translated_text)
        .where(phrases.language_id == caller.language, phrases.english_text.in_(list(english)))
        .order_by(phrases.phrase_id.desc())  # of several translations the oldest one stays
    )
    return Phrases({folded(row.english_text): row.translated_text or "" for row in found})
