"""Alternate phone numbers of a lead, as `multi_alt_phones` carries them.

Source: spec add_lead, section 5.
"""

from typing import NamedTuple

SHORTEST = 6
"""A text shorter than this is taken for none."""


class AltPhone(NamedTuple):
    """One alternate number; `code` is the phone code as sent, maybe empty."""

    number: str
    code: str
    note: str


def alt_phones(text: str) -> tuple[AltPhone, ...]:
    """The numbers of `number_code_note!number_code_note`; further parts of a number are dropped."""
    if len(text) < SHORTEST:
        return ()
    return tuple(AltPhone(*[*part.split("_"), "", ""][:3]) for part in text.split("!"))
