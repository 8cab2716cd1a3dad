"""The time that a report covers."""

import datetime as dt

import pytest

from dialer.periods import Period, as_compared, bound, period
from protocol.functions import Moment

NOW = dt.datetime(2020, 11, 1, 15, 30)
MOMENT = Moment(now=NOW, utc=NOW, daylight=False, zone_offset=0.0)


@pytest.mark.parametrize(
    ("asked", "covered"),
    [
        (("", "", "", ""), Period("2020-11-01 00:00:00", "2020-11-01 23:59:59")),
        (("2020-10-01", "", "", ""), Period("2020-10-01 00:00:00", "2020-10-01 23:59:59")),
        (("2020-10-01", "", "2020-10-03", ""), Period("2020-10-01 00:00:00", "2020-10-03 23:59:59")),
        (("2020-10-01", "08:00:00", "", "9:30"), Period("2020-10-01 08:00:00", "2020-10-01 09:30:00")),
        (("", "08:00:00", "", ""), Period("2020-11-01 08:00:00", "2020-11-01 23:59:59")),
    ],
)
def test_covers_what_is_asked_for(asked: tuple[str, str, str, str], covered: Period) -> None:
    assert period(*asked, MOMENT) == covered


@pytest.mark.parametrize("day", ["20201101", "2020-13-01", "garbage", "2020-11-32", "'; --", ""])
def test_what_is_no_day_is_the_zero_date(day: str) -> None:
    assert bound(day, "00:00:00") == "0000-00-00 00:00:00"


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2020-11-31", "2020-11-31"),
        ("2021-02-29", "2021-02-29"),
        ("2020-02-30", "2020-02-30"),
        ("2020-6-31 ", "2020-06-31"),
        ("20_06_31  ", "2020-06-31"),
    ],
)
def test_the_last_days_of_a_longer_month_end_a_shorter_one(day: str, end: str) -> None:
    assert bound(day, "23:59:59") == f"{end} 23:59:59"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2020-11-01 10:00:00", "2020-11-01 10:00:00"),
        ("2020-11-01_10:00:00", "2020-11-01 10:00:00"),
        ("2020-11-1 10:00:00 ", "2020-11-01 10:00:00"),
        ("20-1-1 10:00:00    ", "2020-01-01 10:00:00"),
        ("  2020-11-01 10:00:", "2020-11-01 10:00:00"),
        ("20201101100000     ", "2020-11-01 10:00:00"),
        ("2020-11-01         ", "2020-11-01 00:00:00"),
        ("2020-11-0110:00:00 ", "0000-00-00 00:00:00"),
        ("2020-11-31 24:00:00", "0000-00-00 00:00:00"),
    ],
)
def test_a_moment_is_read_whole(sent: str, read: str) -> None:
    assert as_compared(sent) == read
