"""Which of the dialer's daylight schemes a time zone follows, found from the zone's own rules."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

# First days of daylight and of standard time, as month, weekday's number in it from 1 (-1: the last). All are Sundays.
SCHEMES = {
    ((3, 2), (11, 1)): "SSM-FSN",
    ((3, -1), (10, -1)): "LSM-LSO",
    ((10, 1), (4, 1)): "FSO-FSA",
    ((9, -1), (4, 1)): "LSS-FSA",
}


def daylight_scheme(zone: str, year: int) -> str:
    """The scheme's name; '' for a zone without daylight time, or whose rule the dialer has no name for (Chile, Egypt)."""
    standard = standard_time(zone, year)[0]
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(-1, 365)]
    daylight = [_hours(zone, day) > standard for day in days]
    begins = [day for day, before, after in zip(days[1:], daylight, daylight[1:], strict=False) if after and not before]
    ends = [day for day, before, after in zip(days[1:], daylight, daylight[1:], strict=False) if before and not after]
    if len(begins) != 1 or len(ends) != 1:
        return ""
    for (begin, end), scheme in SCHEMES.items():
        if begins[0] == _sunday(year, *begin) and ends[0] == _sunday(year, *end):
            return scheme
    return ""


def standard_time(zone: str, year: int) -> tuple[float, str]:
    """Hours from universal time and the abbreviation ('' if it has none) in standard time."""
    standard = min((date(year, 1, 1), date(year, 7, 1)), key=lambda day: _hours(zone, day))
    name = _noon(zone, standard).tzname() or ""
    return _hours(zone, standard), name if name.isalpha() else ""


def _hours(zone: str, day: date) -> float:
    return (_noon(zone, day).utcoffset() or timedelta()) / timedelta(hours=1)


def _noon(zone: str, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))


def _sunday(year: int, month: int, which: int) -> date:
    if which < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=last.isoweekday() % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(7 - first.isoweekday()) % 7 + 7 * (which - 1))
