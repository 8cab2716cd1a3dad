"""The time that a report covers. Source: spec call_status_stats; texts are those that the dialer's database compares."""

import re
from dataclasses import dataclass

from db import fitting
from protocol.functions import Moment

_PUNCTUATION = r"[!-/:-@\[-`{-~]"
_LAST_DAYS = re.compile(rf"(\s*\+?\d+{_PUNCTUATION}\d+{_PUNCTUATION})(29|30|31)(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last moment, both included."""

    first: str
    last: str


def period(query_date: str, query_time: str, end_date: str, end_time: str, moment: Moment) -> Period:
    """What a request asks for: today unless it names a day, one day unless it names an end, whole days without times."""
    first_day = query_date or moment.text[:10]
    return Period(bound(first_day, query_time or "00:00:00"), bound(end_date or first_day, end_time or "23:59:59"))


def bound(day: str, time: str) -> str:
    """A day and a time as the database reads them; the zero date for what is none."""
    return as_compared(f"{day} {time}")


def as_compared(moment: str) -> str:
    """A date and time as the database reads what it compares with one; the zero date for what is none.

    The 31st of a shorter month stays: it compares as the text does, and so ends the month.
    """
    found = fitting.moment(moment)
    beyond = _LAST_DAYS.match(moment) if found == fitting.ZERO_MOMENT else None
    if beyond is None:
        return found
    first = fitting.moment(f"{beyond[1]}01{moment[beyond.end() :]}")
    return found if first == fitting.ZERO_MOMENT else f"{first[:8]}{beyond[2]}{first[10:]}"
