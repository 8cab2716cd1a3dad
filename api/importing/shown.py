"""An import as clients see it."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.importing import job_shape
from api.importing.job_shape import JobShape, NotTaken, shape_of
from api.importing.records import Job
from dialer.import_jobs import Kind
from protocol.chunks import RowOutcome
from protocol.import_codes import CODES
from tasks.add_lead import AddLead


class Counters(BaseModel):
    """Rows by what has become of them: all but `received` add up to it."""

    received: int = Field(description="Rows of the file that were received")
    added: int
    updated: int
    duplicates: int
    dnc: int
    refused: int
    failed: int
    waiting: int = Field(description="Rows that have not been loaded yet")


class UndoCounters(Counters):
    """Leads by what has become of them. `received` are those that the import added, `refused` those kept."""

    deleted: int


class ColumnUse(BaseModel):
    """What a column of the file is used for."""

    column: str = Field(description="Header of the column")
    field: str | None = Field(description="The parameter of add_lead that it gives, null if it is not used")
    custom_field: str | None = Field(
        None, description="The custom field that it gives, if custom_fields=Y and the list has one of that name"
    )


class Refusal(NotTaken):
    """A row that was not added."""

    line: int = Field(description="Line of the file on which the row begins")
    code: str = Field(description="Stable reason: " + ", ".join(CODES))
    reply: str = Field(description="What add_lead answered")


class Reason(BaseModel):
    """Why a job did not go on."""

    model_config = ConfigDict(extra="allow")
    code: str
    title: str


EXAMPLE: dict[str, Any] = {
    **job_shape.EXAMPLE,
    "results": "/v1/imports/01a209f1487c6f025596055d/results",
    "kind": "import",
    "list_id": "101",
    "filename": "leads.csv",
    "size": 9461022,
    "options": {"list_id": "101", "duplicate_check": "DUPSYS"},
    "columns": [{"column": "Mobile", "field": "phone_number"}, {"column": "Shoe size", "field": None}],
    "counters": {
        **{"received": 100000, "added": 41210, "updated": 0, "duplicates": 780, "dnc": 0},
        **{"refused": 10, "failed": 0, "waiting": 58000},
    },
    "reason": None,
    "problem": None,
    "warnings": [],
    "refusals": [
        {
            "line": 17,
            "outcome": "duplicate",
            "code": "duplicate_in_system",
            "reply": "ERROR: add_lead DUPLICATE PHONE NUMBER IN SYSTEM - 7275551212|101|1234|101",
        }
    ],
    "undone_by": None,
}


class Import(JobShape):
    """A job that loads a file of leads, or deletes the leads that one has added. Times are in UTC."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    kind: Kind = Field(description="`undo`: it deletes the leads that an import added")
    list_id: str = Field(description="The list, where no column of the file says otherwise")
    filename: str
    size: int = Field(description="Bytes of the file; 0 until all of it was received")
    options: dict[str, Any]
    columns: list[ColumnUse]
    counters: Counters | UndoCounters
    reason: str | None = Field(description="Why it failed or was interrupted")
    problem: Reason | None
    warnings: list[str]
    refusals: list[Refusal] = Field(description="The first few rows that were not added; all of them are in `results`")
    undone_by: str | None = Field(description="The job that deletes the leads which this one added")


class Imports(BaseModel):
    """A page of jobs, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"imports": [EXAMPLE], "next": None}]})

    imports: list[Import]
    next: str | None = Field(description="Where the next page is")


def shown(job: Job, refusals: Sequence[RowOutcome] = ()) -> Import:
    """The job as JSON tells it."""
    row = job.row
    return Import(
        **shape_of(job),
        kind=job.kind,
        list_id=AddLead(list_id=row["options"].get("list_id", "")).list_used,
        filename=row["filename"] or "",
        size=row["size"] or 0,
        options=row["options"],
        columns=[ColumnUse(column=name, field=parameter or None, custom_field=label or None) for name, parameter, label in job.columns],
        counters=counted(job),
        reason=(row["problem"] or {}).get("title"),
        problem=row["problem"] or None,
        warnings=(row["warning"] or "").splitlines(),
        refusals=[Refusal(line=r.line, outcome=r.outcome, code=r.code, reply=r.reply) for r in refusals],
        undone_by=job.followers.get(Kind.UNDO) if job.kind is Kind.IMPORT else None,
    )


def counted(job: Job) -> Counters:
    """The counters that a job of its kind has."""
    if job.kind is Kind.UNDO:
        return UndoCounters(**job.counters, deleted=job.counters["done"])
    return Counters(**job.counters)
