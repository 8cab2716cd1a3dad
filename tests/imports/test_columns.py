"""Columns find their fields by name, by alias, or as told."""

import pytest

from api.importing.options import FIELDS
from dialer.import_columns import Column, ColumnsRefused, columns_of, folded_name, refuse_without_phone


def fields(*header: str, **told: str | None) -> list[str]:
    return [column.parameter for column in columns_of(header, FIELDS, told=told)]


@pytest.mark.parametrize(
    "name",
    ["phone_number", "Phone", "PHONE NUMBER", " Phone # ", "Mobile", "Teléfono", "telefon", "Cell-Phone", "tel.", "MSISDN"],
)
def test_a_phone_column_has_many_names(name: str) -> None:
    assert fields(name) == ["phone_number"]


def test_common_headers() -> None:
    header = (
        "First Name",
        "Apellido",
        "Street Address",
        "City",
        "ST",
        "Zip Code",
        "E-Mail",
        "Mobile Phone",
        "Birthday",
        "Notes",
        "Shoe size",
    )
    assert fields(*header) == [
        *("first_name", "last_name", "address1", "city", "state", "postal_code", "email", "phone_number", "date_of_birth", "comments", ""),
    ]


def test_a_field_is_given_by_one_column() -> None:
    assert fields("mobile", "phone", "tel") == ["phone_number", "", ""]
    assert fields("mobile", "phone_number") == ["", "phone_number"]


def test_columns_as_told() -> None:
    assert fields("phone", "mobile", "zip", mobile="phone_number", zip=None) == ["", "phone_number", ""]


def test_columns_of_a_results_file_are_left_out() -> None:
    assert fields("import_line", "import_lead_id", "phone") == ["", "", "phone_number"]


def test_options_of_add_lead_may_be_columns() -> None:
    assert fields("phone", "list_id", "dnc_check", "add_to_hopper") == ["phone_number", "list_id", "dnc_check", "add_to_hopper"]


def test_custom_fields_are_found_by_label() -> None:
    assert columns_of(["phone", "Favorite Color", "other thing"], FIELDS, labels=["favorite_color"]) == [
        Column("phone", "phone_number", "phone"),
        Column("Favorite Color", "", "favorite_color"),
        Column("other thing", "", "other_thing"),
    ]


@pytest.mark.parametrize(
    ("header", "told", "code"),
    [
        (("name", "zip"), {}, "no-phone-column"),
        (("7275551212", "Pat"), {}, "no-phone-column"),
        (("phone",), {"phone": None}, "no-phone-column"),
        (("phone",), {"fax": "comments"}, "mapping-unknown-column"),
        (("phone",), {"phone": "phone_no"}, "mapping-unknown-field"),
        (("phone", "tel"), {"phone": "phone_number", "tel": "phone_number"}, "mapping-field-twice"),
    ],
)
def test_columns_that_are_refused(header: tuple[str, ...], told: dict[str, str | None], code: str) -> None:
    with pytest.raises(ColumnsRefused) as refused:
        refuse_without_phone(columns_of(header, FIELDS, told=told))
    assert refused.value.code == code


def test_names_are_compared_without_what_people_write_differently() -> None:
    assert folded_name("  Código-Postal:") == "codigopostal"
