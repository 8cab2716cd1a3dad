"""Phone numbers as files hold them, brought to the digits that add_lead takes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

US_CANADA = ("", "1")
ELEVEN = 11
LONGEST_WRITTEN = 40
"""Characters up to which a number is searched for an extension."""

_SCIENTIFIC = re.compile(r"\+?(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_DECIMAL = re.compile(r"\+?(\d{6,})[.,]0*")
_EXTENSION = re.compile(r"(.*\d.*?)\s*(?:extension|ext|x|#)\.?\s*\d*", re.IGNORECASE | re.DOTALL)
_NO_DIGITS = re.compile(r"[^0-9]+")


@dataclass(slots=True)
class Phones:
    """Numbers as digits; by position what was mended in those where more than punctuation was, and those past mending."""

    numbers: list[str]
    notes: dict[int, str] = field(default_factory=dict)
    damaged: set[int] = field(default_factory=set)


def mended(values: Sequence[str], phone_codes: Sequence[str]) -> Phones:
    """The numbers in a column; `phone_codes` belong to the same rows."""
    phones = Phones(list(values))
    joined = "".join(values)
    if not (joined.isascii() and joined.isdigit()):
        for position, value in enumerate(values):
            if not (value.isascii() and value.isdigit()):
                _mend(phones, position, value)
    for position, number in enumerate(phones.numbers):
        if len(number) == ELEVEN and number[0] == "1" and phone_codes[position] in US_CANADA:
            phones.numbers[position] = number[1:]
            phones.notes.setdefault(position, "phone: leading 1 left out")
    return phones


def _mend(phones: Phones, position: int, value: str) -> None:
    value = value.strip()
    if found := _SCIENTIFIC.fullmatch(value):
        digits, length = found[1] + (found[2] or ""), int(found[3]) + 1
        if len(digits) < length:
            phones.damaged.add(position)
            return
        number = digits[:length]
    elif found := _DECIMAL.fullmatch(value):
        number = found[1]
    elif len(value) <= LONGEST_WRITTEN and (found := _EXTENSION.fullmatch(value)):
        number = _NO_DIGITS.sub("", found[1])
    else:
        phones.numbers[position] = _NO_DIGITS.sub("", value)
        return
    phones.numbers[position] = number
    phones.notes[position] = f"phone: {value} read as {number}"
