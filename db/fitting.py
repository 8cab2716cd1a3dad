"""Fits values to columns as MariaDB does without strict mode (sql_mode NO_ENGINE_SUBSTITUTION). Pure.

SQLite stores whatever it gets, so db/types.py asks these functions first; the dialers' own MariaDB does the same by
itself. tests/db/test_fitting.py holds every rule against a real MariaDB.
"""

import re
import string
from collections.abc import Mapping
from datetime import date as day
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from math import floor

ZERO_DATE = "0000-00-00"
ZERO_MOMENT = "0000-00-00 00:00:00"
ZERO_TIME = "00:00:00"
LONGEST_TIME = (838, 59, 59)

# SQLite has no unsigned 64 bits: a bigint unsigned ends here, at half of what MariaDB can hold.
LARGEST = 2**63 - 1

_BEYOND = Decimal(2**65)

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_TIME = re.compile(r"([+-]?) *(?:(\d+) +(?=\d))?(\d+)(?::(\d+))?(?::(\d+))?(?![\deE])", re.ASCII)
_AFTER_A_DATE = re.compile(r"\d{12,}|\d{8}T\d|\d+[-/]\d+[-/]\d+[\sTt]+[\d:]", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_TOGETHER = re.compile(r"([\dT]+)(?:\.\d*)?", re.ASCII)
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_SPACES = " \t\n\v\f\r"
_DIGITS = frozenset(string.digits)
_TRAIL = _SPACES + string.ascii_letters


def text(value: object, width: int) -> str:
    """The text cut to `width` characters."""
    return (value if isinstance(value, str) else str(value))[:width]


def long_text(value: object, width: int) -> str:
    """The text cut to `width` bytes of UTF-8, at a whole character."""
    value = value if isinstance(value, str) else str(value)
    return value if len(value) * 4 <= width else value.encode()[:width].decode(errors="ignore")


def choice(value: object, spellings: Mapping[str, str], choices: tuple[str, ...]) -> str:
    """The defined spelling of an ENUM value; `spellings` maps its lower case to it.

    A number that is no spelling counts as the position of the value, from 1; anything else becomes ''.
    """
    if isinstance(value, int):
        return choices[value - 1] if 0 < value <= len(choices) else ""
    trimmed = str(value).rstrip(" ")
    found = spellings.get(trimmed.lower())
    if found is not None:
        return found
    position = number(trimmed) if re.fullmatch(r"\s*\+?\d{1,5}", trimmed, re.ASCII) and len(trimmed) < 6 else 0
    return choices[position - 1] if 0 < position <= len(choices) else ""


def integer(value: object, least: int, most: int) -> int:
    """The number a text begins with, rounded and kept within the type's range; 0 when it begins with none."""
    whole = value if isinstance(value, int) else number(value)
    if least == 0 and whole <= -(2**64):  # what 64 bits cannot hold is taken for far above, though it is below
        return most
    return least if whole < least else most if whole > most else whole


def number(value: object) -> int:
    """The number a text begins with, rounded half away from zero."""
    found = str(value)
    if _WHOLE.fullmatch(found):
        return int(found)
    exact = max(-_BEYOND, min(_BEYOND, _exact(found)))
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def decimal(value: object, digits: int, scale: int) -> str:
    """The number a text begins with, rounded to `scale` and kept within `digits`, as text with that scale."""
    step = Decimal(1).scaleb(-scale)
    most = Decimal(10) ** (digits - scale) - step
    rounded = max(-most, min(most, _exact(str(value)))).quantize(step, ROUND_HALF_UP)
    return f"{rounded or abs(rounded)}"


def double(value: object, digits: int, scale: int) -> str:
    """As `decimal`, but rounded in binary: 1.005 is a little less than it looks."""
    exact = float(max(-_BEYOND, min(_BEYOND, _exact(str(value)))))
    whole = floor(exact)
    return decimal(whole + Decimal(round((exact - whole) * 10**scale)).scaleb(-scale), digits, scale)


def _exact(value: str) -> Decimal:
    found = _NUMBER.match(value)
    if found is None:
        return Decimal(0)
    try:
        return Decimal(found[1])
    except InvalidOperation:  # an exponent beyond what Decimal holds
        return Decimal(0)


@lru_cache(4096)
def moment(value: object) -> str:
    """A date and time as MariaDB reads it, `YYYY-MM-DD HH:MM:SS`; the zero date when it is none."""
    found = str(value)
    if _MOMENT.fullmatch(found):
        fields = [int(found[a:b]) for a, b in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))]
        return found if _exists(fields) else ZERO_MOMENT
    fields = _numbered(value) if isinstance(value, int) else _fields(found)
    if not _exists(fields):
        return ZERO_MOMENT
    year, month, date, hour, minute, second = fields
    return f"{year:04}-{month:02}-{date:02} {hour:02}:{minute:02}:{second:02}"


