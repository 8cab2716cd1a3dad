"""What a file would be taken for is told before anything is stored."""

from typing import Any

import pytest

from tests.imports.importing import Importing


def preview(importing: Importing, file: Any, **options: Any) -> dict[str, Any]:
    answer = importing.post(file, path="/preview", **options)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_preview_tells_how_the_file_would_be_read(importing: Importing) -> None:
    told = preview(importing, "Móvil;Nombre;Shoe\n727;Pat;42\n728;Zoë;43;\n729;x\n".encode("latin-1"), list_id="101")
    assert (told["format"], told["encoding"], told["delimiter"]) == ("csv", "latin-1", "semicolon")
    assert [(column["column"], column["field"]) for column in told["columns"]] == [
        ("Móvil", "phone_number"),
        ("Nombre", "first_name"),
        ("Shoe", None),
    ]
    assert [(row["line"], row["cells"], row["code"]) for row in told["rows"]] == [
        (2, ["727", "Pat", "42"], None),
        (3, ["728", "Zoë", "43"], None),
        (4, ["729", "x"], "too_few_cells"),
    ]
    assert told["problems"] == []
    assert {"phone_number", "vendor_lead_code"} <= set(told["fields"])


def test_a_preview_stores_nothing(importing: Importing) -> None:
    preview(importing, "phone\n7275551212\n", list_id="101")
    assert importing.queue.messages == []
    assert importing.get("").json()["imports"] == []


def test_a_preview_shows_the_first_rows_of_a_large_file_only(importing: Importing) -> None:
    told = preview(importing, "phone\n" + "7275551212\n" * 50_000, list_id="101")
    assert [row["line"] for row in told["rows"]] == list(range(2, 22))


@pytest.mark.parametrize(
    "text", ["[" + 40 * ('{"phone": "1", "comments": "' + "x" * 10_000 + '"},\n'), "phone\n" + 40 * ("1" * 10_000 + "\n")]
)
def test_the_beginning_of_a_file_is_enough(importing: Importing, text: str) -> None:
    told = preview(importing, text[:65_536], list_id="101")
    assert len(told["rows"]) >= 6
    assert [told["rows"][0]["code"], told["columns"][0]["field"]] == [None, "phone_number"]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({"list_id": "101"}, ["no-phone-column"]),
        ({"list_id": "4711"}, ["no-phone-column", "unknown-list"]),
        ({"list_id": "101", "mapping": '{"contact": "phone_number"}'}, []),
    ],
)
def test_a_preview_tells_what_an_import_would_be_refused_for(importing: Importing, options: dict[str, str], codes: list[str]) -> None:
    told = preview(importing, "contact,city\n7275551212,Tampa\n", **options)
    assert [problem["code"] for problem in told["problems"]] == codes


@pytest.mark.parametrize(
    ("file", "options", "code"),
    [("", {}, "empty-file"), ("%PDF-1.7\n", {}, "unreadable-file"), ("phone\n1\n", {"delimiterr": "x"}, "unknown-option")],
)
def test_what_cannot_be_read_has_no_preview(importing: Importing, file: str, options: dict[str, str], code: str) -> None:
    answer = importing.post(file, path="/preview", **options)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_only_who_may_import_may_preview(importing: Importing) -> None:
    importing.wire.change("vicidial_users", modify_leads="0")
    assert importing.post("phone\n1\n", path="/preview").status_code == 403
