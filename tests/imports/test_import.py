"""Files of leads, from the upload to the results."""

import csv
from io import StringIO
from pathlib import Path

import pytest

from api.importing.described import OPTIONS
from api.importing.options import FOR_ALL_ROWS
from protocol.import_codes import CODES
from tests.imports.conftest import ImportingOf
from tests.imports.importing import Importing

COUNTERS = ("received", "added", "updated", "duplicates", "dnc", "refused", "failed", "waiting")


def counted(**counters: int) -> dict[str, int]:
    return dict.fromkeys(COUNTERS, 0) | counters


def test_a_file_is_loaded(importing_anywhere: Importing) -> None:
    job = importing_anywhere.loaded("Phone;First Name;notes\n7275551212;Pat;\n(727) 555-1213;Sam;hello\n", list_id="101")
    assert job["state"] == "done"
    assert job["counters"] == counted(received=2, added=2)
    assert importing_anywhere.phones() == ["7275551212", "7275551213"]
    rows = importing_anywhere.results(job)
    assert [(row["line"], row["outcome"], row["code"]) for row in rows] == [(2, "added", "added"), (3, "added", "added")]
    assert [row["lead_id"] for row in rows] == [lead[0] for lead in importing_anywhere.wire.rows("vicidial_list", "lead_id")]
    assert rows[0]["reply"].startswith(f"SUCCESS: add_lead LEAD HAS BEEN ADDED - 7275551212|101|{rows[0]['lead_id']}|")


def test_every_row_has_its_outcome_in_the_order_of_the_file(importing_anywhere: Importing) -> None:
    importing_anywhere.wire.put(vicidial_dnc=[{"phone_number": "7275551217"}])
    file = (
        'phone,city\n7275551212,"Saint\nPetersburg"\n123,x\n7275551212,again\n7275551213\n7.28E+09,x\n\n'
        "1-727-555-1215,x\n7275551216,x,y\n7275551217,x\n7275551218,\"x\n7275551219,x\n"
    )  # fmt: skip
    job = importing_anywhere.loaded(file, list_id="101", duplicate_check="DUPLIST", dnc_check="Y")
    assert job["state"] == "done_with_refusals"
    assert job["counters"] == counted(received=10, added=3, duplicates=1, dnc=1, refused=5)
    rows = importing_anywhere.results(job)
    assert [(row["line"], row["code"], row["note"]) for row in rows] == [
        (2, "added", None),
        (4, "phone_length", None),
        (5, "duplicate_in_list", None),
        (6, "too_few_cells", None),
        (7, "phone_damaged", None),
        (9, "added", "phone: leading 1 left out"),
        (10, "too_many_cells", None),
        (11, "dnc", None),
        (12, "quote_not_closed", None),
        (13, "added", None),
    ]
    assert rows[2]["row"] == {"phone": "7275551212", "city": "again"}
    assert rows[2]["reply"].startswith("ERROR: add_lead DUPLICATE PHONE NUMBER IN LIST - 7275551212|101|")
    assert [refusal["line"] for refusal in job["refusals"]] == [4, 5, 6, 7, 10]
    assert [row["line"] for row in importing_anywhere.results(job, "dnc,duplicate")] == [5, 11]


def test_the_order_holds_over_many_chunks(importing_of: object) -> None:
    importing: Importing = importing_of(import_chunk=7)  # type: ignore[operator]
    phones = [f"72755{n:05}" if n % 3 else "1" for n in range(100)]
    sent = importing.post("phone\n" + "\n".join(phones) + "\n", list_id="101")
    assert sent.status_code == 202
    importing.queue.messages.reverse()
    importing.run()
    job = importing.job(sent.json()["id"])
    rows = importing.results(job)
    assert [row["line"] for row in rows] == list(range(2, 102))
    assert [row["code"] for row in rows] == ["added" if n % 3 else "phone_length" for n in range(100)]


def test_refused_rows_can_be_corrected_and_loaded_straight_back(importing: Importing) -> None:
    file = 'phone,first name,comments\n123,Pat,"=HYPERLINK(""x"")"\n7275551212,Sam,\n+1,Kim,-5\n'
    job = importing.loaded(file, list_id="101")
    text = importing.get(f"/{job['id']}/results", outcome="refused").text
    table = list(csv.reader(StringIO(text)))
    assert table[0] == [
        *("import_line", "import_outcome", "import_code", "import_retryable", "import_lead_id", "import_reply", "import_note"),
        *("phone", "first name", "comments"),
    ]
    assert [row[7:] for row in table[1:]] == [["123", "Pat", '\'=HYPERLINK("x")'], ["'+1", "Kim", "'-5"]]
    again = importing.loaded(text.replace("123,Pat", "7275551213,Pat").replace("'+1,", "7275551214,"), list_id="101")
    assert again["state"] == "done"
    leads = importing.wire.rows("vicidial_list", "phone_number", "first_name", "comments")
    assert [tuple(lead) for lead in leads[1:]] == [("7275551213", "Pat", '=HYPERLINK("x")'), ("7275551214", "Kim", "-5")]


