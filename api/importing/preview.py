"""What an import would make of a file: its first rows and what its columns would give. Nothing is stored."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from api.database import Database
from api.importing.allowed import columns_told, custom_labels, refuse_caller, refuse_columns, refuse_list
from api.importing.delimiters import DELIMITERS
from api.importing.intake import asked_of
from api.importing.load import warnings_of
from api.importing.options import FIELDS, Options
from api.importing.reading import Reading
from api.importing.rows import Rows
from api.importing.shown import ColumnUse, Reason
from api.importing.templates import template_given
from api.importing.upload import Upload
from api.problems import Problem
from dialer.import_columns import Column
from protocol.functions import Caller
from protocol.import_codes import CODES

ROWS = 20
"""Rows that are shown."""


class PreviewRow(BaseModel):
    """One of the first rows."""

    line: int = Field(description="Line of the file on which the row begins")
    cells: list[str]
    code: str | None = Field(description="Why it cannot be read, null if it can")
    says: str | None


class Preview(BaseModel):
    """A file as an import would read it."""

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


async def previewed(upload: Upload, caller: Caller, given: Mapping[str, str], database: Database, *, non_latin: bool) -> Preview:
    """Read the beginning of a file. Raises Problem for one that cannot be read, and for an option that means nothing."""
    refuse_caller(caller)
    reading = Reading(upload)
    await reading.first_block()
    template = await template_given({**upload.fields, **given}, caller, database)
    options = asked_of(upload, template, given, non_latin=non_latin)
    file = options.file(ROWS)
    await reading.begin(file)
    rows = [row async for row in _first(reading)]
    columns, labels, problems = await database.run(lambda: _columns(reading.header, options, caller, database))
    return Preview(
        format=file.format,
        compression="gzip" if file.compressed else None,
        encoding=file.encoding,
        delimiter=next((name for name, character in DELIMITERS.items() if character == file.delimiter), file.delimiter or None),
        columns=[ColumnUse(column=c.name, field=c.parameter or None, custom_field=c.label or None) for c in columns],
        rows=rows,
        warnings=warnings_of(columns),
        problems=problems,
        fields=sorted(FIELDS),
        custom_fields=labels,
    )


async def _first(reading: Reading) -> Any:
    async for rows in reading.chunks():
        for row in _rows(rows):
            yield row
        return


def _rows(rows: Rows) -> list[PreviewRow]:
    told = []
    for position, (line, cells) in enumerate(zip(rows.lines, rows.cells, strict=True)):
        code = rows.faults.get(position)
        told.append(PreviewRow(line=line, cells=cells, code=code, says=CODES[code].meaning if code else None))
    return told


def _columns(header: Sequence[str], options: Options, caller: Caller, database: Database) -> tuple[list[Column], list[str], list[Reason]]:
    """In a thread: what the columns would give, the list's custom fields, and what is amiss."""
    with database.reading() as connection:
        columns = columns_told(header, options, connection)
        given = {column.parameter for column in columns}
        checks: list[Callable[[], None]] = [
            lambda: refuse_columns(columns, options),
            lambda: refuse_list(options, given, caller, connection),
        ]
        problems = [problem for check in checks if (problem := _problem(check))]
        labels = custom_labels(options, connection)
    return columns, labels, problems


def _problem(check: Callable[[], None]) -> Reason | None:
    try:
        check()
    except Problem as problem:
        return Reason(code=problem.document["code"], title=problem.document["title"])
    return None
