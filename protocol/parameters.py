"""The one table of request parameters: how each is cleaned, and how they are taken from a query string and a form.

Source: spec 00, sections 2 and 5.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import unquote_to_bytes

Cleaner = Callable[[str], str]

AN = "0-9a-zA-Z"
PASSWORDS = frozenset({"pass", "agent_pass", "phone_pass", "registration_password"})
EVERYTHING = "---ALL---"


def keep(characters: str) -> Cleaner:
    """Delete every character outside the class."""
    outside = re.compile(f"[^{characters}]+").sub
    if characters.startswith(AN):  # most values are letters and digits alone, and are seen to be faster than searched
        return lambda value: value if value.isalnum() and value.isascii() else outside("", value)
    if characters.startswith("0-9"):
        return lambda value: value if value.isdecimal() and value.isascii() else outside("", value)
    return lambda value: outside("", value)


def keep_plus_as_space(characters: str) -> Cleaner:
    """Delete every character outside the class, then turn `+` into a space."""
    kept = keep(characters)
    return lambda value: kept(value).replace("+", " ")


def free_text(value: str) -> str:
    """Delete only `;` and `#`, then turn `+` into a space."""
    return value.replace(";", "").replace("#", "").replace("+", " ")


def raw(value: str) -> str:
    """Leave the value as it was sent."""
    return value


def everything_or(characters: str) -> Cleaner:
    """Keep `---ALL---`; cut anything else down to the class."""
    first, second = keep(f"{AN}_-"), keep(characters)

    def clean(value: str) -> str:
        value = first(value)
        return value if value == EVERYTHING else second(value)

    return clean


_RULES: tuple[tuple[Cleaner, str], ...] = (
    (
        keep(f"{AN}_-"),
        "user pass function campaign_id phone_login tz_method alias_id callback_status callback_user admin_user_group duplicate_check "
        "search_method user_field agent_pass agent_user_group phone_pass registration_password phone_context script am_message "
        "drop_inbound_group expiration_date local_call_time dial_method field_name lead_filter_id did_route record_call exten_context "
        "cid_group_id leads_counts extension job_id request_id",
    ),
    (everything_or("0-9"), "outbound_cid"),
    (everything_or(AN), "areacode"),
    (keep(AN), "source format middle_initial custom_fields protocol call_id outbound_alt_cid async"),
    (keep(f"{AN}_"), "group_alias_id"),
    (
        keep("0-9"),
        "DB list_id entry_list_id list_id_field lead_id phone_code session_id rank records called_count agent_user_level hotkeys_active "
        "voicemail_id caller_id_number campaign_grade camp_rg_only campaign_vdad_exten hopper_level dial_timeout file_download "
        "force_entry_list_id agent_choose_ingroups agent_choose_blended closer_default_blended phone_ring_timeout custom_fields_copy",
    ),
    (keep("0-9-"), "date_of_birth query_date end_date hopper_priority wrapup_seconds_override"),
    (keep("0-9_-"), "reset_time campaign_rank"),
    (keep("0-9_.-"), "gmt_offset_now"),
    (keep("0-9.-"), "local_gmt"),
    (keep("0-9."), "server_ip auto_dial_level adaptive_maximum_level"),
    (keep("0-9:"), "query_time end_time"),
    (keep("0-9,"), "phone_number did_ids"),
    (keep("0-9_: +-"), "datetime_start datetime_end"),
    (
        keep("A-Z"),
        "update_phone_number country_code gender dnc_check campaign_dnc_check add_to_hopper hopper_local_call_time_check "
        "insert_if_not_found search_location no_update delete_lead active reset_list delete_list delete_leads reset_lead "
        "usacan_areacode_check usacan_prefix_check delete_phone delete_alias callback callback_type time_format nanpa_ac_prefix_check "
        "detail delete_user show_sub_status lookup_state type ignore_agentdirect",
    ),
    (keep("a-zA-Z"), "stage delete_vm_after_email"),
    (keep("NY"), "reset_hopper"),
    (keep("1Y"), "status_breakdown show_percentages"),
    (keep(f"{AN}_,-"), "users categories phone_logins"),
    (keep(f"{AN}_,|-"), "user_groups in_groups campaigns"),
    (keep(f"{AN}_|-"), "group"),
    (keep(f"{AN} .,_-"), "statuses campaign_name did_description filter_clean_cid_number cid_description"),
    (keep(f"{AN} -"), "state"),
    (keep(f"{AN} ._-"), "uniqueid"),
    (keep(f"{AN} +._-"), "phone_full_name"),
    (keep(f"{AN} +_-"), "group_alias_name caller_id_name"),
    (keep(f"{AN} '._-"), "title"),
    (
        keep(f"{AN} +.:/@_-"),
        "agent_full_name custom_one custom_two custom_three custom_four custom_five alias_name callback_datetime callback_comments",
    ),
    (keep(f"{AN} +.:/@?&_-"), "list_name"),
    (keep(f"{AN} %=+.:/@?&_-"), "web_form_address web_form_address_two"),
    (keep(f"{AN}*#"), "dialplan_number"),
    (keep(f"{AN}*#._"), "voicemail_ext"),
    (keep(f"{AN}:+*#._"), "did_pattern"),
    (keep(f"{AN}:+*#.,_"), "did_patterns"),
    (keep_plus_as_space(f"{AN} '+._-"), "first_name last_name alt_phone province"),
    (keep_plus_as_space(f"{AN} '+-"), "postal_code"),
    (keep_plus_as_space(f"{AN} '+.:/@_-"), "address1 address2 address3 city security_phrase owner"),
    (keep_plus_as_space(f"{AN} '+.:/@_%-"), "email"),
    (keep_plus_as_space(f"{AN} +!:_-"), "multi_alt_phones"),
    (free_text, "vendor_lead_code source_id comments"),
    (raw, "agent_user status date header ingroups list_description phone_extension web_form_address_three"),
)

CLEANERS: Mapping[str, Cleaner] = {name: rule for rule, names in _RULES for name in names.split()}

_NON_LATIN = str.maketrans("", "", "'\"\\;#")
_LEADING_NUMBER = re.compile(r"\s*[+-]?\d{1,18}", re.ASCII)
_AS_UNDERSCORE = str.maketrans(". ", "__")


def pairs(encoded: bytes) -> Iterator[tuple[str, str]]:
    """The decoded name and value of each pair of a query string or form body, in order, names as the API knows them."""
    text = encoded.decode("latin-1").replace("+", " ")
    as_it_stands = "%" not in text and text.isascii()
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if not as_it_stands and ("%" in pair or not pair.isascii()):
            name, value = _unquoted(name), _unquoted(value)
        if name not in CLEANERS:
            name = parameter_name(name)
        if name:
            yield name, value


def _unquoted(part: str) -> str:
    """The text that one part of a query stands for; each character of `part` is one byte."""
    return text_of(unquote_to_bytes(part.encode("latin-1")))


def text_of(sent: bytes) -> str:
    """UTF-8, or ISO 8859-1 where the bytes are no UTF-8: what senders of such bytes write."""
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return sent.decode("latin-1")


def parameter_name(name: str) -> str:
    """The name as the API knows it: leading spaces do not count, `.` and space count as `_`, and so does a `[` left open.

    A name with brackets keeps them here; `decoded` turns its value into the text `Array`.
    """
    if name.isidentifier():
        return name
    front, bracket, rest = name.lstrip(" ").partition("[")
    front = front.translate(_AS_UNDERSCORE)
    if not bracket:
        return front
    return f"{front}[{rest}" if front and "]" in rest else f"{front}_{rest}"


def taken(query: Mapping[str, str], form: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a request: the query string wins over the form, even with an empty value."""
    return {**form, **query} if form else dict(query)


