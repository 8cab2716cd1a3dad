"""Dates as files hold them, brought to the year-month-day that the dialer keeps."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

DATE_FORMATS = ("mdy", "dmy", "ymd")
"""Orders of day, month and year in dates of three numbers that do not begin with the year; the first unless told."""

NOW = "NOW"
"""What a callback may have for its time."""
_PARTS = re.compile(
    r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})(?:[T ]+(\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(?:Z|[+-]\d{2}:?\d{2}|([AP])\.?M\.?)?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NAMED = re.compile(r"(?:(\d{1,2})[-. ]+)?([A-Za-z]{3,9})[-. ,]+(?:(\d{1,2})(?:st|nd|rd|th)?[, ]+)?(\d{4}|\d{2})")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_MONTHS: Mapping[str, int] = {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_SERIAL_ZERO = date(1899, 12, 30).toordinal()
"""Day 0 of a spreadsheet's serial numbers."""


def iso_date(text: str, date_format: str, this_year: int) -> str | None:
    """The date as year-month-day, with its time of day if it has one; None if the text is no date.

    Years of two digits are the latest that is not after `this_year`.
    """
    text = text.strip()
    if found := _PARTS.fullmatch(text):
        day = _of_parts(found[1], found[2], found[3], date_format, this_year)
        return f"{day} {_time(found[4], found[5])}" if day and found[4] else day
    if found := _COMPACT.fullmatch(text):
        return _iso(int(found[1]), int(found[2]), int(found[3]))
    if found := _NAMED.fullmatch(text):
        month, number = _MONTHS.get(found[2][:3].lower(), 0), found[1] or found[3]
        return _iso(_year(found[4], this_year), month, int(number)) if number else None
    if _SERIAL.fullmatch(text):
        return date.fromordinal(_SERIAL_ZERO + int(float(text))).isoformat()
    return None


def _of_parts(one: str, two: str, three: str, date_format: str, this_year: int) -> str | None:
    if len(one) == 4:
        return _iso(int(one), int(two), int(three))
    named = dict(zip(date_format, (one, two, three), strict=True))
    if len(named["y"]) not in (2, 4) or max(len(named["m"]), len(named["d"])) > 2:
        return None
    return _iso(_year(named["y"], this_year), int(named["m"]), int(named["d"]))


def _time(text: str, half: str | None) -> str:
    hour, _, rest = text.partition(":")
    if half:
        hour = f"{int(hour) % 12 + 12 * (half in 'pP'):02}"
    return f"{hour}:{rest}" if ":" in rest else f"{hour}:{rest}:00"


def _year(text: str, this_year: int) -> int:
    if len(text) == 4:
        return int(text)
    year = this_year - this_year % 100 + int(text)
    return year if year <= this_year else year - 100


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def repaired_dates(values: Sequence[str], date_format: str, this_year: int) -> tuple[list[str], dict[int, str]]:
    """The dates in a column, and by position what was mended; what is no date (nor NOW) stays as it is, and is told."""
    dates, notes = list(values), {}
    known: dict[str, str | None] = {}
    for position, value in enumerate(values):
        if not value or value == NOW or _is_iso(value):
            continue
        if value not in known:
            known[value] = iso_date(value, date_format, this_year)
        found = known[value]
        if found is None:
            notes[position] = f"{value[:40]} is no date"
        elif found != value:
            dates[position] = found
            notes[position] = f"{value} read as {found}"
    return dates, notes


def _is_iso(value: str) -> bool:
    return len(value) == 10 and value[4] == value[7] == "-" and value[:4].isdecimal() and iso_date(value, "ymd", 0) == value
