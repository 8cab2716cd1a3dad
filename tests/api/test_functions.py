"""Reads on /v1: the same rows as the legacy endpoint's, as CSV, JSON and NDJSON, on SQLite and MariaDB."""

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import api.dispatch
from api.app import create_app
from api.exports import KEPT_IN_MEMORY
from api.functions import READS
from api.read_descriptions import MEANINGS, offered, summary
from db.engine import open_engine
from db.schema import load_schema
from protocol.functions import Read
from protocol.replies import INVALID_SOURCE_AGAIN, Line, Result
from settings import Settings
from tests.api.asked_reads import ASKED, AT, DAY, NASTY, ROWS
from tests.api.wire import NotedQueue, Wire

SAME_IN_TEXT = ("agent_stats_export", "callid_info", "did_log_export", "logged_in_agents", "phone_number_log", "recording_lookup")


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def wire(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("web")
    (folder / "sounds").mkdir()
    (folder / "sounds" / "a.wav").write_bytes(b"x")
    os.utime(folder / "sounds" / "a.wav", (1_700_000_000, 1_700_000_000))  # a file of this second is not shown
    made: Callable[[], str] = request.getfixturevalue("mariadb_database") if request.param == "mariadb" else lambda: f"sqlite:///{folder}/d"
    url = made()
    engine = open_engine(url)
    load_schema(engine)
    app = create_app(
        Settings(database_url=url, web_directory=str(folder), caller_cache=0, settings_cache=0, database_pool=2),
        NotedQueue(),  # type: ignore[arg-type]
    )
    made_wire = Wire(app, engine, NotedQueue())
    made_wire.put(**ROWS)  # type: ignore[arg-type]
    yield made_wire
    app.app.state.database.close()
    engine.dispose()


def ask(wire: Wire, function: str, /, user: str = "6666", **parameters: str) -> Any:
    return wire.request("GET", f"/v1/functions/{function}", params=parameters, auth=(user, "1234"))


def table(answer: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer, newline="")))


def cell(value: object) -> str:
    if isinstance(value, list | dict):
        return compact(value)
    return "" if value is None else str(value)


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("function", READS.values(), ids=READS.keys())
def test_the_formats_say_the_same_and_what_the_description_says(wire: Wire, function: Read) -> None:
    asked = ASKED[function.name]
    answers = {name: ask(wire, function.name, format=name, **asked) for name in ("json", "csv", "ndjson")}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 200), answers["json"].text
    found = answers["json"].json()
    rows = [found] if function.single else found["rows"]
    assert rows
    assert answers["ndjson"].text == "".join([compact(row) + "\n" for row in rows])
    assert table(answers["csv"].text) == [{name: cell(value) for name, value in row.items()} for row in rows]
    told = wire.app.app.openapi()["paths"][f"/v1/functions/{function.name}"]["get"]
    jsonschema.validate(found, told["responses"]["200"]["content"]["application/json"]["schema"])
    assert tuple(rows[0]) == function.columns
    assert {name: answer.headers["content-type"] for name, answer in answers.items()} == {
        "json": "application/json",
        "csv": "text/csv; charset=utf-8; header=present",
        "ndjson": "application/x-ndjson",
    }
    assert not any("password" in answer.text for answer in answers.values())


@pytest.mark.parametrize("name", SAME_IN_TEXT)
def test_rows_are_those_of_the_text(wire: Wire, name: str) -> None:
    found = ask(wire, name, **ASKED[name]).json()
    rows = [found] if READS[name].single else found["rows"]
    legacy = wire.lines(function=name, stage="tab", **ASKED[name])
    assert legacy == "".join(["\t".join(map(cell, row.values())) + "\n" for row in rows])


def test_values_stay_true(wire: Wire) -> None:
    answer = ask(wire, "list_info", list_id="101", format="csv")
    assert (
        answer.text.partition("\r\n")[0]
        == "list_id,list_name,campaign_id,active,list_changedate,list_lastcalldate,expiration_date,resets_today"
    )
    (row,) = table(answer.text)
    assert row["list_name"] == NASTY[:30]
    assert ask(wire, "lead_field_info", lead_id="1", field_name="comments").json()["value"] == NASTY
    (callback,) = ask(wire, "lead_callback_info", lead_id="1").json()["rows"]
    assert (callback["comments"], callback["customer_timezone"]) == (NASTY, "America,New_York")


def test_lists_and_counts_have_a_structure(wire: Wire) -> None:
    assert ask(wire, "agent_campaigns", agent_user="a1").json()["allowed_campaigns_list"] == ["C1"]
    (campaign, in_group) = ask(wire, "call_status_stats", campaigns="C1", ingroups="IN1", query_date=DAY).json()["rows"][-2:]
    assert (campaign["total_calls"], campaign["human_answered_calls"], campaign["statuses"]) == (1, 1, {"SALE": 1})
    assert campaign["hours"]["10"] == 1
    assert (in_group["type"], in_group["name"], in_group["total_calls"]) == ("in-group", "IN1", 0)


