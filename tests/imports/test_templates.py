"""Options kept under a name, and the file to begin with."""

from typing import Any

import httpx
import pytest

from tests.imports.importing import SIGNED_IN, Importing

CRM = {"list_id": "101", "mapping": {"Tel 2": "phone_number", "Tel": None}, "duplicate_check": "DUPLIST"}


def send(importing: Importing, method: str, name: str = "", auth: tuple[str, str] = SIGNED_IN, **more: Any) -> httpx.Response:
    return importing.wire.request(method, f"/v1/import-templates{name}", auth=auth, **more)


def test_an_import_by_a_template(importing_anywhere: Importing) -> None:
    assert send(importing_anywhere, "PUT", "/crm", json={"list_id": "999"}).status_code == 200
    assert send(importing_anywhere, "PUT", "/crm", json=CRM).json() == {"name": "crm", "options": CRM}
    file = "Tel,Tel 2\n1,7275551212\n2,7275551212\n"
    job = importing_anywhere.loaded(file, template="crm", phone_code="44")
    assert (job["list_id"], job["counters"]["added"], job["counters"]["duplicates"]) == ("101", 1, 1)
    assert job["options"] == {"phone_code": "44", **CRM}
    assert importing_anywhere.loaded(file, template="crm", list_id="999")["list_id"] == "999"
    told = importing_anywhere.post(file, path="/preview", template="crm").json()
    assert [column["field"] for column in told["columns"]] == [None, "phone_number"]


def test_templates_are_listed_and_forgotten(importing_anywhere: Importing) -> None:
    for name in ("b", "a-1", "My file.v2"):
        send(importing_anywhere, "PUT", f"/{name}", json=CRM)
    assert [t["name"] for t in send(importing_anywhere, "GET").json()["templates"]] == ["My file.v2", "a-1", "b"]
    assert send(importing_anywhere, "GET", "/b").json() == {"name": "b", "options": CRM}
    assert send(importing_anywhere, "DELETE", "/b").status_code == 204
    assert send(importing_anywhere, "GET", "/b").json()["code"] == "no-such-template"
    assert send(importing_anywhere, "DELETE", "/b").json()["code"] == "no-such-template"
    assert importing_anywhere.post("phone\n1\n", template="b").json()["code"] == "no-such-template"


def test_templates_are_each_users_own(importing: Importing) -> None:
    send(importing, "PUT", "/crm", json=CRM)
    importing.wire.change("vicidial_users", user="7777")
    assert send(importing, "GET", auth=("7777", "1234")).json() == {"templates": []}
    assert send(importing, "GET", "/crm", auth=("7777", "1234")).status_code == 404


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("x", b"[]", 422, "bad-template"),
        ("x", b"{", 422, "bad-template"),
        ("x", b'{"template": "y"}', 422, "bad-template"),
        ("x", b'{"list": "101"}', 422, "unknown-option"),
        ("x", b'{"dnc_check": "often"}', 422, "bad-option"),
        ("x", b'{"comments": "' + b"x" * 70_000 + b'"}', 413, "too-large"),
        ("x%3Cscript%3E", b"{}", 422, "invalid-request"),
        ("x" * 65, b"{}", 422, "invalid-request"),
    ],
)
def test_what_no_import_would_take_is_no_template(importing: Importing, name: str, body: bytes, status: int, code: str) -> None:
    answer = send(importing, "PUT", f"/{name}", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_there_is_an_end_to_templates(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importing.templates.MOST", 2)
    assert [send(importing, "PUT", f"/{name}", json=CRM).status_code for name in ("a", "b", "c", "a")] == [200, 200, 409, 200]


def test_a_file_to_begin_with(importing: Importing) -> None:
    importing.wire.put(vicidial_lists_fields=[{"list_id": 101, "field_label": "shoe_size", "field_name": "Shoe size"}])
    answer = importing.get("/template.csv", list_id="101")
    assert answer.headers["content-disposition"] == 'attachment; filename="leads-101.csv"'
    header = answer.text.strip().split(",")
    assert (header[0], header[-1]) == ("phone_number", "shoe_size")
    assert "shoe_size" not in importing.get("/template.csv").text
    assert importing.get("/template.csv", list_id="4711").json()["code"] == "unknown-list"
    job = importing.loaded(answer.text + "7275551212\n".replace("\n", "," * (len(header) - 1) + "\n"), list_id="101")
    assert [column["field"] for column in job["columns"][:-1]] == header[:-1]