def test_a_form_may_hold_file_and_options_in_any_order(importing: Importing) -> None:
    for number, parts in enumerate((["list_id", "file"], ["file", "list_id"])):
        fields = {"list_id": (None, "101"), "file": ("leads.csv", f"phone\n727555121{number}\n", "text/csv")}
        form = [(name, fields[name]) for name in parts]
        answer = importing.wire.request("POST", "/v1/imports", files=form, auth=("6666", "1234"))
        assert answer.status_code == 202, answer.text
        importing.run()
        assert importing.job(answer.json()["id"])["filename"] == "leads.csv"
    assert importing.phones() == ["7275551210", "7275551211"]


def test_options_of_a_form_behind_a_large_file_fail_the_job(importing_of: ImportingOf) -> None:
    importing = importing_of(import_ahead=100)  # nobody runs the chunks meanwhile
    file = "phone\n" + "7275551212\n" * 20_000
    form = {"file": ("leads.csv", file), "list_id": (None, "101")}
    answer = importing.wire.request("POST", "/v1/imports", files=form, auth=("6666", "1234"))
    assert (answer.status_code, answer.json()["code"]) == (422, "option-after-file")
    importing.run()
    job = importing.job(answer.json()["job_id"])
    assert (job["state"], job["problem"]["code"]) == ("failed", "option-after-file")
    assert job["counters"] == counted(received=20_000, added=20_000)


def test_the_mapping_may_be_told(importing: Importing) -> None:
    job = importing.loaded("A,B\nPat,7275551212\n", list_id="101", mapping='{"A": "first_name", "B": "phone_number"}')
    assert job["columns"] == [
        {"column": "A", "field": "first_name", "custom_field": None},
        {"column": "B", "field": "phone_number", "custom_field": None},
    ]
    assert importing.phones() == ["7275551212"]


@pytest.mark.parametrize(
    ("file", "options", "status", "code"),
    [
        ("phone\n1\n", {"list_id": "4711"}, 422, "unknown-list"),
        ("phone\n1\n", {"list": "101"}, 422, "unknown-option"),
        ("phone\n1\n", {"list_id": "10a"}, 422, "bad-option"),
        ("phone\n1\n", {"dnc_check": "y"}, 422, "bad-option"),
        ("phone\n1\n", {"duplicate_check": "DUP"}, 422, "bad-option"),
        ("phone\n1\n", {"tz_method": "X"}, 422, "bad-option"),
        ("phone\n1\n", {"hopper_priority": "x"}, 422, "bad-option"),
        ("phone\n1\n", {"campaign_dnc_check": "Y"}, 422, "bad-option"),
        ("phone\n1\n", {"mapping": "[]"}, 422, "bad-option"),
        ("phone\n1\n", {"mapping": '{"x": "city"}'}, 422, "mapping-unknown-column"),
        ("phone\n1\n", {"delimiter": ","}, 422, "bad-option"),
        ("phone\n1\n", {"encoding": "ebcdic"}, 422, "bad-option"),
        ("phone\n1\n", {"phone_number": "1"}, 422, "unknown-option"),
        ("name,city\nPat,Tampa\n", {}, 422, "no-phone-column"),
        ("", {}, 422, "empty-file"),
        ("PK\x03\x04", {}, 422, "unreadable-file"),
        ("x" * 70_000, {}, 422, "unreadable-file"),
    ],
)
def test_what_is_refused_at_once_stores_nothing(importing: Importing, file: str, options: dict[str, str], status: int, code: str) -> None:
    answer = importing.post(file, **options)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "job_id" not in answer.json()
    assert importing.queue.messages == []
    assert importing.get("").json() == {"imports": [], "next": None}


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [("modify_leads", "0", "no-permission"), ("api_allowed_functions", " version ", "no-permission"), ("user_level", 7, "no-permission")],
)
def test_only_who_may_add_leads_may_import(importing: Importing, column: str, value: object, code: str) -> None:
    importing.wire.change("vicidial_users", **{column: value})
    answer = importing.post("phone\n7275551212\n", list_id="101")
    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_a_restricted_caller_loads_into_its_own_lists_only(importing: Importing) -> None:
    importing.wire.change("vicidial_users", api_list_restrict="1")
    importing.wire.put(vicidial_user_groups=[{"user_group": "ADMIN", "allowed_campaigns": " TESTCAMP -"}])
    importing.wire.put(vicidial_lists=[{"list_id": 201, "campaign_id": "OTHER"}])
    assert importing.post("phone\n7275551212\n", list_id="201").json()["code"] == "list-not-allowed"
    job = importing.loaded("phone,list_id\n7275551212,101\n7275551213,201\n", list_id="101")
    assert [row["code"] for row in importing.results(job)] == ["added", "list_not_allowed"]


