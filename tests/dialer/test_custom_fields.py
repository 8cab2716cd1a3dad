from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from dialer.custom_fields import (
    CustomFields,
    CustomValues,
    Field,
    Outcome,
    cleaned,
    load_custom_fields,
    store_new_values,
    store_updated_values,
)
from tests.dialer.rows import put

FIELDS = CustomFields(
    enabled=True,
    fields={101: (Field("color"), Field("Notes"), Field("gone")), 104: (Field("gone"),)},
    columns={"101": {"color": "color", "notes": "notes"}, "103": {"x": "x"}, "104": {"x": "x"}, "107": {"nickname": "nickname"}},
)


def test_a_new_lead_gets_every_field_that_has_a_column() -> None:
    custom = FIELDS.of_new_lead("101", {"color": "blue", "gone": "x", "other": "y"})
    assert custom == CustomValues(Outcome.STORED, "101", {"color": "blue", "notes": ""})


def test_an_update_gets_the_fields_sent() -> None:
    assert FIELDS.of_update("101", {"Notes": "n", "gone": "x"}) == CustomValues(Outcome.STORED, "101", {"notes": "n"})
    assert FIELDS.of_update("101", {"color": ""}) == CustomValues(Outcome.STORED, "101", {"color": ""})
    assert FIELDS.of_update("101", {"color": "--BLANK--"}).values == {"color": ""}


@pytest.mark.parametrize(
    ("list_id", "outcome"),
    [
        ("102", Outcome.NO_TABLE),
        ("103", Outcome.NO_FIELDS),
        ("104", Outcome.NO_COLUMNS),
        ("0101", Outcome.NO_TABLE),
        ("101", Outcome.STORED),
    ],
)
def test_outcome_for_a_new_lead(list_id: str, outcome: Outcome) -> None:
    assert FIELDS.of_new_lead(list_id, {}).outcome is outcome


def test_the_switch_stops_new_leads_only() -> None:
    off = CustomFields(False, FIELDS.fields, FIELDS.columns)
    assert off.of_new_lead("101", {"color": "blue"}) == CustomValues(Outcome.DISABLED, "101")
    assert off.of_update("101", {"color": "blue"}).outcome is Outcome.STORED


@pytest.mark.parametrize(
    ("list_id", "raw", "outcome"),
    [
        ("102", {"color": "x"}, Outcome.NO_TABLE),
        ("103", {"color": "x"}, Outcome.NOTHING_SENT),
        ("104", {"gone": "x"}, Outcome.NOTHING_SENT),
        ("101", {"other": "x"}, Outcome.NOTHING_SENT),
    ],
)
def test_outcome_for_an_update(list_id: str, raw: Mapping[str, str], outcome: Outcome) -> None:
    assert FIELDS.of_update(list_id, raw).outcome is outcome


def test_another_list_s_table_takes_what_it_has_columns_for() -> None:
    both = CustomFields(True, FIELDS.fields, {"107": {"nickname": "nickname", "notes": "Notes"}})
    assert both.of_new_lead("101", {"color": "blue", "Notes": "n"}, "107") == CustomValues(Outcome.STORED, "107", {"Notes": "n"})
    assert FIELDS.of_new_lead("101", {"color": "blue"}, "107") == CustomValues(Outcome.STORED, "107", {})


def test_what_must_be_encrypted_is_not_stored_in_clear() -> None:
    sealed = CustomFields(True, {101: (Field("color", sealed=True), Field("notes"))}, FIELDS.columns)
    assert sealed.of_new_lead("101", {"color": "blue", "notes": "n"}).values == {"color": "", "notes": "n"}
    assert sealed.of_update("101", {"color": "blue", "notes": "n"}).values == {"notes": "n"}
    assert sealed.of_update("101", {"color": ""}).values == {"color": ""}


def test_cleaning() -> None:
    assert cleaned("light+blue") == "light blue"
    assert cleaned('a;b "c" d\'e #f <g> \\t') == "ab c d'e #f <g> \\t"


@given(st.text())
def test_cleaning_keeps_all_other_characters_in_order(value: str) -> None:
    assert cleaned(value) == "".join(" " if c == "+" else c for c in value if c not in ';"')


