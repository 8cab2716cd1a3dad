"""What the API description says of imports: body, options, answers, problems."""

from typing import Any

from api.importing.delimiters import AUTO, DELIMITERS
from api.importing.encodings import ENCODINGS
from api.importing.formats import FORMATS
from api.importing.lead_values import CHOICES, NUMBERS
from api.importing.options import FLAGS, FOR_ALL_ROWS, HANDLINGS, MOST
from api.importing.webhooks import LONGEST_SECRET
from api.problems import PROBLEM
from dialer.import_dates import DATE_FORMATS

_CSV = "phone_number,first_name,last_name,state\n7275551212,Pat,Smith,FL\n7275551213,Sam,Jones,FL\n"
_FILE = {
    "type": "string",
    "format": "binary",
    "description": "CSV (cells separated by comma, tab, pipe or semicolon; the first line names the columns), NDJSON, a JSON array "
    "of objects, or an Excel workbook (.xlsx); each may be packed with gzip",
}

_PACKED = (
    *("application/gzip", "application/octet-stream"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
"""Of these an example would say nothing."""

BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "text/csv": {"schema": _FILE, "example": _CSV},
        "application/x-ndjson": {"schema": _FILE, "example": '{"phone_number": "7275551212", "first_name": "Pat"}\n'},
        "application/json": {"schema": _FILE, "example": '[{"phone_number": "7275551212", "first_name": "Pat"}]'},
        **{kind: {"schema": _FILE} for kind in _PACKED},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"list_id": {"type": "string"}, "file": _FILE},
                "additionalProperties": {"type": "string"},
                "description": "Options first, the file last",
            },
            "example": {"list_id": "101", "file": _CSV},
        },
    },
}

_MEANING = {
    "list_id": "The list, 999 unless given; it must exist",
    "phone_code": "Country code, 1 unless given",
    "duplicate_check": "DUPLIST, DUPCAMP, DUPSYS, DUPTITLEALTPHONELIST, ...; 90DAY limits it to newer leads",
    "dnc_check": "Y or AREACODE: refuse phones of the system's DNC list",
    "campaign_dnc_check": "Y or AREACODE: refuse phones of the DNC list of campaign_id",
    "mapping": 'JSON: the field of a column, null to leave it out, such as {"Tel": "phone_number", "Remarks": null}',
    "on_duplicate": "What a duplicate found by duplicate_check means: refuse (as add_lead), update (the lead found gets the values of "
    "the row that are not empty, as update_lead does), skip (as refuse, but not counted as a refusal)",
    "dry_run": "true: every check and the same report, nothing is stored",
    "max_errors": "Rows, or a percentage of the rows done so far such as 5%, that may be refused or fail before the import ends",
    "date_format": f"{', '.join(DATE_FORMATS)}: how dates such as 1/2/80 are to be read; a year of four digits in front is always seen",
    "defaults": 'JSON: values for cells that are empty or not there, such as {"state": "FL"}; with custom_fields=Y of custom fields too',
    "format": f"{', '.join(FORMATS)}; each may be packed with gzip, which is always seen",
    "sheet": "Name of the sheet of a workbook, unless it is the first that can be seen and holds anything",
    "delimiter": f"auto, {', '.join(DELIMITERS)}",
    "encoding": ", ".join(ENCODINGS),
    "template": "Name of one of your templates (/v1/import-templates), whose options hold where no other says otherwise",
    "filename": "What to call the file",
    "webhook": "http or https URL that a signed POST tells of the end of the import; the header Webhook-Secret gives the secret",
}
_NAMES = [*_MEANING, *sorted(FOR_ALL_ROWS - _MEANING.keys())]
_CHOICES: dict[str, tuple[str, ...]] = {
    **CHOICES,
    "on_duplicate": HANDLINGS,
    "dry_run": FLAGS,
    "date_format": DATE_FORMATS,
    "format": FORMATS,
    "delimiter": (AUTO, *DELIMITERS),
    "encoding": ENCODINGS,
}
_PATTERNS = {**dict.fromkeys(NUMBERS, "^[0-9]*$"), "max_errors": f"^({MOST.pattern})?$"}
_EXAMPLES = {
    "list_id": "101",
    "duplicate_check": "DUPSYS",
    "mapping": '{"Tel 2": "phone_number", "Remarks": null}',
    "defaults": '{"state": "FL"}',
    "max_errors": "5%",
    "webhook": "https://crm.example/leadmill",
}


