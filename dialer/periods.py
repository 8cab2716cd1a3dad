"""The time that a report covers. Source: spec call_status_stats; texts are those that the dialer's database compares."""

from dataclasses import dataclass

from db import fitting
from protocol.functions import Moment


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
    """A day and a time as the database reads them; the zero date for what is none.

    The 31st of a shorter month stays: it compares as the text does, and so ends the month.
    """
    asked = f"{day} {time}"
    found = fitting.moment(asked)
    month_is_shorter = found == fitting.ZERO_MOMENT and len(day) == 10 and "29" <= day[8:] <= "31"
    return asked if month_is_shorter and fitting.moment(f"{day[:8]}01 {time}") != fitting.ZERO_MOMENT else found
