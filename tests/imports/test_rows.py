"""Rows of a chunk as requests: cleaned like any request, phones mended, options filled in."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.importing.options import FIELDS
from dialer.import_columns import columns_of
from dialer.import_phones import mended
from dialer.import_rows import as_typed, guarded, import_rows
from protocol.chunks import Chunk, chunk_packed, chunk_unpacked
from protocol.functions import Caller
from protocol.import_codes import PHONE_DAMAGED, QUOTE_NOT_CLOSED, TOO_FEW_CELLS, TOO_MANY_CELLS
from protocol.parameters import cleaned


def chunk(header: list[str], *rows: list[str], labels: list[str] | None = None, **more: Any) -> Chunk:
    columns = columns_of(header, FIELDS, labels=labels)
    fields: dict[str, Any] = {"options": {"list_id": "101"}, "lines": range(2, 2 + len(rows)), **more}
    return Chunk(job_id="j", number=0, caller=Caller(user="6666"), columns=columns, rows=rows, **fields)


@pytest.mark.parametrize(
    ("written", "code", "number", "note"),
    [
        ("7275551212", "1", "7275551212", ""),
        ("(727) 555-1212", "1", "7275551212", ""),
        ("727.555.1212", "", "7275551212", ""),
        ("+1 727 555 1212", "", "7275551212", "phone: leading 1 left out"),
        ("17275551212", "1", "7275551212", "phone: leading 1 left out"),
        ("17275551212", "44", "17275551212", ""),
        ("7275551212.0", "1", "7275551212", "phone: 7275551212.0 read as 7275551212"),
        ("7.275551212E+09", "1", "7275551212", "phone: 7.275551212E+09 read as 7275551212"),
        ("7,275551212e9", "1", "7275551212", "phone: 7,275551212e9 read as 7275551212"),
        ("1.7275551212E+10", "1", "7275551212", "phone: 1.7275551212E+10 read as 17275551212"),
        ("727-555-1212 ext. 12", "1", "7275551212", "phone: 727-555-1212 ext. 12 read as 7275551212"),
        ("727-555-1212x3", "1", "7275551212", "phone: 727-555-1212x3 read as 7275551212"),
        ("#7275551212", "1", "7275551212", ""),
        ("", "1", "", ""),
        ("\u0667\u0662\u0667", "1", "", ""),
    ],
)
def test_phones_are_brought_to_digits(written: str, code: str, number: str, note: str) -> None:
    found = mended([written], [code])
    assert (found.numbers, found.notes.get(0, ""), found.damaged) == ([number], note, set())


@pytest.mark.parametrize("written", ["7.28E+09", "7.27555E+09", "1E10"])
def test_a_rounded_phone_is_never_dialed(written: str) -> None:
    assert mended([written], [""]).damaged == {0}


def test_values_are_cleaned_as_in_any_request() -> None:
    header = ["phone_number", "first_name", "email", "comments", "country_code", "state"]
    sent = ["7275551212", "Pat! O'Brien", "a+b@x.com", "one; two # three", "us", "FL"]
    (parameters,) = import_rows(chunk(header, sent)).parameters
    expected = cleaned(dict(zip(header, sent, strict=True)) | {"list_id": "101"})
    assert {n: v for n, v in parameters.items() if v} == {n: v for n, v in expected.items() if n != "hopper_priority"}


def test_nothing_is_cleaned_where_the_dialer_does_not() -> None:
    (parameters,) = import_rows(chunk(["phone", "first_name"], ["727-555-1212", "Ünal"], non_latin=True)).parameters
    assert parameters["first_name"] == "Ünal"
    assert parameters["phone_number"] == "7275551212"


def test_a_column_overrides_an_option_where_it_says_something() -> None:
    options = {"list_id": "101", "dnc_check": "Y", "hopper_priority": "0"}
    rows = import_rows(
        chunk(["phone", "list_id", "hopper_priority"], ["7275551212", "102", "500"], ["7275551213", "", ""], options=options)
    )
    assert [(p["list_id"], p["dnc_check"], p["hopper_priority"]) for p in rows.parameters] == [("102", "Y", "99"), ("101", "Y", "0")]


def test_rows_of_another_width_are_refused() -> None:
    rows = import_rows(
        chunk(["phone", "city"], ["7275551212"], ["7275551213", "Tampa", "x"], ["7275551214", "Tampa", "", ""], ["7.28E+09", "x"])
    )
    assert rows.faults == {0: TOO_FEW_CELLS, 1: TOO_MANY_CELLS, 3: PHONE_DAMAGED}
    assert rows.positions == [2]
    assert [p["phone_number"] for p in rows.parameters] == ["7275551214"]


def test_rows_that_could_not_be_read_stay_refused() -> None:
    rows = import_rows(chunk(["phone"], ['"7275551212'], ["7275551213"], faults={0: QUOTE_NOT_CLOSED}))
    assert (rows.faults, rows.positions) == ({0: QUOTE_NOT_CLOSED}, [1])


def test_a_chunk_without_a_readable_row() -> None:
    rows = import_rows(chunk(["phone", "city"], ["1"], ["2"]))
    assert (rows.parameters, rows.raw, len(rows.faults)) == ([], [], 2)


def test_custom_fields_keep_what_was_sent() -> None:
    rows = import_rows(chunk(["phone", "Favorite Color"], ["7275551212", "red; #1"], labels=["favorite_color"]))
    assert rows.raw == [{"phone": "7275551212", "favorite_color": "red; #1"}]


@given(st.text(max_size=12))
@example("\r")
@example("\t'=x")
def test_a_guarded_cell_comes_back_as_it_was(cell: str) -> None:
    assert as_typed([guarded(cell)]) == as_typed([cell])
    assert guarded(cell).lstrip()[:1] not in {"=", "+", "-", "@"}


def test_a_chunk_comes_back_from_its_message() -> None:
    sent = chunk(["phone", "city"], ["1", "a"], ["2", "b"], lines=[2, 7], faults={1: TOO_FEW_CELLS})
    packed = chunk_packed(sent)
    assert chunk_packed(chunk_unpacked(packed)) == packed
    assert list(chunk_unpacked(chunk_packed(chunk(["phone"], ["1"], ["2"]))).lines) == [2, 3]