def decoded(encoded: bytes) -> dict[str, str]:
    """Parameters of a query string or an urlencoded body; of a repeated name the last one counts."""
    return last_of_each(pairs(encoded))


def last_of_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Parameters out of names and values in order; a name with brackets makes the value the text `Array`."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if "[" in name:
            name, value = name.partition("[")[0], "Array"
        found[name] = value
    return found


def cleaned(parameters: Mapping[str, str], *, non_latin: bool = False) -> dict[str, str]:
    """The known parameters after cleaning; those left empty are absent, for the wire does not tell them apart."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        cleaner = CLEANERS.get(name)
        if cleaner is None or not value:
            continue
        if not non_latin:
            value = cleaner(value)
        elif name in ("user", "pass", "source"):
            value = value.translate(_NON_LATIN)
        if value:
            found[name] = value
    found["hopper_priority"] = hopper_priority(found.get("hopper_priority", ""))
    return found


def hopper_priority(text: str) -> str:
    """The priority as the hopper takes it: the number the text begins with, -99 to 99, or 0 where it begins with none."""
    found = _LEADING_NUMBER.match(text)
    return str(max(-99, min(99, int(found[0])))) if found else "0"


def size(text: str) -> int:
    """How long a value is to the API: it counts the bytes of UTF-8, which matters where letters beyond ASCII are let through."""
    return len(text) if text.isascii() else len(text.encode())
