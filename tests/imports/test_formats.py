"""The same leads in whatever format they come: seen by the content, or as told."""

import gzip
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from io import BytesIO
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from api.importing.lead_file import LeadFile
from api.importing.rows import Rows
from api.problems import Problem
from tests.imports.importing import Importing

HEADER = ("phone", "first_name", "city")
LEADS = [("7275551212", "Zoë", "St. Pete"), ("7275551213", "", 'Tam"pa'), ("7275551214", "a,b", "")]


def workbook(*rows: Sequence[object], title: str = "Leads") -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def objects() -> list[dict[str, str]]:
    return [dict(zip(HEADER, lead, strict=True)) for lead in LEADS]


AS_JSON = json.dumps(objects(), indent=1)
AS_NDJSON = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in objects())
AS_CSV = 'phone,first_name,city\n7275551212,Zoë,St. Pete\n7275551213,,"Tam""pa"\n7275551214,"a,b",\n'

FILES: dict[str, Callable[[], bytes]] = {
    "csv": AS_CSV.encode,
    "ndjson": AS_NDJSON.encode,
    "ndjson with a byte order mark": lambda: b"\xef\xbb\xbf" + AS_NDJSON.encode(),
    "ndjson, utf-16": lambda: AS_NDJSON.encode("utf-16"),
    "ndjson, latin-1": lambda: AS_NDJSON.encode("latin-1"),
    "json": AS_JSON.encode,
    "json on one line": lambda: json.dumps(objects(), ensure_ascii=False).encode(),
    "json, utf-16": lambda: AS_JSON.encode("utf-16"),
    "xlsx": lambda: workbook(HEADER, *LEADS),
}


def read(data: bytes, cuts: Sequence[int] = (), *, rows: int = 2, **told: str) -> tuple[LeadFile, list[tuple[int, list[str], str]]]:
    """The file, and line, cells and fault of its rows."""
    file = LeadFile(rows, **told)
    edges = [0, *sorted(cuts), len(data)]
    parts: list[Rows] = [part for a, b in pairwise(edges) for part in file.feed(data[a:b])] + list(file.finish())
    assert all(len(part.cells) <= rows for part in parts)
    return file, [(line, cells, p.faults.get(n, "")) for p in parts for n, (line, cells) in enumerate(zip(p.lines, p.cells, strict=True))]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", FILES)
def test_every_format_is_seen_and_gives_the_same_rows(kind: str, packed: bool) -> None:
    data = FILES[kind]()
    file, rows = read(gzip.compress(data) if packed else data)
    assert (file.format, file.compressed) == (kind.split()[0].strip(","), packed)
    assert file.header == list(HEADER)
    assert [tuple(cells) for _, cells, _ in rows] == LEADS
    assert not any(fault for _, _, fault in rows)


@given(st.sampled_from([kind for kind in FILES if kind != "xlsx"]), st.booleans(), st.data())
def test_rows_do_not_depend_on_the_cuts(kind: str, packed: bool, draw: st.DataObject) -> None:
    data = FILES[kind]()
    data = gzip.compress(data) if packed else data
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.importing.lead_file.SAMPLE", 200)
        patch.setattr("api.importing.gunzip.PIECE", 20)
        assert read(data, cuts)[1] == read(data)[1]


@given(st.lists(st.dictionaries(st.sampled_from(["phone", "name"]), st.text(), min_size=1), min_size=1), st.booleans())
def test_whatever_text_json_holds_comes_through(rows: list[dict[str, str]], array: bool) -> None:
    text = json.dumps(rows) if array else "\n".join(map(json.dumps, rows))
    file, found = read(text.encode(), rows=1000)
    assert file.header is not None
    expected = [[row.get(key, "") for key in file.header] for row in rows]
    assert [cells for _, cells, _ in found] == [cells for cells in expected if any(cells)]


def test_what_json_writes_without_quotes() -> None:
    _, rows = read(b'[{"phone": 7275551212, "rank": 1.50, "callback": true, "city": null}]')
    assert rows == [(1, ["7275551212", "1.50", "Y", ""], "")]


def test_a_json_row_that_is_no_lead_is_refused_alone() -> None:
    file, rows = read(
        b'{"phone": "1", "city": "x"}\n{"phone": \n[1]\n\n{"phone": {"home": 2}}\n{"phone": "3", "city": "y"}\n', rows=9, format="ndjson"
    )
    assert file.header == ["phone", "city"]
    assert [(line, fault) for line, _, fault in rows] == [(1, ""), (2, "not_json"), (3, "not_an_object"), (5, "nested_value"), (6, "")]


