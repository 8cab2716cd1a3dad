"""Values that files spoil are mended, and what was mended is told row by row."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.import_dates import iso_date, repaired_dates
from dialer.import_states import repaired_states
from tests.imports.importing import Importing

YEAR = 2026


@pytest.mark.parametrize(
    ("text", "date_format", "expected"),
    [
        ("1980-02-01", "mdy", "1980-02-01"),
        ("1980-2-1", "dmy", "1980-02-01"),
        ("1980/02/01", "dmy", "1980-02-01"),
        ("2/1/1980", "mdy", "1980-02-01"),
        ("02/01/1980", "dmy", "1980-01-02"),
        ("1.2.1980", "dmy", "1980-02-01"),
        ("01-02-80", "dmy", "1980-02-01"),
        ("80/2/1", "ymd", "1980-02-01"),
        ("2/1/26", "mdy", "2026-02-01"),
        ("2/1/27", "mdy", "1927-02-01"),
        ("19800201", "mdy", "1980-02-01"),
        ("Feb 1, 1980", "mdy", "1980-02-01"),
        ("February 1st 1980", "mdy", "1980-02-01"),
        ("1 Feb 1980", "mdy", "1980-02-01"),
        ("01-Feb-80", "mdy", "1980-02-01"),
        ("29252", "mdy", "1980-02-01"),
        ("29252.0", "mdy", "1980-02-01"),
        ("1980-02-01T09:30:00Z", "mdy", "1980-02-01 09:30:00"),
        ("2/1/1980 9:30", "mdy", "1980-02-01 9:30:00"),
        ("2/1/2026 5:00 PM", "mdy", "2026-02-01 17:00:00"),
        ("2/1/2026  12:15:30 a.m.", "mdy", "2026-02-01 00:15:30"),
        ("13/1/1980", "mdy", None),
        ("2/30/1980", "mdy", None),
        ("0000-00-00", "mdy", None),
        ("Foo 1, 1980", "mdy", None),
        ("soon", "mdy", None),
        ("1/2/3/4", "mdy", None),
    ],
)
def test_dates_of_many_kinds(text: str, date_format: str, expected: str | None) -> None:
    assert iso_date(text, date_format, YEAR) == expected


@given(st.dates(date(1900, 1, 1)), st.sampled_from(["mdy", "dmy", "ymd"]), st.sampled_from("-/. "))
def test_a_date_is_read_as_it_was_written(day: date, date_format: str, between: str) -> None:
    parts = {"y": f"{day.year:04}", "m": str(day.month), "d": str(day.day)}
    text = between.join(parts[letter] for letter in date_format)
    assert iso_date(text, date_format, YEAR) == day.isoformat()


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    found, _ = repaired_dates([text], "mdy", YEAR)
    assert found[0] == text or date.fromisoformat(found[0][:10])


def test_states_become_their_two_letters() -> None:
    states, notes = repaired_states(["Florida", "FL", "fl", " new york ", "N.Y.", "Québec", "quebec", "", "Bayern", "XX", "New  Mexico"])
    assert states == ["FL", "FL", "FL", "NY", "NY", "QC", "QC", "", "Bayern", "XX", "NM"]
    assert sorted(notes) == [0, 2, 3, 4, 5, 6, 8, 10]
    assert notes[0] == "Florida read as FL"
    assert notes[8] == "Bayern is no state known, and cut to 2 letters"


def test_what_was_mended_is_told_with_the_row(importing: Importing) -> None:
    job = importing.loaded(
        "phone,state,dob,alt_phone\n+1 (727) 555-1212,Florida,1/2/1980,7275551213.0\n7275551214,Ontario,31/12/1980,7.28E+09\n"
        "7275551215,FL,1980-01-02,ask\n",
        list_id="101",
    )
    assert [row["note"] for row in importing.results(job)] == [
        "phone: leading 1 left out; date_of_birth: 1/2/1980 read as 1980-01-02; state: Florida read as FL; "
        "alt_phone: 7275551213.0 read as 7275551213",
        "date_of_birth: 31/12/1980 is no date; state: Ontario read as ON; alt_phone: left out, a spreadsheet has rounded it",
        None,
    ]
    assert importing.wire.rows("vicidial_list", "state", "date_of_birth", "alt_phone") == [
        ("FL", "1980-01-02", "7275551213"),
        ("ON", "0000-00-00", ""),
        ("FL", "1980-01-02", "ask"),
    ]


def test_what_is_too_long_for_its_column_is_told(importing: Importing) -> None:
    job = importing.loaded(f"phone,first_name,state,phone_code\n7275551212,{'x' * 31},FL,1\n493012345678,Ann,Bayern,49\n", list_id="101")
    assert [row["note"] for row in importing.results(job)] == ["first_name: cut to 30 characters", "state: cut to 2 characters"]
    assert importing.wire.rows("vicidial_list", "first_name", "state") == [("x" * 30, "FL"), ("Ann", "Ba")]


def test_dates_are_read_as_told(importing: Importing) -> None:
    importing.loaded("phone,dob\n7275551212,1/2/1980\n", list_id="101", date_format="dmy")
    assert importing.wire.rows("vicidial_list", "date_of_birth") == [("1980-02-01",)]


def test_states_of_other_countries_stay(importing: Importing) -> None:
    job = importing.loaded("phone,state,phone_code\n493012345678,fl,49\n", list_id="101")
    assert importing.results(job)[0]["note"] is None
    assert importing.wire.rows("vicidial_list", "state") == [("fl",)]


def test_defaults_fill_what_rows_leave_empty(importing: Importing) -> None:
    job = importing.loaded(
        "phone,state,city\n7275551212,,Tampa\n7275551213,GA,\n",
        list_id="101",
        defaults='{"state": "FL", "city": "Miami", "source_id": "web", "rank": 5}',
    )
    assert job["state"] == "done"
    assert importing.wire.rows("vicidial_list", "state", "city", "source_id", "rank") == [
        ("FL", "Tampa", "web", 5),
        ("GA", "Miami", "web", 5),
    ]
