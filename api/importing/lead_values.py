"""Parameters of add_lead that hold for every row of an import: checked and mended as cells are, and refused where those would be lost."""

from collections.abc import Mapping
from datetime import date

from api.problems import Problem
from db.tables.leads import vicidial_list
from db.types import held
from dialer.duplicates import CHECKS, wanted
from dialer.import_dates import NOW, repaired_dates
from dialer.import_phones import US_CANADA, mended
from dialer.import_rows import AHEAD
from dialer.import_states import repaired_states
from protocol.parameters import CLEANERS, hopper_priority

_FLAG = ("Y", "N")
_DNC = ("Y", "N", "AREACODE")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "dnc_check": _DNC,
    "campaign_dnc_check": _DNC,
    "callback_type": ("USERONLY", "ANYONE"),
    "gender": ("M", "F", "U"),
    **dict.fromkeys(("usacan_prefix_check", "usacan_areacode_check", "nanpa_ac_prefix_check", "lookup_state", "custom_fields"), _FLAG),
    **dict.fromkeys(("add_to_hopper", "hopper_local_call_time_check", "callback"), _FLAG),
}
"""The values there are of parameters that have a fixed set."""
NUMBERS = ("list_id", "entry_list_id", "phone_code", "rank")
ZONES = ("POSTAL", "TZCODE", "NANPA")
SHOWN = 40


def lead_values(given: Mapping[str, str], date_format: str, *, non_latin: bool) -> dict[str, str]:
    """The values as rows take them. Raises Problem for one that means nothing, or of which something would be lost."""
    values = {name: stripped for name, value in given.items() if (stripped := value.strip())}
    for name, value in values.items():
        _refuse(name, value)
    repaired = {name: _repaired(name, value, values, date_format) for name, value in values.items()}
    if not non_latin:
        for name, value in repaired.items():
            if (cleaned := CLEANERS[name](value)) != value:
                raise bad_option(name, f"add_lead would make {cleaned[:SHOWN] or 'nothing'} of {value[:SHOWN]}")
    return {**repaired, "hopper_priority": hopper_priority(repaired.get("hopper_priority", ""))}


def cut_values(values: Mapping[str, str]) -> list[str]:
    """What is told of values that are longer than the columns of leads are made."""
    texts = {name: value for name, value in values.items() if name in vicidial_list.c and name not in NUMBERS}
    kept = {name: str(held(vicidial_list.c[name], value)) for name, value in texts.items()}
    return [f"The option {name} is longer than its column: leads get {kept[name]}" for name in texts if kept[name] != texts[name]]


def chosen(name: str, value: str, choices: tuple[str, ...]) -> str:
    """The value, if it is one of the choices. Raises Problem."""
    if value not in choices:
        raise bad_option(name, f"it must be one of {', '.join(choices)}")
    return value


def bad_option(name: str, says: str) -> Problem:
    """An option has a value that means nothing."""
    return Problem(422, "bad-option", f"The option {name} has no such value: {says}", option=name)


def _refuse(name: str, value: str) -> None:
    if name in CHOICES:
        chosen(name, value, CHOICES[name])
    if name in NUMBERS and not (value.isascii() and value.isdigit()):
        raise bad_option(name, "it must be digits")
    if name == "rank" and int(value) != held(vicidial_list.c.rank, value):
        raise bad_option(name, "it must be 32767 at most")
    if name == "duplicate_check" and not wanted(value)[0]:
        raise bad_option(name, f"it must hold one of {', '.join(check.word for check in CHECKS)}")
    if name == "tz_method" and not any(zone in value.upper() for zone in ZONES):
        raise bad_option(name, f"it must hold one of {', '.join(ZONES)}")
    if name == "hopper_priority" and hopper_priority(value) != str(_whole(value)):
        raise bad_option(name, "it must be a number from -99 to 99")


def _repaired(name: str, value: str, values: Mapping[str, str], date_format: str) -> str:
    phone_code = values.get("phone_code", "")
    if name == "state" and phone_code in US_CANADA:
        return repaired_states([value])[0][0]
    if name == "alt_phone":
        phones = mended([value], [phone_code])
        if phones.damaged:
            raise bad_option(name, "a spreadsheet has rounded it")
        return phones.numbers[0] or value
    if name in ("date_of_birth", "callback_datetime") and value != NOW:
        dates, told = repaired_dates([value], date_format, date.today().year + (AHEAD if name == "callback_datetime" else 0))
        if dates[0] == value and told:
            raise bad_option(name, f"{value[:SHOWN]} is no date")
        return dates[0] if name == "callback_datetime" else dates[0][:10]
    return value


def _whole(value: str) -> int | None:
    try:
        return int(value)
    except ValueError:
        return None
