"""Parameters as PHP takes them, and the cleaning table of spec 00, section 5."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.parameters import CLEANERS, cleaned, decoded, taken

PROBE = "A'-+_.:/@%!?&=,;#|<>\"`~^*()[]{}$z9 B\u00e9\u4e2d"


@pytest.mark.parametrize(
    ("encoded", "parameters"),
    [
        (b"", {}),
        (b"function=version", {"function": "version"}),
        (b"function=x&function=version", {"function": "version"}),
        (b"comments=a+b%20c%2Bd", {"comments": "a b c+d"}),
        (b"agent.user=z&list%20id=1&list+name=n", {"agent_user": "z", "list_id": "1", "list_name": "n"}),
        (b"+user=a&%20pass=b", {"user": "a", "pass": "b"}),
        (b"function[]=x", {"function": "Array"}),
        (b"function%5Bdeep%5D%5B%5D=x", {"function": "Array"}),
        (b"function[=x", {"function_": "x"}),
        (b"[x]=1", {"_x]": "1"}),
        (b"=nameless&&+=blank&flag", {"flag": ""}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=%&b=%zz&c=%4", {"a": "%", "b": "%zz", "c": "%4"}),
    ],
)
def test_names_and_values_are_taken_as_php_takes_them(encoded: bytes, parameters: dict[str, str]) -> None:
    assert decoded(encoded) == parameters


@pytest.mark.parametrize("sent", [b"%C3%A9t%C3%A9", "été".encode(), b"%E9t%E9", "été".encode("latin-1")])
def test_letters_arrive_whether_sent_as_utf8_or_as_iso_8859_1(sent: bytes) -> None:
    assert decoded(b"comments=" + sent) == {"comments": "été"}


def test_the_query_string_wins_over_the_form_even_when_empty() -> None:
    assert taken({"user": "", "source": "q"}, {"user": "form", "pass": "p"}) == {"user": "", "source": "q", "pass": "p"}


@given(st.binary())
def test_no_bytes_can_break_the_parameters(sent: bytes) -> None:
    for parameters in (decoded(sent), decoded(b"comments=" + sent), cleaned(decoded(sent)), cleaned(decoded(sent), non_latin=True)):
        assert all((name + value).encode() is not None for name, value in parameters.items())


@given(st.dictionaries(st.sampled_from(sorted(CLEANERS)), st.text()))
def test_what_a_form_encodes_is_taken_back_unchanged(parameters: dict[str, str]) -> None:
    assert decoded(urlencode(parameters, encoding="utf-8", errors="surrogatepass").encode()) == {
        name: value if _is_utf8(value) else value.encode("utf-8", "surrogatepass").decode("latin-1") for name, value in parameters.items()
    }


def _is_utf8(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


@given(st.sampled_from(sorted(CLEANERS)), st.text())
def test_cleaning_twice_changes_nothing_more(name: str, value: str) -> None:
    once = cleaned({name: value})
    assert cleaned(once) == once


def test_every_known_parameter_has_one_rule() -> None:
    ours = {"job_id", "request_id", "async"}
    assert len(CLEANERS.keys() - ours) == 179


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ("user pass function campaign_id extension", "A-_z9B"),
        ("outbound_cid", "9"),
        ("areacode source format", "Az9B"),
        ("group_alias_id", "A_z9B"),
        ("DB list_id lead_id rank", "9"),
        ("date_of_birth", "-9"),
        ("reset_time", "-_9"),
        ("gmt_offset_now", "-_.9"),
        ("local_gmt", "-.9"),
        ("server_ip", ".9"),
        ("query_time", ":9"),
        ("phone_number", ",9"),
        ("datetime_start", "-+_:9 "),
        ("gender delete_lead", "AB"),
        ("stage", "AzB"),
        ("users", "A-_,z9B"),
        ("user_groups", "A-_,|z9B"),
        ("group", "A-_|z9B"),
        ("statuses", "A-_.,z9 B"),
        ("state", "A-z9 B"),
        ("uniqueid", "A-_.z9 B"),
        ("phone_full_name", "A-+_.z9 B"),
        ("caller_id_name", "A-+_z9 B"),
        ("title", "A'-_.z9 B"),
        ("agent_full_name", "A-+_.:/@z9 B"),
        ("list_name", "A-+_.:/@?&z9 B"),
        ("web_form_address", "A-+_.:/@%?&=z9 B"),
        ("dialplan_number", "A#*z9B"),
        ("voicemail_ext", "A_.#*z9B"),
        ("did_pattern", "A+_.:#*z9B"),
        ("did_patterns", "A+_.:,#*z9B"),
        ("first_name alt_phone", "A'- _.z9 B"),
        ("postal_code", "A'- z9 B"),
        ("address1 owner", "A'- _.:/@z9 B"),
        ("email", "A'- _.:/@%z9 B"),
        ("multi_alt_phones", "A- _:!z9 B"),
        ("vendor_lead_code comments", "A'- _.:/@%!?&=,|<>\"`~^*()[]{}$z9 B\u00e9\u4e2d"),
        ("agent_user status header", PROBE),
    ],
)
def test_what_each_parameter_keeps(names: str, kept: str) -> None:
    assert {name: cleaned({name: PROBE})[name] for name in names.split()} == dict.fromkeys(names.split(), kept)


@pytest.mark.parametrize("name", ["outbound_cid", "areacode"])
def test_all_is_kept_whole_where_it_has_a_meaning(name: str) -> None:
    assert cleaned({name: "---ALL---"})[name] == "---ALL---"


def test_unknown_parameters_are_left_out_and_empty_ones_are_absent() -> None:
    assert cleaned({"colour": "red", "user": "", "list_id": "abc"}) == {"hopper_priority": "0"}


@pytest.mark.parametrize(
    ("sent", "priority"), [("", "0"), ("-", "0"), ("5", "5"), ("100", "99"), ("-100", "-99"), ("x7", "7"), ("1-2", "1"), ("-5-", "-5")]
)
def test_the_hopper_priority_is_a_number_from_minus_99_to_99(sent: str, priority: str) -> None:
    assert cleaned({"hopper_priority": sent})["hopper_priority"] == priority


def test_with_non_latin_only_user_pass_and_source_are_cleaned() -> None:
    parameters = cleaned({"user": PROBE, "pass": PROBE, "source": PROBE, "function": PROBE}, non_latin=True)
    less = "A'-+_.:/@%!?&=,;#|<>\"`~^*()[]{}$z9 B\u00e9\u4e2d".translate(str.maketrans("", "", "'\"\\;#"))
    assert parameters == {"user": less, "pass": less, "source": less, "function": PROBE, "hopper_priority": "0"}
