"""The rules of the comparison, on rows made by hand."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.conformance.comparison import RECORDED_ON, RESET_COUNT, Form, Placeholders, canonical, canonical_row, changes

NOW = dt.datetime(2026, 12, 23, 18, 30, 0)
EPOCH = int(NOW.replace(tzinfo=dt.UTC).timestamp())
LEADS = Form(("lead_id",), "lead_id")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", None),
        ("0000-00-00", None),
        ("0000-00-00 00:00:00", None),
        (0, "0"),
        (Decimal("-5.00"), "-5"),
        (-9.5, "-9.5"),
        (Decimal("100"), "100"),
        ("-5.00", "-5.00"),
        (b"abc", "abc"),
        (dt.datetime(2026, 10, 1, 8, 0, 0), "2026-10-01 08:00:00"),
        (dt.date(2026, 10, 1), "2026-10-01"),
        ("2026-10-01 08:00:00.000000", "2026-10-01 08:00:00"),
    ],
)
def test_one_text_per_value(value: object, text: str | None) -> None:
    assert canonical(value) == text


def test_a_row_keeps_filled_columns_that_are_compared() -> None:
    row = canonical_row("vicidial_list", ["lead_id", "modify_date", "title", "rank"], [1001, NOW, "", 0])
    assert row == {"lead_id": "1001", "rank": "0"}


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("at 2026-12-23 18:40:00", "at <NOW>"),
        ("at 2026-12-23 18:46:00", "at <TODAY> 18:46:00"),
        ("20261223183001", "<NOW14>"),
        ("from 2026-12-23", "from <TODAY>"),
        (f"from {RECORDED_ON}", "from <TODAY>"),
        ("2026-10-05 10:00:00", "2026-10-05 10:00:00"),
        (f"{EPOCH}", "<EPOCH>"),
        (f"{EPOCH - 1000}", f"{EPOCH - 1000}"),
        (f"{EPOCH}.5", "<EPOCH>.5"),
        (f"1.{EPOCH}", f"1.{EPOCH}"),
        (f"BM{EPOCH}00006666", "BM<EPOCH>00006666"),
        ("V1223183000", "V<MDHMS>"),
        ("6025550001|999|1062|-7", "6025550001|999|<NEW:vicidial_list:1>|-7"),
        ("10620", "10620"),
    ],
)
def test_placeholders(text: str, replaced: str) -> None:
    assert Placeholders(NOW, {"1062": "<NEW:vicidial_list:1>"})(text) == replaced


def test_placeholders_reach_into_structures_and_leave_names_alone() -> None:
    seen = Placeholders(NOW, {"1062": "<NEW>"}).everywhere({"1062": {"added": [{"data": "1062|x", "n": None}]}})
    assert seen == {"1062": {"added": [{"data": "<NEW>|x", "n": None}]}}


def test_added_removed_and_changed_rows() -> None:
    before = [{"lead_id": "5001", "title": "Mr"}, {"lead_id": "5002"}]
    after = [{"lead_id": "5001", "rank": "3"}, {"lead_id": "5003", "title": "Dr"}]
    entry, ids = changes("vicidial_list", LEADS, before, after)
    assert entry == {
        "added": [{"lead_id": "5003", "title": "Dr"}],
        "removed": [{"lead_id": "5002"}],
        "changed": [{"key": {"lead_id": "5001"}, "set": {"rank": "3", "title": ""}}],
    }
    assert ids == {"5003": "<NEW:vicidial_list:1>"}


def test_a_small_new_id_is_replaced_in_its_own_row_only() -> None:
    entry, ids = changes("vicidial_hopper", Form(("hopper_id",), "hopper_id"), [], [{"hopper_id": "3", "lead_id": "5003"}])
    assert entry == {"added": [{"hopper_id": "<NEW:vicidial_hopper:1>", "lead_id": "5003"}]}
    assert ids == {}


def test_a_key_that_is_given_is_no_new_id() -> None:
    assert changes("vicidial_lists", Form(("list_id",)), [], [{"list_id": "5003"}]) == ({"added": [{"list_id": "5003"}]}, {})


def test_rows_without_a_compared_key_are_counted() -> None:
    row, other = {"user": "6666"}, {"user": "7777"}
    entry, ids = changes("vicidial_api_log", Form(("api_id",), "api_id"), [row, other], [row, row, row])
    assert entry == {"added": [row, row], "removed": [other]}
    assert ids == {}


def test_a_column_that_is_not_compared_is_no_change() -> None:
    rows = [canonical_row("vicidial_users", ["user_id", "last_ip"], [1, address]) for address in ("10.0.0.1", "10.0.0.2")]
    assert changes("vicidial_users", Form(("user_id",), "user_id"), rows[:1], rows[1:]) == ({}, {})


def test_either_form_of_a_reset_count_will_do() -> None:
    line = "NOTICE: update_list LEADS IN LIST HAVE BEEN RESET - 6666|101|{}"
    assert RESET_COUNT.sub(r"\1", line.format("61")) == RESET_COUNT.sub(r"\1", line.format(""))
