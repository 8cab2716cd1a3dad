"""Text as the dialer's database compares it.

A dialer's tables compare by utf8mb3_unicode_ci: neither case nor accents count, ligatures are the letters they are made
of, control characters are not there, and trailing spaces are not seen. unicode_ci.json has what each character counts as,
where that is not itself (tests/dialer/unicode_ci.py makes it from a MariaDB). SQLite sees accents: there a batch takes
José and Jose for the same though two batches would not.
"""

import json
import re
from functools import cache, lru_cache
from pathlib import Path

LARGEST = 2**63 - 1
_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)", re.ASCII)
_DIGITS = re.compile(r"\s*\+?0*(\d*)", re.ASCII)


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """The text without what a comparison does not see: two texts are equal to the database when these are equal."""
    if text.isascii() and text.isprintable():
        return text.lower().rstrip(" ")
    return text.translate(_counted_as()).rstrip(" ")


@cache
def _counted_as() -> dict[int, str]:
    """What each character counts as, where that is not itself."""
    classes: dict[str, str] = json.loads((Path(__file__).parent / "unicode_ci.json").read_text())
    return str.maketrans({one: shown for shown, alike in classes.items() for one in alike})


def number(text: str) -> float:
    """The number a text begins with, 0 if with none: how the database compares text with a number column."""
    found = _NUMBER.match(text)
    return float(found[1]) if found else 0.0


def whole_number(text: str) -> int:
    """The digits a text begins with as a number, 0 if with none; no more than a BIGINT holds."""
    if len(text) < 19 and text.isdecimal():
        return int(text)
    found = _DIGITS.match(text)
    digits = found[1] if found else ""
    return min(int(digits or 0), LARGEST) if len(digits) < 20 else LARGEST