def test_without_a_password_nothing_is_answered(importing: Importing) -> None:
    for method, path in (("POST", ""), ("GET", ""), ("GET", "/x"), ("GET", "/x/results"), ("POST", "/x/cancel")):
        assert importing.wire.request(method, f"/v1/imports{path}").status_code == 401


def test_one_sees_only_ones_own_imports_unless_of_level_9(importing: Importing) -> None:
    job = importing.loaded("phone\n7275551212\n", list_id="101")
    importing.wire.change("vicidial_users", user="7777", user_level=8)
    other = ("7777", "1234")
    assert importing.wire.request("GET", f"/v1/imports/{job['id']}", auth=other).status_code == 404
    assert importing.wire.request("GET", f"/v1/imports/{job['id']}/results", auth=other).status_code == 404
    assert importing.wire.request("GET", "/v1/imports", auth=other).json()["imports"] == []
    importing.wire.change("vicidial_users", user_level=9)
    assert importing.wire.request("GET", f"/v1/imports/{job['id']}", auth=other).status_code == 200


def test_imports_are_listed_newest_first_in_pages(importing: Importing) -> None:
    made = [importing.post("phone\n7275551212\n", list_id="101").json()["id"] for _ in range(5)]
    page = importing.get("", limit=2).json()
    assert [job["id"] for job in page["imports"]] == made[:2:-1]
    later = importing.wire.request("GET", page["next"], auth=("6666", "1234")).json()
    assert [job["id"] for job in later["imports"]] == made[2:0:-1]


def test_the_states_of_a_job(importing: Importing) -> None:
    sent = importing.post("phone\n7275551212\n", list_id="101", filename="a.csv")
    assert (sent.status_code, sent.headers["location"], sent.headers["retry-after"]) == (202, f"/v1/imports/{sent.json()['id']}", "1")
    assert (sent.json()["state"], sent.json()["counters"]) == ("queued", counted(received=1, waiting=1))
    importing.run()
    answer = importing.get(f"/{sent.json()['id']}")
    assert answer.json()["state"] == "done"
    assert "retry-after" not in answer.headers
    assert answer.json()["finished"] is not None


def test_an_etag_tells_that_nothing_has_changed(importing: Importing) -> None:
    job_id = importing.post("phone\n7275551212\n", list_id="101").json()["id"]
    path = f"/v1/imports/{job_id}"
    seen = importing.get(f"/{job_id}").headers["etag"]
    again = importing.wire.request("GET", path, headers={"If-None-Match": seen}, params={"wait": "0.4"}, auth=("6666", "1234"))
    assert (again.status_code, again.content) == (304, b"")
    importing.run()
    assert importing.wire.request("GET", path, headers={"If-None-Match": seen}, auth=("6666", "1234")).status_code == 200


def test_a_header_alone_is_a_job_of_no_rows(importing: Importing) -> None:
    job = importing.loaded("phone\n", list_id="101")
    assert (job["state"], job["counters"]) == ("done", counted())


def test_results_expire(importing: Importing) -> None:
    job = importing.loaded("phone\n7275551212\n", list_id="101")
    with importing.wire.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE leadmill_jobs SET results_expire = '2020-01-01 00:00:00'")
    answer = importing.get(f"/{job['id']}/results")
    assert (answer.status_code, answer.json()["code"]) == (410, "results-expired")


def test_unknown_things_are_told_so(importing: Importing) -> None:
    assert importing.get("/nosuch").json()["code"] == "no-such-import"
    job = importing.loaded("phone\n7275551212\n", list_id="101")
    assert importing.get(f"/{job['id']}/results", outcome="addedd").json()["code"] == "bad-option"


def test_the_description_names_every_option() -> None:
    assert {option["name"] for option in OPTIONS} >= FOR_ALL_ROWS


def test_the_page_on_imports_tells_every_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "imports.md").read_text()
    for name, code in CODES.items():
        assert f"| {name} | {code.outcome} | {code.meaning}" in page