@given(raw=st.dictionaries(st.sampled_from(["color", "Notes", "notes", "gone", "lead_id"]), st.text("ab+;", max_size=3)))
def test_an_update_writes_no_more_than_an_add(raw: dict[str, str]) -> None:
    new, update = FIELDS.of_new_lead("101", raw).values, FIELDS.of_update("101", raw).values
    assert {column: new[column] for column in update} == update
    assert set(update) == {label.lower() for label in ("color", "Notes") if label in raw}


@pytest.fixture
def lists(connection: Connection) -> Iterator[Connection]:
    def defined(list_id: int, label: str, **more: Any) -> dict[str, Any]:
        return {"list_id": list_id, "field_label": label, "field_name": label, "field_rank": 1, "field_order": 1, **more}

    put(
        connection,
        system_settings=[{"custom_fields_enabled": "1", "active_modules": "x"}],
        vicidial_lists_fields=[
            defined(101, "notes_area", field_type="AREA", field_rank=2),
            defined(101, "favorite_color", field_type="TEXT"),
            defined(101, "appointment_date", field_type="DATE", field_rank=2, field_order=0),
            defined(101, "shown", field_type="DISPLAY"),
            defined(101, "script", field_type="SCRIPT"),
            defined(101, "again", field_duplicate="Y"),
            defined(101, "last_name"),
            defined(101, "status"),
            defined(107, "nickname", field_encrypt="Y"),
        ],
    )
    yield connection
    connection.execute(text("delete from custom_101"))


def test_fields_that_take_part_in_their_order(lists: Connection) -> None:
    loaded = load_custom_fields(["101", "0101", "107", "102"], lists)
    assert loaded.enabled
    assert [f.label for f in loaded.fields[101]] == ["favorite_color", "status", "appointment_date", "notes_area"]
    assert loaded.fields[107] == (Field("nickname"),)
    assert set(loaded.columns) == {"101", "107"}
    assert loaded.of_new_lead("101", {"favorite_color": "blue"}).values == {
        "favorite_color": "blue",
        "appointment_date": "",
        "notes_area": "",
    }


def test_no_lists_no_query(connection: Connection, queries: list[str]) -> None:
    assert load_custom_fields([], connection) == CustomFields()
    assert queries == []


def test_fields_are_encrypted_where_the_module_is_active(connection: Connection) -> None:
    put(
        connection,
        system_settings=[{"custom_fields_enabled": "0", "active_modules": "a cf_encrypt"}],
        vicidial_lists_fields=[{"list_id": 107, "field_label": "nickname", "field_encrypt": "Y"}],
    )
    loaded = load_custom_fields(["107"], connection)
    assert loaded.fields[107] == (Field("nickname", sealed=True),)
    assert not loaded.enabled


def stored(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute(text("select lead_id, favorite_color, notes_area from custom_101 order by lead_id"))
    return [tuple(row) for row in rows]


def values(**columns: str) -> CustomValues:
    return CustomValues(Outcome.STORED, "101", columns)


def test_values_of_new_leads(lists: Connection) -> None:
    store_new_values([(1, values(favorite_color="blue", notes_area="")), (2, values(favorite_color="C" * 35))], lists)
    assert stored(lists) == [(1, "blue", ""), (2, "C" * 30, None)]


def test_a_lead_takes_over_the_row_that_a_deleted_lead_of_its_id_left(lists: Connection) -> None:
    store_new_values([(1, values(favorite_color="red", notes_area="old"))], lists)
    store_new_values([(1, values(favorite_color="blue"))], lists)
    assert stored(lists) == [(1, "blue", None)]


def test_a_row_without_values(lists: Connection) -> None:
    store_new_values([(1, values()), (2, values())], lists)
    assert stored(lists) == [(1, None, None), (2, None, None)]


def test_updates_tell_what_they_changed(lists: Connection) -> None:
    store_new_values([(1, values(favorite_color="red", notes_area="old")), (2, values(favorite_color="C" * 30, notes_area=""))], lists)
    changed = store_updated_values(
        [
            (1, values(favorite_color="blue")),
            (2, values(favorite_color="C" * 35)),  # the same once it is cut
            (3, values(notes_area="new row")),
        ],
        lists,
    )
    assert changed == [1, 0, 1]
    assert stored(lists) == [(1, "blue", "old"), (2, "C" * 30, ""), (3, None, "new row")]