@lru_cache(4096)
def date(value: object) -> str:
    """A date as MariaDB reads it, `YYYY-MM-DD`; the zero date when it is none."""
    return moment(value)[:10]


@lru_cache(4096)
def timestamp(value: object) -> str:
    """As `moment`, but no part of the date is zero and the year is of 1970 to 2038."""
    found = moment(value)
    return ZERO_MOMENT if "-00" in found[:10] or not "1970-01-01 00:00:00" < found <= "2038-01-19 03:14:07" else found


@lru_cache(4096)
def time(value: object) -> str:
    """A time or a length of time as MariaDB reads it, `HH:MM:SS`; `1 10:00` is a day and ten hours."""
    found = str(value).strip(_SPACES)
    if _AFTER_A_DATE.match(found):
        return moment(found)[11:]
    parts = _TIME.match(found)
    if parts is None:
        return ZERO_TIME
    sign, days, hours, minutes, seconds = parts.groups(default="")
    if days or minutes:
        length = (int(days or 0) * 24 + int(hours), int(minutes or 0), int(seconds or 0))
    else:  # digits alone are HHMMSS
        length = (int(hours) // 10000, int(hours) // 100 % 100, int(hours) % 100)
    if length[1] > 59 or length[2] > 59:
        return ZERO_TIME
    shown = "{:02}:{:02}:{:02}".format(*min(length, LONGEST_TIME))
    return f"-{shown}" if sign == "-" and any(length) else shown


def _exists(fields: list[int]) -> bool:
    """Whether the fields are a date; MariaDB takes zero for a month or a day, and 29 February only where there is one."""
    if len(fields) < 6:
        return False
    year, month, date, hour, minute, second = fields
    if year > 9999 or month > 12 or date > 31 or hour > 23 or minute > 59 or second > 59:
        return False
    if not (month and date):
        return True
    try:
        day(year or 4, month, date)
    except ValueError:
        return False
    return True


def _numbered(value: int) -> list[int]:
    """The fields of a date given as a number, such as 20261005 or 20261005100000."""
    if value == 0:
        return [0] * 6
    if value <= 100 or 991231 < value < 10000101 or 99991231 < value < 101000000 or value > 99991231235959:
        return []
    digits = str(value)
    return _fields(digits.zfill(next((n for n in (6, 8, 12, 14) if n >= len(digits)), 14)))


def _fields(value: str) -> list[int]:
    """Year, month, day, hour, minute and second that the text begins with; none when it is no date."""
    value = value.lstrip(_SPACES).removeprefix("+").rstrip(_TRAIL)
    together = _TOGETHER.fullmatch(value)
    digits = len(together[1].replace("T", "")) if together else 0
    if together and (digits >= 14 or together[1] == value):
        width = 4 if digits == 8 or digits >= 14 else 2
        fields = _run_together(together[1], width)
    else:
        width = len(value) - len(value.lstrip(string.digits))
        fields = _apart(value)
    if len(fields) < 3:
        return []
    if width == 2 and any(fields):
        fields[0] += 2000 if fields[0] < 70 else 1900
    return fields + [0] * (6 - len(fields))


def _run_together(value: str, year_width: int) -> list[int]:
    """The fields of 20261005100000, 20261005T100000, 20261005 or 261005."""
    fields: list[int] = []
    at = 0
    for width in (year_width, 2, 2, 2, 2, 2):
        if len(fields) == 3 and value[at : at + 1] == "T":
            at += 1
        part = value[at : at + width].partition("T")[0]
        if not part:
            break
        fields.append(int(part))
        at += len(part)
    return fields


def _apart(value: str) -> list[int]:
    """The fields of a date whose parts stand apart: any punctuation, and before the hour also spaces or a T."""
    fields: list[int] = []
    rest = value
    while len(fields) < 6 and rest[:1] in _DIGITS:
        after = rest.lstrip(string.digits)
        fields.append(int(rest[: len(rest) - len(after)]))
        rest = after
        if len(fields) == 3 and rest[:1] in _SPACES:
            rest = rest.lstrip(_SPACES)
        elif rest[:1] in _PUNCTUATION or (len(fields) == 3 and rest[:1] == "T"):
            rest = rest[1:]
        else:
            break
    return fields
