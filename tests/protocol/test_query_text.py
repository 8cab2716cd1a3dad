"""The parameters as vicidial_api_urls keeps them: whole, but for the passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.parameters import PASSWORDS
from protocol.query_text import query_text, without_passwords


@pytest.mark.parametrize(
    ("query", "form", "kept"),
    [
        (b"user=6666&pass=1234&function=x", {}, "user=6666&pass=&function=x"),
        (b"user=6666&comments=a%20b", {}, "user=6666&comments=a%20b"),
        (b"", {"user": "6666", "pass": "1234"}, "user=6666&pass=&GET-AND-POST=Y&user=6666&pass="),
        (b"user=6666", {"pass": "1234", "comments": "a'b\"c;d\\e"}, "user=6666&GET-AND-POST=Y&pass=&comments=abcde"),
        (b"user=6666", {"a": ""}, "user=6666"),
        (b"", {}, ""),
    ],
)
def test_query_string_and_form_are_written_as_the_reference_writes_them(query: bytes, form: dict[str, str], kept: str) -> None:
    assert query_text(query, form) == kept


@pytest.mark.parametrize(
    "name",
    ["pass", "%70ass", "+pass", "%20pass", "pass[]", "pass%5B%5D", "agent_pass", "agent.pass", "phone+pass", "registration%5fpassword"],
)
def test_a_password_is_found_however_its_name_is_written(name: str) -> None:
    assert without_passwords(f"user=1&{name}=SECRET&x=2".encode()) == f"user=1&{name}=&x=2"


@given(st.sampled_from(sorted(PASSWORDS)), st.binary(max_size=20))
def test_no_password_is_kept_whatever_stands_around_it(name: str, around: bytes) -> None:
    around = around.replace(b"SECRET", b"")
    assert "SECRET" not in query_text(around + b"&" + name.encode() + b"=SECRET&" + around, {name: "SECRET"})
