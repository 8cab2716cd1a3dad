"""The options of an import: add_lead's parameters for all rows, and how the file is to be read."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from typing import Any

import orjson

from api.importing.delimiters import AUTO, DELIMITERS
from api.importing.encodings import ENCODINGS
from api.importing.formats import FORMATS
from api.importing.lead_file import LeadFile
from api.problems import Problem
from dialer.duplicates import CHECKS, wanted
from dialer.import_columns import PHONE
from dialer.import_dates import DATE_FORMATS
from protocol.chunks import REFUSE, SKIP, UPDATE, Handling
from protocol.parameters import CLEANERS, hopper_priority
from tasks.add_lead import AddLead

FIELDS = frozenset(known.name for known in fields(AddLead)) - {"raw"}
"""What a column may give."""
FOR_ALL_ROWS = FIELDS - {PHONE}
OF_THE_FILE = ("format", "sheet", "delimiter", "encoding", "mapping")
OF_THE_ROWS = ("on_duplicate", "dry_run", "max_errors", "date_format", "defaults")
NAMES = frozenset({*FOR_ALL_ROWS, *OF_THE_FILE, *OF_THE_ROWS, "filename", "template", "webhook"})
"""Every option there is."""
LONGEST_NAME = 255
NO_PRIORITY = ("hopper_priority", "0")
"""What add_lead takes where nothing is said."""

_FLAG = ("Y", "N")
_DNC = ("Y", "N", "AREACODE")
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "dnc_check": _DNC,
    "campaign_dnc_check": _DNC,
    "callback_type": ("USERONLY", "ANYONE"),
    **dict.fromkeys(("usacan_prefix_check", "usacan_areacode_check", "nanpa_ac_prefix_check", "lookup_state", "custom_fields"), _FLAG),
    **dict.fromkeys(("add_to_hopper", "hopper_local_call_time_check", "callback"), _FLAG),
}
_NUMBERS = ("list_id", "entry_list_id", "phone_code", "rank")
_MOST = re.compile(r"\d{1,9}|\d{1,3}(\.\d{1,3})?%")
_ZONES = ("POSTAL", "TZCODE", "NANPA")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of one import. `lead` are cleaned parameters of add_lead; `mapping` tells columns, None leaves one out."""

    lead: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    handling: Handling = field(default_factory=Handling)
    format: str = AUTO
    sheet: str = ""
    delimiter: str = AUTO
    encoding: str = AUTO
    filename: str = ""
    webhook: str = ""

    def shown(self) -> dict[str, Any]:
        """As the job tells them: those that say more than saying nothing would."""
        handled = {name: value for name, value in asdict(self.handling).items() if value != getattr(Handling(), name)}
        if "custom" in handled:
            handled["defaults"] = handled.pop("custom")
        given = {**self.lead, **{name: getattr(self, name) for name in OF_THE_FILE}, **handled}
        return {name: value for name, value in given.items() if value not in (AUTO, "", {}) and (name, value) != NO_PRIORITY}

    def file(self, chunk_rows: int) -> LeadFile:
        """What reads the file."""
        return LeadFile(chunk_rows, self.encoding, self.delimiter, self.format, self.sheet)


def options_of(given: Mapping[str, str], *, filename: str = "", non_latin: bool = False) -> Options:
    """The options that a request gives. Raises Problem for one that is unknown or means nothing."""
    for name in given:
        if name not in NAMES:
            raise _unknown(name)
    defaults = _defaults(given.get("defaults", ""))
    asked = {**defaults, **given}
    lead = {name: _cleaned(name, value, non_latin=non_latin) for name, value in asked.items() if name in FOR_ALL_ROWS and value}
    return Options(
        lead={**lead, "hopper_priority": hopper_priority(lead.get("hopper_priority", ""))},
        mapping=_mapping(given.get("mapping", "")),
        handling=_handling(given, {name: value for name, value in defaults.items() if name not in FIELDS}),
        format=_chosen("format", given.get("format") or AUTO, FORMATS),
        sheet=given.get("sheet", "")[:LONGEST_NAME],
        delimiter=_chosen("delimiter", given.get("delimiter") or AUTO, (AUTO, *DELIMITERS)),
        encoding=_chosen("encoding", given.get("encoding") or AUTO, ENCODINGS),
        filename=(given.get("filename") or filename)[:LONGEST_NAME],
        webhook=given.get("webhook", ""),
    )


