"""/v1/lists: the lists that a caller may load leads into, to choose from."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from api.authentication import SignedIn
from api.database import Database
from api.importing.allowed import refuse_caller
from api.importing.described import PROBLEMS
from db.tables.lists import vicidial_lists
from dialer.restrictions import of_lists

router = APIRouter(prefix="/v1/lists", tags=["lists"], responses={status: PROBLEMS[status] for status in (401, 403, 503)})


EXAMPLE: dict[str, Any] = {"list_id": "101", "name": "Demo list", "campaign_id": "TESTCAMP", "active": True}


class ListShown(BaseModel):
    """A list of leads."""

    list_id: str = Field(examples=["101"])
    name: str = Field(examples=["Demo list"])
    campaign_id: str = Field(examples=["TESTCAMP"])
    active: bool


class Lists(BaseModel):
    """Lists by name, the active ones first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lists": [EXAMPLE]}]})

    lists: list[ListShown]


@router.get("")
async def get_lists(request: Request, caller: SignedIn) -> Lists:
    """Every list that the caller may load leads into."""
    refuse_caller(caller)
    database: Database = request.app.state.database
    columns = vicidial_lists.c
    query = select(columns.list_id, columns.list_name, columns.campaign_id, columns.active).where(of_lists(caller, columns.list_id))

    def read() -> list[ListShown]:
        with database.reading() as connection:
            rows = connection.execute(query).all()
        return [
            ListShown(list_id=str(number), name=name or "", campaign_id=campaign or "", active=active == "Y")
            for number, name, campaign, active in rows
        ]

    found = await database.run(read)
    return Lists(lists=sorted(found, key=lambda known: (not known.active, known.name.casefold(), int(known.list_id))))