@pytest.mark.parametrize(
    ("function", "asked", "user", "status", "code"),
    [
        ("agent_status", {"agent_user": "a1"}, "weak", 403, "not-permitted"),
        ("agent_status", {"agent_user": "a1"}, "narrow", 403, "function-not-allowed"),
        ("moh_list", {}, "narrow", 403, "function-not-allowed"),
        ("agent_status", {"agent_user": "nobody"}, "6666", 404, "agent-not-found"),
        ("agent_status", {"agent_user": "6666"}, "6666", 404, "agent-not-logged-in"),
        ("agent_status", {}, "6666", 422, "invalid-search-parameters"),
        ("agent_status", {"agent_user": "a1", "source": "x"}, "6666", 422, "invalid-source"),
        ("recording_lookup", {}, "6666", 422, "invalid-search-parameters"),
        ("call_status_stats", {}, "6666", 422, "invalid-or-missing-campaigns"),
        ("list_info", {"list_id": "4711"}, "6666", 404, "list-does-not-exist"),
        ("check_phone_number", {"local_call_time": "never"}, "6666", 422, "this-is-not-a-valid-call-time"),
    ],
)
def test_refusals_are_problems_with_the_legacy_line(
    wire: Wire, function: str, asked: dict[str, str], user: str, status: int, code: str
) -> None:
    answer = ask(wire, function, user, **asked)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["legacy"] == wire.lines(function=function, **{"user": user, "source": "v1", **asked}).rstrip("\n")
    assert code in wire.app.app.openapi()["paths"][f"/v1/functions/{function}"]["get"]["responses"][str(status)]["description"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"agent": "a1"}, "unknown-parameter"),
        ({"agent_user": "a1", "stage": "csv"}, "unknown-parameter"),
        ({"agent_user": "a1", "pass": "1234"}, "unknown-parameter"),
        ({"agent_user": "a1", "format": "xml"}, "unknown-format"),
    ],
)
def test_what_the_function_does_not_know_is_refused(wire: Wire, asked: dict[str, str], code: str) -> None:
    answer = ask(wire, "agent_status", **asked)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "1234" not in answer.text


def test_who_is_not_signed_in_learns_nothing(wire: Wire) -> None:
    for answer in (wire.request("GET", "/v1/functions/list_info"), ask(wire, "list_info", "nobody", list_id="101")):
        assert (answer.status_code, answer.json()["code"]) == (401, "login-incorrect")
    assert ask(wire, "add_lead").status_code == 404


@pytest.mark.parametrize("name", ["logged_in_agents", "recording_lookup", "lead_status_search", "lead_callback_info", "did_log_export"])
def test_a_list_of_nothing_is_a_list(wire: Wire, name: str) -> None:
    asked = {key: "77" if key in ("lead_id",) else value for key, value in ASKED[name].items()} | {
        "logged_in_agents": {"campaigns": "NONE"},
        "lead_status_search": {"status": "NONE"},
        "did_log_export": {"phone_number": "1"},
    }.get(name, {})
    answer = ask(wire, name, **asked)
    assert (answer.status_code, answer.json()["rows"]) == (200, [])
    header = ask(wire, name, format="csv", **asked).text
    assert header == ",".join(READS[name].columns) + "\r\n"
    assert ask(wire, name, format="ndjson", **asked).text == ""


def test_the_api_log_says_what_it_says_of_the_legacy_endpoint(wire: Wire) -> None:
    def last() -> Any:
        return wire.rows("vicidial_api_log", "user", "agent_user", "function", "result", "result_reason", "source", "data", "api_script")[
            -1
        ]

    for name, asked in ASKED.items():
        if name == "agent_ingroup_info":
            asked = {**asked, "stage": "text"}
        wire.lines(function=name, source="v1", **asked)
        legacy = last()
        ask(wire, name, **{key: value for key, value in asked.items() if key != "stage"})
        assert last() == legacy, name
    (url,) = wire.rows("vicidial_api_urls", "url")[-1:]
    assert url[0].startswith("http://dialer.example:8080/v1/functions/")


def test_a_long_answer_goes_through_a_file(wire: Wire) -> None:
    many = 6000
    wire.put(recording_log=[{"lead_id": 9, "start_time": AT, "user": f"u{n}", "location": "x" * 60} for n in range(many)])
    answer = ask(wire, "recording_lookup", lead_id="9")
    rows = answer.json()["rows"]
    assert int(answer.headers["content-length"]) == len(answer.content) > KEPT_IN_MEMORY
    assert [row["user"] for row in rows] == [f"u{n}" for n in range(many)]
    assert table(ask(wire, "recording_lookup", lead_id="9", format="csv").text) == [{k: cell(v) for k, v in row.items()} for row in rows]


def test_a_read_without_end_is_told_so(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_: object) -> None:
        raise api.dispatch.TookTooLong

    monkeypatch.setattr(api.dispatch.Database, "answering", ended)
    answer = ask(wire, "vm_list")
    assert (answer.status_code, answer.json()["code"]) == (422, "took-too-long")


@pytest.mark.parametrize("function", READS.values(), ids=READS.keys())
def test_every_line_has_a_status(function: Read) -> None:
    module = vars(sys.modules[function.answer.__module__])
    told = [line for line in module.values() if isinstance(line, Line) and line.result in (Result.ERROR, Result.NOTICE)]
    without = [line for line in told if line is not INVALID_SOURCE_AGAIN and line.text != "{parts}"]
    permission = [] if function.permission is None else [function.permission.refusal]
    assert set(without) == {*function.statuses, *permission}
    assert (set(function.text_only) | set(function.fixed)) <= set(function.request.__dataclass_fields__)


def test_every_parameter_and_function_is_explained() -> None:
    names = {name for function in READS.values() for name in offered(function)}
    assert names == set(MEANINGS)
    assert all(summary(function) and not summary(function).startswith(function.name) for function in READS.values())


def test_the_page_of_reads_lists_them() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reads.md").read_text()
    assert [name for name, function in READS.items() if f"| `{name}` | {summary(function)} |" not in page] == []
