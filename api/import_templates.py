"""/v1/import-templates: options of imports under a name; and the empty file to begin with."""

import csv
from io import StringIO
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError

from api.authentication import Authentication, SignedIn
from api.database import Database
from api.importing.allowed import custom_labels, refuse_caller, refuse_list
from api.importing.described import COLUMNS, PROBLEMS, TEMPLATE, TEMPLATE_BODY
from api.importing.options import options_of
from api.importing.templates import LARGEST, STANDARD, delete_template, find_template, find_templates, store_template, template_of
from api.problems import Problem

router = APIRouter(prefix="/v1", tags=["imports"], responses=PROBLEMS)

Name = Annotated[
    str,
    Path(
        min_length=1,
        max_length=64,
        pattern=r"^[\w .-]+$",
        description="Letters, digits, spaces, dots, hyphens, underscores",
        examples=["autumn"],
    ),
]


EXAMPLE: dict[str, Any] = {"name": "autumn", "options": {"list_id": "101", "duplicate_check": "DUPSYS"}}


class Template(BaseModel):
    """Options of an import under a name."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: str
    options: dict[str, Any] = Field(description="As POST /v1/imports takes them; mapping and defaults are objects")


class Templates(BaseModel):
    """All templates of a user."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"templates": [EXAMPLE]}]})

    templates: list[Template]


@router.get("/import-templates")
async def list_import_templates(request: Request, caller: SignedIn) -> Templates:
    """Your templates, by name. An import uses one by `template=NAME`; options given beside it have the last word."""
    database: Database = request.app.state.database

    def find() -> Templates:
        with database.reading() as connection:
            return Templates(templates=[Template(name=name, options=o) for name, o in find_templates(connection, caller.user).items()])

    return await database.run(find)


@router.get("/import-templates/{name}")
async def get_import_template(request: Request, caller: SignedIn, name: Name) -> Template:
    """One of your templates."""
    database: Database = request.app.state.database

    def find() -> Template:
        with database.reading() as connection:
            return Template(name=name, options=find_template(connection, caller.user, name))

    return await database.run(find)


@router.put("/import-templates/{name}", responses=TEMPLATE, openapi_extra={"requestBody": TEMPLATE_BODY})
async def put_import_template(request: Request, caller: SignedIn, name: Name) -> Template:
    """Keep options under a name, in place of those that have it. What an import would not take is refused."""
    refuse_caller(caller)
    authentication: Authentication = request.app.state.authentication
    system = await authentication.system()
    options = template_of(await _body(request), non_latin=system["use_non_latin"] == "1")
    database: Database = request.app.state.database

    def store() -> None:
        with database.writing() as connection:
            store_template(connection, caller.user, name, options)

    try:
        await database.run(store)
    except IntegrityError:  # it has come into being meanwhile
        await database.run(store)
    return Template(name=name, options=options)


@router.delete("/import-templates/{name}", status_code=204)
async def delete_import_template(request: Request, caller: SignedIn, name: Name) -> None:
    """Forget one of your templates."""
    database: Database = request.app.state.database

    def forget() -> None:
        with database.writing() as connection:
            delete_template(connection, caller.user, name)

    await database.run(forget)


@router.get("/imports/template.csv", response_class=Response, responses=COLUMNS)
async def get_template_file(
    request: Request,
    caller: SignedIn,
    list_id: Annotated[str, Query(max_length=20, description="The list whose custom fields to add")] = "",
) -> Response:
    """A file to begin with: the standard columns, and the custom fields of a list (to be loaded with custom_fields=Y)."""
    refuse_caller(caller)
    options = options_of({"list_id": list_id} if list_id else {})
    database: Database = request.app.state.database

    def labels() -> list[str]:
        with database.reading() as connection:
            if list_id:
                refuse_list(options, (), caller, connection)
            return custom_labels(options, connection) if list_id else []

    text = StringIO()
    csv.writer(text).writerow([*STANDARD, *await database.run(labels)])
    name = f"leads-{list_id}.csv" if list_id else "leads.csv"
    return Response(
        text.getvalue(), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise Problem(413, "too-large", f"A template has at most {LARGEST:,} bytes")
    return bytes(body)
