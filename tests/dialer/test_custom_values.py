"""Custom fields as reads show them."""

import pytest
from sqlalchemy import Connection, text

from dialer.custom_values import crossed_out, load_custom_values, load_hidden_fields
from protocol.functions import Caller
from tests.dialer.rows import put

CALLER = Caller(user="6666")
MODULE = {"active_modules": "x,cf_encrypt"}


@pytest.mark.parametrize(("value", "shown"), [("", ""), ("blue \u00e9", "XXXXXXX"), ("a\nbc\r\n", "X\nXXX\n")])
def test_every_byte_but_line_feeds_is_crossed_out(value: str, shown: str) -> None:
    assert crossed_out(value) == shown


def test_values_come_in_the_order_asked_for(connection: Connection) -> None:
    connection.execute(
        text("insert into custom_101 (lead_id, favorite_color, appointment_date) values (1, 'blue', '2020-11-01'), (2, null, null)")
    )
    found = load_custom_values("101", ["appointment_date", "favorite_color"], [1, 2, 3], connection)
    assert found == {1: ["2020-11-01", "blue"], 2: ["", ""]}


def test_fields_are_hidden_by_the_module_from_those_without_the_right(connection: Connection) -> None:
    rule = {"list_id": 101, "field_label": "Secret", "field_show_hide": "X_OUT_ALL"}
    put(connection, vicidial_lists_fields=[rule, {"list_id": 101, "field_label": "open"}, {**rule, "list_id": 107}])
    assert load_hidden_fields(["101"], CALLER, MODULE, connection) == {(101, "secret")}
    assert not load_hidden_fields(["101"], CALLER, {"active_modules": ""}, connection)
    assert not load_hidden_fields(["101"], Caller(user="6666", rights=frozenset({"admin_cf_show_hidden"})), MODULE, connection)