def _handling(given: Mapping[str, str], custom: Mapping[str, str]) -> Handling:
    most = given.get("max_errors", "")
    if most and not _MOST.fullmatch(most):
        raise _bad("max_errors", "it must be a number of rows such as 100, or a percentage such as 5%")
    return Handling(
        on_duplicate=_chosen("on_duplicate", given.get("on_duplicate") or REFUSE, (REFUSE, UPDATE, SKIP)),
        dry_run=_chosen("dry_run", (given.get("dry_run") or "false").lower(), ("true", "false")) == "true",
        max_errors=most,
        date_format=_chosen("date_format", given.get("date_format") or DATE_FORMATS[0], DATE_FORMATS),
        custom=custom,
    )


def refuse_checks_without_effect(options: Options, columns: frozenset[str]) -> None:
    """Raise Problem for a check that could never find anything; `columns` are the parameters that columns give."""
    if options.lead.get("campaign_dnc_check", "N") != "N" and not options.lead.get("campaign_id") and "campaign_id" not in columns:
        raise _bad("campaign_dnc_check", "it finds nothing without campaign_id")
    if options.handling.on_duplicate != REFUSE and not options.lead.get("duplicate_check") and "duplicate_check" not in columns:
        raise _bad("on_duplicate", "there are no duplicates without duplicate_check")
    if options.handling.custom and options.lead.get("custom_fields") != "Y":
        raise _bad("defaults", f"{next(iter(options.handling.custom))[:64]} is no field of a lead; custom fields take custom_fields=Y")


def _cleaned(name: str, value: str, *, non_latin: bool) -> str:
    if name in _ONE_OF:
        return _chosen(name, value, _ONE_OF[name])
    if name in _NUMBERS and not (value.isascii() and value.isdigit()):
        raise _bad(name, "it must be digits")
    if name == "duplicate_check" and not wanted(value)[0]:
        raise _bad(name, f"it must hold one of {', '.join(check.word for check in CHECKS)}")
    if name == "tz_method" and not any(zone in value.upper() for zone in _ZONES):
        raise _bad(name, f"it must hold one of {', '.join(_ZONES)}")
    if name == "hopper_priority" and hopper_priority(value) != str(_whole(value)):
        raise _bad(name, "it must be a number from -99 to 99")
    return value if non_latin else CLEANERS[name](value)


def _whole(value: str) -> int | None:
    try:
        return int(value)
    except ValueError:
        return None


def _chosen(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise _bad(name, f"it must be one of {', '.join(choices)}")
    return value


def _mapping(text: str) -> dict[str, str | None]:
    told = _object(text)
    if told is None or not all(value is None or isinstance(value, str) for value in told.values()):
        raise _bad("mapping", 'it must be a JSON object such as {"Tel": "phone_number", "Remarks": null}')
    return told


def _defaults(text: str) -> dict[str, str]:
    told = _object(text)
    if told is None or not all(isinstance(value, str | int) and not isinstance(value, bool) for value in told.values()):
        raise _bad("defaults", 'it must be a JSON object such as {"state": "FL", "source_id": "web"}')
    if PHONE in told:
        raise _bad("defaults", f"there is no default for {PHONE}")
    return {name: str(value) for name, value in told.items()}


def _object(text: str) -> dict[str, Any] | None:
    """What a JSON object says, None if the text is none."""
    try:
        told = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return None
    return told if isinstance(told, dict) else None


def _unknown(name: str) -> Problem:
    near = get_close_matches(name, NAMES, n=1)
    meant = f"; is {near[0]} meant?" if near else ""
    return Problem(422, "unknown-option", f"There is no option {name[:64]}{meant}", option=name[:64])


def _bad(name: str, says: str) -> Problem:
    return Problem(422, "bad-option", f"The option {name} has no such value: {says}", option=name)
