"""What an import would make of a file: its first rows and what its columns would give. Nothing is stored."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.database import Database
from api.importing.allowed import columns_told, custom_labels, refuse_caller, refuse_campaign, refuse_columns, refuse_list
from api.importing.delimiters import DELIMITERS
from api.importing.intake import asked_of
from api.importing.load import warnings_of
from api.importing.options import FIELDS, Options
from api.importing.reading import BLOCK, Reading
from api.importing.shown import ColumnUse, Reason
from api.importing.templates import template_given
from api.importing.upload import Upload
from api.importing.webhooks import webhook_asked
from api.problems import Problem
from dialer.import_columns import Column
from dialer.import_rows import trimmed
from protocol.functions import Caller
from protocol.import_codes import CODES, TOO_FEW_CELLS, TOO_MANY_CELLS
from settings import Settings

ROWS = 20
"""Rows that are shown."""


EXAMPLE: dict[str, Any] = {
    **{"format": "csv", "compression": None, "encoding": "utf-8", "delimiter": "comma"},
    "columns": [{"column": "Mobile", "field": "phone_number", "custom_field": None}],
    "rows": [{"line": 2, "cells": ["(727) 555-1212"], "code": None, "says": None}],
    **{"warnings": [], "problems": [], "fields": ["phone_number", "first_name"], "custom_fields": []},
}


class PreviewRow(BaseModel):
    """One of the first rows."""

    line: int = Field(description="Line of the file on which the row begins")
    cells: list[str]
    code: str | None = Field(description="Why it cannot be read, null if it can")
    says: str | None


class Preview(BaseModel):
    """A file as an import would read it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    format: str = Field(description="csv, ndjson, json or xlsx")
    compression: str | None = Field(description="gzip, null if there is none")
    encoding: str
    delimiter: str | None = Field(description="What separates the cells, by the name of the option; null where nothing does")
    columns: list[ColumnUse] = Field(description="The header, and what each column would give")
    rows: list[PreviewRow]
    warnings: list[str]
    problems: list[Reason] = Field(description="What an import with these options would be refused for; empty if nothing")
    fields: list[str] = Field(description="Every field that a column may be mapped to")
    custom_fields: list[str] = Field(description="Custom fields of the list")


async def previewed(
    upload: Upload, caller: Caller, given: Mapping[str, str], database: Database, settings: Settings, *, non_latin: bool
) -> Preview:
    """Read the beginning of a file. Raises Problem for one that cannot be read, and for an option that means nothing."""
    refuse_caller(caller)
    reading = Reading(upload)
    await reading.first_block()
    template = await template_given({**upload.fields, **given}, caller, database)
    options = asked_of(upload, template, given, non_latin=non_latin)
    file = options.file(1)
    await reading.begin(file)
    rows = await _first(reading)
    secret = upload.request.headers.get("webhook-secret", "")
    unusable = _problem(lambda: webhook_asked(options.webhook, secret, settings))
    columns, labels, problems = await database.run(lambda: _columns(reading.header, options, caller, database))
    return Preview(
        format=file.format,
        compression="gzip" if file.compressed else None,
        encoding=file.encoding,
        delimiter=next((name for name, character in DELIMITERS.items() if character == file.delimiter), file.delimiter or None),
        columns=[ColumnUse(column=c.name, field=c.parameter or None, custom_field=c.label or None) for c in columns],
        rows=rows,
        warnings=warnings_of(columns, options),
        problems=problems + ([unusable] if unusable else []),
        fields=sorted(FIELDS),
        custom_fields=labels,
    )


async def _first(reading: Reading) -> list[PreviewRow]:
    """The first rows; those before the fault where what was sent is not all of the file."""
    found: list[PreviewRow] = []
    try:
        async for rows in reading.chunks():
            found += [
                _row(line, cells, rows.faults.get(n), len(reading.header))
                for n, (line, cells) in enumerate(zip(rows.lines, rows.cells, strict=True))
            ]
            if len(found) >= ROWS:
                break
    except Problem:
        if reading.size < BLOCK:
            raise
    return found


def _row(line: int, cells: list[str], fault: str | None, width: int) -> PreviewRow:
    cells = list(trimmed(cells, width))
    if not fault and len(cells) != width:
        fault = TOO_FEW_CELLS if len(cells) < width else TOO_MANY_CELLS
    return PreviewRow(line=line, cells=cells, code=fault, says=CODES[fault].meaning if fault else None)


def _columns(header: Sequence[str], options: Options, caller: Caller, database: Database) -> tuple[list[Column], list[str], list[Reason]]:
    """In a thread: what the columns would give, the list's custom fields, and what is amiss."""
    with database.reading() as connection:
        columns = columns_told(header, options, connection)
        given = {column.parameter for column in columns}
        checks: list[Callable[[], None]] = [
            lambda: refuse_columns(columns, options),
            lambda: refuse_list(options, given, caller, connection),
            lambda: refuse_campaign(options, given, connection),
        ]
        problems = [problem for check in checks if (problem := _problem(check))]
        labels = custom_labels(options, connection)
    return columns, labels, problems


def _problem(check: Callable[[], object]) -> Reason | None:
    try:
        check()
    except Problem as problem:
        return Reason(code=problem.document["code"], title=problem.document["title"])
    return None
