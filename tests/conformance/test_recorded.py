"""Reading case files piece by piece gives what reading them whole gives."""

import yaml

from tests.conformance.comparison import RECORDED_ON
from tests.conformance.recorded import DATA, Case, cases_of, fixture_rows


def test_pieces_of_a_file_are_its_cases() -> None:
    for function in ("_auth", "list_info", "moh_list"):
        whole = yaml.load((DATA / "cases" / f"{function}.yaml").read_text(), Loader=yaml.CSafeLoader)
        pieces = cases_of(function)
        assert [piece.recorded for piece in pieces] == whole
        assert [piece.id for piece in pieces] == [case["id"] for case in whole]
        assert [piece.fault for piece in pieces] == [bool(case.get("fault")) for case in whole]
        assert [piece.winter_only for piece in pieces] == [case.get("season") == "standard" for case in whole]


def test_ids_are_unique_over_all_files() -> None:
    ids = [case.id for path in (DATA / "cases").glob("*.yaml") for case in cases_of(path.stem)]
    assert len(ids) == len(set(ids)) > 1300


def test_requests_carry_the_defaults_unless_given_or_dropped() -> None:
    case = Case("- id: a/b\n  request: {function: add_lead, user: null, pass: x}\n  then: [{list_id: 5}]\n")
    assert case.requests == [
        {"function": "add_lead", "pass": "x", "source": "test"},
        {"user": "6666", "pass": "1234", "source": "test", "list_id": "5"},
    ]


def test_what_is_left_out_of_the_comparison_is_named_by_table_and_column() -> None:
    assert Case("- id: a/b\n  not_compared: [vicidial_api_log.data]\n").not_compared == [("vicidial_api_log", "data")]


def test_the_fixture_was_installed_on_the_day_of_the_recordings() -> None:
    assert fixture_rows()["system_settings"][0]["install_date"] == RECORDED_ON


def test_the_fixture_holds_the_demo_caller() -> None:
    assert any(row["user"] == "6666" and row["pass"] == "1234" for row in fixture_rows()["vicidial_users"])