def _option(name: str) -> dict[str, Any]:
    says = _MEANING.get(name, f"{name} of add_lead for every row; a column of that name overrides it")
    schema: dict[str, Any] = {"type": "string"}
    if name in _CHOICES:
        schema["enum"] = list(_CHOICES[name])
    if name in _PATTERNS:
        schema["pattern"] = _PATTERNS[name]
    found = {"name": name, "in": "query", "required": False, "schema": schema, "description": says}
    return {**found, "example": _EXAMPLES[name]} if name in _EXAMPLES else found


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "example": "leads-october",
    "description": "The same file under the same key makes one import; one that was broken off goes on where it was",
}

_SECRET = {
    "name": "Webhook-Secret",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": LONGEST_SECRET},
    "description": "Secret that the POST to `webhook` is signed with",
}

PREVIEW_OPTIONS: list[dict[str, Any]] = [*map(_option, _NAMES), _SECRET]
OPTIONS: list[dict[str, Any]] = [*PREVIEW_OPTIONS, _KEY]

_EXAMPLE = {"type": "about:blank", "title": "There is no list 4711", "status": 422, "code": "unknown-list", "list_id": "4711"}


def answer(says: str, example: dict[str, Any] | None = None) -> dict[str, Any]:
    """The description of a problem document; `says` names its codes."""
    content: dict[str, Any] = {"schema": PROBLEM}
    if example:
        content["example"] = example
    return {"description": says, "content": {"application/problem+json": content}}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: answer("Not signed in: login-incorrect"),
    403: answer("no-permission, list-not-allowed, no-user-group, ip-not-allowed"),
    404: answer("no-such-import, no-such-template"),
    503: answer("queue-unavailable, database-unavailable"),
}
_REFUSED = answer(
    "unknown-option, bad-option, unknown-list, no-phone-column, mapping-unknown-column, mapping-unknown-field, mapping-field-twice, "
    "too-many-errors, empty-file, unreadable-file, too-many-columns, unreadable-form, "
    "several-files, option-after-file, idempotency-key-reused",
    _EXAMPLE,
)
ACCEPTED: dict[str, Any] = {
    "description": "The job",
    "headers": {"Location": {"schema": {"type": "string"}}, "Retry-After": {"schema": {"type": "integer"}}},
}
CREATED: dict[int | str, dict[str, Any]] = {
    202: ACCEPTED,
    409: answer("idempotency-key-in-use, job-cancelled"),
    422: _REFUSED,
}
WATCHED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as the ETag in If-None-Match says"}}
_EVENT = 'event: progress\nid: 5f0c1d\ndata: {"id": "01a209f1487c6f025596055d", "state": "running", ...}\n\n'
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The events", "content": {"text/event-stream": {"schema": {"type": "object"}, "example": _EVENT}}},
    204: {"description": "The last event was the job's end"},
}
_NDJSON_RESULTS = '{"line": 2, "outcome": "added", "code": "added", "retryable": false, "lead_id": 7, ...}\n'
_CSV_RESULTS = "import_line,import_outcome,import_code,import_retryable,import_lead_id,import_reply,import_note,Mobile\r\n"
RESULTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A row for each row",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _CSV_RESULTS},
            "application/x-ndjson": {"schema": {"type": "string"}, "example": _NDJSON_RESULTS},
        },
    },
    410: answer("results-expired"),
    422: answer("bad-option, invalid-request"),
}
STEERED: dict[int | str, dict[str, Any]] = {409: answer("already-ended, already-cancelled, already-paused, not-paused")}
FOLLOWED: dict[int | str, dict[str, Any]] = {
    202: ACCEPTED,
    409: answer("not-ended, nothing-to-retry, nothing-to-undo; already-retried, already-undone, with the job's id in job_id"),
    410: answer("results-expired"),
}
PREVIEWED: dict[int | str, dict[str, Any]] = {422: _REFUSED}

TEMPLATE_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object", "additionalProperties": True},
            "example": {"list_id": "101", "duplicate_check": "DUPSYS", "mapping": {"Tel 2": "phone_number", "Remarks": None}},
        }
    },
}
TEMPLATE: dict[int | str, dict[str, Any]] = {
    409: answer("too-many-templates"),
    413: answer("too-large"),
    422: answer("bad-template, unknown-option, bad-option"),
}
COLUMNS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"example": "phone_number,first_name,last_name\r\n"}}, "description": "One line: the columns"},
    422: answer("unknown-list"),
}
