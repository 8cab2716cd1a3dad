"""Text as the dialer's database compares it."""

import re

LARGEST = 2**63 - 1
_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)", re.ASCII)
_DIGITS = re.compile(r"\s*\+?0*(\d*)", re.ASCII)


def folded(text: str) -> str:
    """The text without what a comparison does not see: case and trailing spaces."""
    return text.rstrip(" ").lower()


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
