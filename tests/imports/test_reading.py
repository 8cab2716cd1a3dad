"""A file gives the same rows however its upload is cut; what cannot be read costs its own line only."""

import csv
from collections.abc import Sequence
from io import StringIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing import csv_rows
from api.importing import rows as file_rows
from api.importing.csv_rows import CsvReader
from api.importing.encodings import text_of_lines
from api.importing.lead_file import LeadFile
from api.problems import Problem
from protocol.import_codes import NUL_IN_ROW, QUOTE_NOT_CLOSED, ROW_TOO_LONG

Row = tuple[int, tuple[str, ...], str]

PIECES = st.sampled_from([b"a", b"b", b",", b'"', b'""', b"\n", b"\r\n", b"\r", b" ", b"\xe9", "ü".encode(), b"x" * 30, b"\x00"])
TEXTS = st.lists(PIECES, max_size=60).map(b"".join)


def read(data: bytes, cuts: Sequence[int] = ()) -> list[Row]:
    """The rows of comma separated lines that come in pieces."""
    reader = CsvReader(",", text_of_lines)
    edges = [0, *sorted(cuts), len(data)]
    found: list[Row] = []
    for rows in [*(reader.feed(data[a:b]) for a, b in pairwise(edges)), reader.finish()]:
        found += [(line, tuple(row), rows.faults.get(n, "")) for n, (line, row) in enumerate(zip(rows.lines, rows.cells, strict=True))]
    return found


def chunks(data: bytes, cuts: Sequence[int] = (), *, rows: int = 3, **told: str) -> tuple[list[str], list[list[Row]]]:
    """Header and chunks of a file that comes in pieces."""
    file = LeadFile(rows, **told)
    edges = [0, *sorted(cuts), len(data)]
    parts = [part for a, b in pairwise(edges) for part in file.feed(data[a:b])] + list(file.finish())
    found = [[(line, tuple(row), p.faults.get(n, "")) for n, (line, row) in enumerate(zip(p.lines, p.cells, strict=True))] for p in parts]
    return file.header or [], found


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "RECORD_LIMIT", 40)
    monkeypatch.setattr(file_rows, "LINE_LIMIT", 160)
    monkeypatch.setattr(file_rows, "SHOWN", 100)


@given(TEXTS, st.data())
def test_rows_do_not_depend_on_the_cuts(data: bytes, draw: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "RECORD_LIMIT", 40)
        patch.setattr(file_rows, "LINE_LIMIT", 160)
        cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=8))
        assert read(data, cuts) == read(data)


@given(TEXTS.filter(lambda data: b"\x00" not in data))
def test_whole_rows_are_those_of_the_csv_module(data: bytes) -> None:
    found = read(data)
    if not any(fault for _, _, fault in found):
        assert [row for _, row, _ in found] == [tuple(row) for row in csv.reader(StringIO(text_of_lines(data), newline="")) if any(row)]


@given(
    st.lists(st.lists(st.text(max_size=8), min_size=3, max_size=3).filter(any), max_size=12),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.data(),
)
def test_a_file_is_read_in_any_encoding_with_any_delimiter(
    rows: list[list[str]], encoding: str, delimiter: str, draw: st.DataObject
) -> None:
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([["phone_number", "first_name", "last_name"], *rows])
    data = text.getvalue().encode(encoding, errors="replace")
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=6))
    header, found = chunks(data, cuts)
    assert header == ["phone_number", "first_name", "last_name"]
    assert (header, found) == chunks(data)
    expected = [tuple(cell.encode(errors="replace").decode() for cell in row) for row in rows]
    assert [row for part in found for _, row, _ in part] == expected
    assert [len(part) for part in found[:-1]] == [3] * (len(found) - 1)


def test_line_numbers_are_those_of_an_editor() -> None:
    assert read(b'a,1\n\nb,"2\n3"\nc,4\n') == [(1, ("a", "1"), ""), (3, ("b", "2\n3"), ""), (5, ("c", "4"), "")]


def test_a_quote_that_is_never_closed_costs_its_line_only() -> None:
    assert read(b'a,1\nb,"2\nc,3\nd,4\n') == [
        (1, ("a", "1"), ""),
        (2, ('b,"2',), QUOTE_NOT_CLOSED),
        (3, ("c", "3"), ""),
        (4, ("d", "4"), ""),
    ]


def test_a_lone_quote_at_the_end() -> None:
    assert read(b'a\n"') == [(1, ("a",), ""), (2, ('"',), QUOTE_NOT_CLOSED)]


@pytest.mark.usefixtures("small_limits")
def test_a_line_that_is_too_long_is_cut_short_and_costs_itself_only() -> None:
    long = b"x" * 1000
    assert read(b"a\n" + long + b"\nb\n", range(0, 1000, 7)) == [(1, ("a",), ""), (2, ("x" * 100,), ROW_TOO_LONG), (3, ("b",), "")]


def test_a_nul_costs_its_row_only() -> None:
    assert [(line, fault) for line, _, fault in read(b"a\nb\x00\nc\n")] == [(1, ""), (2, NUL_IN_ROW), (3, "")]


def test_bytes_that_are_no_utf_8_are_windows_1252_line_by_line() -> None:
    assert [row for _, row, _ in read("é\n".encode() + b"\xe9\x80\n")] == [("é",), ("é€",)]


def test_the_delimiter_is_the_one_that_makes_the_best_header() -> None:
    assert chunks(b"First Name;Phone, mobile;Zip\nA, B;1;2\n")[0] == ["First Name", "Phone, mobile", "Zip"]
    assert chunks(b"sep=|\nphone|x\n1|2\n") == (["phone", "x"], [[(3, ("1", "2"), "")]])
    assert chunks(b"phone\n1\n")[0] == ["phone"]
    assert chunks(b"a|b,c\n1|2,3\n", delimiter="comma")[0] == ["a|b", "c"]


def test_latin_1_can_be_told() -> None:
    assert chunks("phone,name\n1,é\n".encode(), encoding="latin-1")[1] == [[(2, ("1", "\u00c3\u00a9"), "")]]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    with pytest.raises(Problem, match="empty-file"):
        chunks(data)


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", b"\x1f\x8brest", b"%PDF-1.7", b'"phone\n1\n'])
def test_a_file_that_is_no_csv_is_refused(data: bytes) -> None:
    with pytest.raises(Problem, match="unreadable-file"):
        chunks(data)


def test_a_file_of_nothing_but_open_quotes_is_refused() -> None:
    with pytest.raises(Problem, match="unreadable-file"):
        read(b'a","b\n' * 2 * 20_000)


def test_a_chunk_ends_before_it_grows_too_large() -> None:
    wide = b"1," + b"y" * 90_000 + b"\n"
    _, found = chunks(b"phone,comments\n" + wide * 30, rows=1000)
    assert [len(part) for part in found] == [12, 12, 6]
