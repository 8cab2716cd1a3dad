"""Recorded cases asked a little differently: what the specification says of that, where no recording shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml

from tests.conformance.recorded import Case, cases_of
from tests.conftest import Replay
from tests.databases import KINDS

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
NON_LATIN: Rows = {"system_settings": [{"use_non_latin": "1"}]}

on_each_database = pytest.mark.parametrize("kind", KINDS)


def varied(name: str, more: Rows | None = None, **parameters: str) -> Case:
    """A recorded case with more rows in its setup, and with other parameters in its first request."""
    (case,) = (case for case in cases_of(name.partition("/")[0]) if case.id == name)
    more = more or {}
    setup = {table: [*case.setup.get(table, ()), *more.get(table, ())] for table in {**case.setup, **more}}
    recorded = {**case.recorded, "setup": setup, "request": {**case.recorded["request"], **parameters}}
    return Case(yaml.safe_dump([recorded], allow_unicode=True, sort_keys=False))


def said(kind: str, replay: Replay, case: Case) -> str:
    """The answer to a case of one request."""
    (answer,) = replay(kind, case).response or ()
    return answer


@on_each_database
@pytest.mark.parametrize("letters", [2, 16])
def test_a_list_name_of_letters_beyond_ascii_is_measured_in_bytes(kind: str, letters: int, replay: Replay) -> None:
    name = "ä" * letters
    refused = f"LIST NAME MUST BE FROM 6 TO 30 CHARACTERS, THIS IS AN OPTIONAL FIELD: |zzapi|{name}"
    assert said(kind, replay, varied("update_list/name", NON_LATIN, list_name=name)) == f"ERROR: update_list {refused}"


@on_each_database
def test_three_such_letters_are_a_list_name(kind: str, replay: Replay) -> None:
    assert said(kind, replay, varied("update_list/name", NON_LATIN, list_name="äöü")).startswith("SUCCESS: update_list")
    assert said(kind, replay, varied("add_list/min", NON_LATIN, list_name="äöü")).startswith("SUCCESS: add_list")


@on_each_database
def test_one_such_letter_is_an_alias_name_and_twenty_six_are_none(kind: str, replay: Replay) -> None:
    assert said(kind, replay, varied("update_phone_alias/name-1", NON_LATIN, alias_name="ä")).startswith("SUCCESS")
    assert "VALID ALIAS NAME" in said(kind, replay, varied("update_phone_alias/name-1", NON_LATIN, alias_name="ä" * 26))


@on_each_database
def test_a_lead_id_is_shown_with_the_zeros_it_was_sent_with(kind: str, replay: Replay) -> None:
    found, added = said(kind, replay, varied("update_lead/no-update-hopper", lead_id="0900001")).split("\n")
    assert found == "NOTICE: update_lead LEADS FOUND IN THE SYSTEM: |6666|0900001|||8101|0"
    assert added.startswith("NOTICE: update_lead ADDED TO HOPPER - |0900001|")


@on_each_database
@pytest.mark.parametrize(("level", "taken"), [("1.2.3", True), (".5.5", False), ("4.001", True), ("4.0011", False), ("4.2.1", False)])
def test_a_dial_level_that_is_no_number_is_compared_as_text(kind: str, level: str, taken: bool, replay: Replay) -> None:
    answer = said(kind, replay, varied("update_campaign/level-two-dots", auto_dial_level=level))
    assert answer.startswith("SUCCESS" if taken else "ERROR: update_campaign AUTO DIAL LEVEL MUST BE FROM 0 TO 4.001")


@on_each_database
def test_a_list_that_gets_a_campaign_loses_the_hopper_rows_it_had_without_one(kind: str, replay: Replay) -> None:
    rows: Rows = {
        "vicidial_lists": [{"list_id": "88101", "campaign_id": ""}],
        "vicidial_hopper": [{"hopper_id": 990001, "lead_id": 990001, "list_id": 88101, "campaign_id": "", "status": "READY"}],
    }
    outcome = replay(kind, varied("update_list/campaign", rows))
    assert [row["hopper_id"] for row in outcome.tables["vicidial_hopper"]["removed"]] == ["990001"]


@on_each_database
@pytest.mark.parametrize(
    ("name", "parameters", "answer"),
    [
        ("update_lead/by-vendor-code", {"vendor_lead_code": "V900001 "}, "SUCCESS: update_lead LEAD HAS BEEN UPDATED - 6666|900001|1"),
        ("add_lead/dup-title-sys-hit", {"title": "Mr "}, "ERROR: add_lead DUPLICATE TITLE ALT_PHONE IN SYSTEM - Mr |"),
        ("update_user/name", {"agent_user": "zzagent "}, "SUCCESS: update_user USER HAS BEEN UPDATED - zzapi|zzagent |"),
        ("add_user/exists", {"agent_user": "zzagent "}, "ERROR: add_user USER ALREADY EXISTS: |zzapi|zzagent"),
    ],
)
def test_trailing_spaces_are_not_seen_by_a_comparison(
    kind: str, name: str, parameters: dict[str, str], answer: str, replay: Replay
) -> None:
    assert said(kind, replay, varied(name, **parameters)).startswith(answer)


@on_each_database
def test_trailing_spaces_of_what_is_stored_are_not_seen_either(kind: str, replay: Replay) -> None:
    lead = {"lead_id": 900001, "list_id": 8101, "vendor_lead_code": "V900001  "}
    case = varied("update_lead/by-vendor-code", {"vicidial_list": [lead]}, vendor_lead_code="V900001")
    assert said(kind, replay, case).startswith("SUCCESS: update_lead LEAD HAS BEEN UPDATED - 6666|900001|")


@on_each_database
def test_the_user_of_a_lead_is_emptied_as_the_document_says(kind: str, replay: Replay) -> None:
    lead = {"lead_id": 900001, "list_id": 8101, "user": "1001"}
    outcome = replay(kind, varied("update_lead/by-lead-id", {"vicidial_list": [lead]}, user_field="--BLANK--"))
    assert outcome.tables["vicidial_list"]["changed"][0]["set"]["user"] == ""


@on_each_database
def test_an_offset_that_was_never_set_is_shown_as_nothing(kind: str, replay: Replay) -> None:
    lead = {"lead_id": 900001, "gmt_offset_now": None}
    case = varied("update_lead/hopper-unknown-list-checked", {"vicidial_list": [lead]})
    assert said(kind, replay, case).endswith("NOTICE: update_lead NOT ADDED TO HOPPER, OUTSIDE OF LOCAL TIME - |900001||0|6666")
