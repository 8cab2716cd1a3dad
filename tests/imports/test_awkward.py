"""Files made to be bad: each is refused clearly or loaded rightly, and none takes memory that the server needs."""

import gzip
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
import pytest

from api.importing.lead_file import LeadFile
from api.problems import Problem
from tests.imports.importing import Importing
from tests.imports.test_formats import workbook

MIB = 1024 * 1024


def gzip_bomb(unpacked: int, head: bytes = b"phone,comments\n7275551212,") -> bytes:
    """gzip data that begins as a file of leads and unpacks to so many bytes of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(head)]
    parts += [packer.compress(bytes(MIB)) for _ in range(unpacked // MIB)]
    return b"".join([*parts, packer.flush()])


def zipped(**parts: bytes) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return file.getvalue()


def read(pieces: Iterator[bytes]) -> tuple[int, int]:
    """Rows of a file, and the most memory that reading it took, in bytes."""
    file, rows = LeadFile(1000), 0
    tracemalloc.start()
    try:
        for piece in pieces:
            rows += sum(len(chunk.cells) for chunk in file.feed(piece))
        rows += sum(len(chunk.cells) for chunk in file.finish())
        return rows, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def in_blocks(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), 65_536):
        yield data[at : at + 65_536]


def test_a_gzip_bomb_is_refused_before_it_unpacks(importing: Importing) -> None:
    bomb = gzip_bomb(40 * MIB)
    assert len(bomb) < MIB // 8
    answer = importing.post(bomb, list_id="101")
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-file")
    assert "more than 200 times its size" in answer.json()["title"]
    assert importing.get("").json()["imports"] == []


def test_a_gzip_bomb_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        bomb = gzip_bomb(40 * MIB)
        tracemalloc.reset_peak()
        with pytest.raises(Problem, match="unreadable-file"):
            read(in_blocks(bomb))
    finally:
        tracemalloc.stop()


def test_text_that_packs_very_well_is_no_bomb() -> None:
    rows, memory = read(in_blocks(gzip.compress(b"phone,comments\n" + (b"7275551212," + b"x" * 1000 + b"\n") * 20_000)))
    assert rows == 20_000
    assert memory < 8 * MIB


@pytest.mark.parametrize("packed", [False, True])
def test_a_workbook_bomb_is_refused(importing: Importing, packed: bool) -> None:
    bomb = zipped(xl__workbook_xml=b"<workbook/>", xl__worksheets__sheet1_xml=b" " * (40 * MIB))
    answer = importing.post(gzip.compress(bomb) if packed else bomb, list_id="101")
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-file")
    assert answer.json()["title"].startswith("The workbook unpacks to 41,943,")
    assert importing.get("").json()["imports"] == []


def test_a_workbook_that_lies_about_its_size_is_cut_there(importing: Importing) -> None:
    honest = zipped(xl__workbook_xml=b"<workbook/>", **{"[Content_Types]_xml": b"<Types>" + b" " * (2 * MIB)})
    lie = honest.replace((2 * MIB + 7).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    answer = importing.post(lie, list_id="101")
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-file")
    assert "cannot be read" in answer.json()["title"]


def test_entities_of_a_workbook_are_not_followed(importing: Importing) -> None:
    doc = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "&x;&x;">]><Types>&y;</Types>'
    answer = importing.post(zipped(xl__workbook_xml=b"<workbook/>", **{"[Content_Types]_xml": doc}), list_id="101")
    assert answer.json()["title"].startswith("The workbook cannot be read")


def test_a_workbook_gets_so_much_memory_and_no_more(tmp_path: Path) -> None:
    strings = b"".join(b"<si><t>%d</t></si>" % n for n in range(100_000))
    book = tmp_path / "strings.xlsx"
    book.write_bytes(workbook(("phone",), ("x",)))
    with ZipFile(book) as old, ZipFile(tmp_path / "large.xlsx", "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</sst>", strings + b"</sst>"))
    reader = "import api.importing.workbook_rows as w; w.MEMORY = 1; w.main()"
    with (tmp_path / "large.xlsx").open("rb") as file:
        told = subprocess.run([sys.executable, "-c", reader], stdin=file, capture_output=True, check=False).stdout
    # Which allocation fails first is not ours to say: zlib calls it an error of its own.
    assert orjson.loads(told)["problem"].startswith(("The workbook takes too much memory", "The workbook cannot be read"))


def test_zip_archives_that_are_no_workbooks(importing: Importing) -> None:
    assert (
        importing.post(zipped(leads_csv=b"phone\n1\n"), list_id="101").json()["title"] == "The file is a zip archive, not an Excel workbook"
    )


def test_a_line_of_50_mb_costs_that_line_only(importing: Importing) -> None:
    async def file() -> AsyncIterator[bytes]:
        yield b"phone,comments\n7275551212,first\n7275551213,"
        for _ in range(50):
            yield b"x" * MIB
        yield b"\n7275551214,last\n"

    tracemalloc.start()
    try:
        answer = importing.post(file(), list_id="101")
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert memory < 16 * MIB
    importing.run()
    rows = importing.results(importing.job(answer.json()["id"]))
    assert [(row["line"], row["code"]) for row in rows] == [(2, "added"), (3, "row_too_long"), (4, "added")]
    assert max(len(cell) for cell in rows[1]["row"].values()) <= 1000


@pytest.mark.parametrize("format", ["ndjson", "json"])
def test_a_json_value_of_50_mb_is_refused(format: str) -> None:
    begin, between = {"ndjson": (b"", b"\n"), "json": (b"[", b",\n")}[format]

    def pieces() -> Iterator[bytes]:
        yield begin + b'{"phone": "7275551212"}' + between + b'{"phone": "'
        for _ in range(50):
            yield b"7" * MIB
        yield b'"}' + between + b'{"phone": "7275551213"}' + (b"]" if begin else b"")

    if format == "ndjson":
        rows, memory = read(pieces())
        assert rows == 3
        assert memory < 16 * MIB
    else:
        with pytest.raises(Problem) as refused:
            read(pieces())
        assert refused.value.document["title"] == "What begins on line 2 is no JSON, or too long for a row"


@pytest.mark.parametrize(
    "file",
    [
        ",".join(["phone", *(f"c{n}" for n in range(9_999))]) + "\n",
        "{" + ",".join(['"phone": 1', *(f'"c{n}": 1' for n in range(4_000))]) + "}\n",
        workbook(["phone", *(f"c{n}" for n in range(1_500))]),
    ],
    ids=["csv", "ndjson", "xlsx"],
)
def test_ten_thousand_columns_are_too_many(importing: Importing, file: str | bytes) -> None:
    answer = importing.post(file, list_id="101")
    assert answer.status_code == 422
    assert answer.json()["code"] in ("too-many-columns", "unreadable-file")
    assert "columns; 1,000 are the most" in answer.json()["title"]


def test_of_columns_of_the_same_name_the_first_counts(importing: Importing) -> None:
    job = importing.loaded("phone,city,phone,city\n7275551212,Tampa,1,Miami\n", list_id="101")
    assert [column["field"] for column in job["columns"]] == ["phone_number", "city", None, None]
    assert importing.wire.rows("vicidial_list", "phone_number", "city") == [("7275551212", "Tampa")]
    assert job["warnings"] == ["The header names phone, city more than once; the first of each is taken"]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "empty-file"),
        (b"\n\n \n", "no-phone-column"),
        (b"\n\r\n\n", "empty-file"),
        (b"\xef\xbb\xbf", "empty-file"),
        (gzip.compress(b""), "empty-file"),
        (bytes(1000), "unreadable-file"),
        (bytes(MIB), "unreadable-file"),
        (b"\n" * 100_000, "unreadable-file"),
        (b"x" * MIB, "unreadable-file"),
        (b'"' + b"phone\n" * 200_000, "unreadable-file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "no-phone-column"),
    ],
    ids=[
        "empty",
        "blank",
        "line ends",
        "mark",
        "gzip of nothing",
        "NULs",
        "many NULs",
        "many line ends",
        "no line end",
        "quote",
        "picture",
    ],
)
def test_what_holds_no_leads_is_refused(importing: Importing, file: bytes, code: str) -> None:
    answer = importing.post(file, list_id="101")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert importing.get("").json()["imports"] == []


def test_line_ends_may_be_mixed(importing: Importing) -> None:
    job = importing.loaded("phone,city\r\n7275551212,a\n7275551213,b\r\n7275551214,c\n\r\n7275551215,d", list_id="101")
    assert job["counters"]["added"] == 4
    assert [row["line"] for row in importing.results(job)] == [2, 3, 4, 6]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_accents_come_through_in_every_encoding(importing: Importing, encoding: str) -> None:
    importing.wire.change("system_settings", use_non_latin="1")
    importing.loaded("Teléfono;Nombre;Dirección\n7275551212;José;Peña 5\n".encode(encoding), list_id="101")
    assert importing.wire.rows("vicidial_list", "first_name", "address1") == [("José", "Peña 5")]


def test_formulas_are_loaded_as_text_and_guarded_in_results(importing: Importing) -> None:
    importing.wire.change("system_settings", use_non_latin="1")
    formula = "=cmd|' /C calc'!A0"
    job = importing.loaded(f'phone,first_name,comments\n7275551212,"{formula}",x\n1,"{formula}","@SUM(1+1)"\n', list_id="101")
    assert importing.wire.rows("vicidial_list", "first_name") == [(formula,)]
    text = importing.get(f"/{job['id']}/results").text
    assert f"'{formula}" in text
    assert "'@SUM(1+1)" in text