def test_a_key_that_comes_late_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importing.lead_file.SAMPLE", 10)
    _, rows = read(b'{"phone": "1"}\n{"phone": "2", "email": "a@b"}\n', [15])
    assert rows == [(1, ["1"], ""), (2, ["2", "email: a@b"], "unknown_key")]


@pytest.mark.parametrize(
    ("data", "told", "says"),
    [
        (b'[{"phone": "1"}, {"phone": ', {}, "What begins on line 1 is no JSON"),
        (b'[\n{"phone": "1"},\n{"phone": nonsense},\n{"phone": "2"}]', {}, "What begins on line 3 is no JSON"),
        (b'[{"phone": "1"}', {}, "The array is never closed"),
        (b'[{"phone": "1"}] []', {}, "The file goes on behind the array"),
        (b'{"phone": "1"}', {"format": "json"}, "The file is no JSON array"),
        (b'[{"phone": "1", "name": "\xe9"}]', {"encoding": "utf-8"}, "bytes that are no UTF-8"),
        (b"[" * 100_000, {"format": "json"}, "is no JSON"),
        (b"[]", {}, "The file holds no rows"),
        (gzip.compress(AS_CSV.encode())[:-9], {}, "The gzip data is cut off"),
        (b"\x1f\x8b" + b"\xff" * 99, {}, "The gzip data is damaged"),
        (gzip.compress(gzip.compress(AS_CSV.encode())), {}, "The file is gzip in gzip"),
        (b"\xd0\xcf\x11\xe0old", {}, "old or encrypted Excel workbook"),
        (AS_CSV.encode(), {"format": "xlsx"}, "The file is no Excel workbook"),
        (workbook(HEADER), {"format": "csv"}, "The file is an Excel workbook, and format=csv"),
        (workbook(HEADER, *LEADS)[:-100], {}, "The workbook is damaged or cut off"),
        (workbook(HEADER), {"sheet": "Other"}, "The workbook has no sheet Other; it has Leads"),
        (workbook(), {}, "The file holds no rows"),
    ],
    ids=count(),
)
def test_a_file_that_cannot_be_read_is_refused(data: bytes, told: dict[str, str], says: str) -> None:
    with pytest.raises(Problem) as refused:
        read(data, **told)
    assert says in refused.value.document["title"]


def test_several_gzip_members_are_one_file() -> None:
    assert [cells[0] for _, cells, _ in read(gzip.compress(b"phone\n1\n") + gzip.compress(b"2\n") + b"\x00" * 8)[1]] == ["1", "2"]


def test_cells_of_a_workbook_are_text() -> None:
    row = (7275551212, 1.5, True, date(1980, 2, 1), datetime(2026, 10, 5, 9, 30), None, "=1+1")
    _, rows = read(workbook(("phone", "a", "b", "c", "d", "e", "f"), row, (), (7275551213,), ("1", *[None] * 6, "over")))
    assert rows == [
        (2, ["7275551212", "1.5", "Y", "1980-02-01", "2026-10-05 09:30:00", "", ""], ""),
        (4, ["7275551213", "", "", "", "", "", ""], ""),
        (5, ["1", "", "", "", "", "", "", "over"], ""),
    ]


def test_the_sheet_that_is_read() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.title = "Empty"
    hidden = book.create_sheet("Hidden")
    hidden.sheet_state = "hidden"
    hidden.append(["phone"])
    hidden.append(["1"])
    for title, phone in (("First", "2"), ("Second", "3")):
        sheet = book.create_sheet(title)
        sheet.append(["phone"])
        sheet.append([phone])
    data = saved(book)
    assert [read(data, sheet=sheet)[1][0][1] for sheet in ("", "Second", "Hidden")] == [["2"], ["3"], ["1"]]


def test_a_workbook_becomes_leads(importing: Importing) -> None:
    answer = importing.post(gzip.compress(workbook(("Mobile", "Name"), (7275551212, "x"), ("(727) 555-1213", "y"))), list_id="101")
    assert answer.status_code == 202, answer.text
    importing.run()
    assert importing.phones() == ["7275551212", "7275551213"]


def test_a_preview_tells_the_format(importing: Importing) -> None:
    told: dict[str, Any] = importing.post(gzip.compress(AS_JSON.encode()), path="/preview", list_id="101").json()
    assert (told["format"], told["compression"], told["delimiter"]) == ("json", "gzip", None)
    assert [row["cells"] for row in told["rows"]] == [list(lead) for lead in LEADS]
