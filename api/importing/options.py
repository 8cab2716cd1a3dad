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
from api.importing.lead_values import SHOWN, bad_option, chosen, lead_values
from api.problems import Problem
from dialer.import_columns import PHONE
from dialer.import_dates import DATE_FORMATS
from protocol.chunks import REFUSE, SKIP, UPDATE, Handling
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

MOST = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(\.[0-9]{1,3})?%")
"""What max_errors may be."""
HANDLINGS = (REFUSE, UPDATE, SKIP)
"""What may become of a duplicate."""
FLAGS = ("true", "false")


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
    handling = _handling(given, {name: value for name, value in defaults.items() if name not in FIELDS})
    for_all_rows = {name: value for name, value in {**defaults, **given}.items() if name in FOR_ALL_ROWS}
    return Options(
        lead=lead_values(for_all_rows, handling.date_format, non_latin=non_latin),
        mapping=_mapping(given.get("mapping", "")),
        handling=handling,
        format=chosen("format", given.get("format") or AUTO, FORMATS),
        sheet=given.get("sheet", "")[:LONGEST_NAME],
        delimiter=chosen("delimiter", given.get("delimiter") or AUTO, (AUTO, *DELIMITERS)),
        encoding=chosen("encoding", given.get("encoding") or AUTO, ENCODINGS),
        filename=(given.get("filename") or filename)[:LONGEST_NAME],
        webhook=given.get("webhook", ""),
    )


def _handling(given: Mapping[str, str], custom: Mapping[str, str]) -> Handling:
    most = given.get("max_errors", "")
    if most and not MOST.fullmatch(most):
        raise bad_option("max_errors", "it must be a number of rows such as 100, or a percentage such as 5%")
    return Handling(
        on_duplicate=chosen("on_duplicate", given.get("on_duplicate") or REFUSE, HANDLINGS),
        dry_run=chosen("dry_run", (given.get("dry_run") or "false").lower(), FLAGS) == "true",
        max_errors=most,
        date_format=chosen("date_format", given.get("date_format") or DATE_FORMATS[0], DATE_FORMATS),
        custom=custom,
    )


def refuse_checks_without_effect(options: Options, columns: frozenset[str]) -> None:
    """Raise Problem for a check that could never find anything; `columns` are the parameters that columns give."""
    one_user = options.lead.get("callback_type") == "USERONLY" and not columns & {"callback_type", "callback_user"}
    if options.lead.get("callback") == "Y" and one_user and not options.lead.get("callback_user"):
        raise bad_option("callback_type", "USERONLY takes callback_user")
    if options.handling.on_duplicate != REFUSE and not options.lead.get("duplicate_check") and "duplicate_check" not in columns:
        raise bad_option("on_duplicate", "there are no duplicates without duplicate_check")
    if options.handling.custom and options.lead.get("custom_fields") != "Y":
        name = next(iter(options.handling.custom))
        raise bad_option("defaults", f"{name[:SHOWN]} is no field of a lead; custom fields take custom_fields=Y")


def _mapping(text: str) -> dict[str, str | None]:
    told = _object(text)
    if told is None or not all(value is None or isinstance(value, str) for value in told.values()):
        raise bad_option("mapping", 'it must be a JSON object such as {"Tel": "phone_number", "Remarks": null}')
    return told


def _defaults(text: str) -> dict[str, str]:
    told = _object(text)
    if told is None or not all(isinstance(value, str | int) and not isinstance(value, bool) for value in told.values()):
        raise bad_option("defaults", 'it must be a JSON object such as {"state": "FL", "source_id": "web"}')
    if PHONE in told:
        raise bad_option("defaults", f"there is no default for {PHONE}")
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
