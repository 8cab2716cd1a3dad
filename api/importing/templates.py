"""Options of imports kept under a name, each user's own; and the columns that a file for a list may have."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from api.database import Database
from api.importing.options import options_of
from api.problems import Problem
from db.tables.own import leadmill_import_templates
from dialer.collation import folded
from dialer.import_jobs import utc_text
from protocol.functions import Caller

LARGEST = 65_536
"""Bytes of one template."""
MOST = 200
"""Templates of one user."""
STANDARD = (
    "phone_number phone_code title first_name middle_initial last_name address1 address2 address3 city state province postal_code "
    "country_code gender date_of_birth alt_phone email vendor_lead_code source_id security_phrase comments rank owner"
).split()
"""The columns that say something of a lead."""

templates = leadmill_import_templates.c


def template_of(body: bytes, *, non_latin: bool) -> dict[str, Any]:
    """The options that a JSON object names. Raises Problem for what is none, and for options that an import would not take."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict) or "template" in told or "filename" in told:
        raise Problem(422, "bad-template", 'A template is a JSON object of options such as {"mapping": {"Tel": "phone_number"}}')
    options_of(as_given(told), non_latin=non_latin)
    return told


def as_given(told: Mapping[str, Any]) -> dict[str, str]:
    """The options as a query would give them."""
    return {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in told.items()}


async def template_given(given: Mapping[str, str], caller: Caller, database: Database) -> dict[str, str]:
    """The options of the template that is asked for, none if none is. Raises Problem if there is no such template."""
    name = given.get("template", "")
    if not name:
        return {}

    def read() -> dict[str, Any]:
        with database.reading() as connection:
            return find_template(connection, caller.user, name)

    return as_given(await database.run(read))


def find_templates(connection: Connection, user: str) -> dict[str, dict[str, Any]]:
    """The templates of a user, by name."""
    query = select(templates.name, templates.options).where(templates.user == folded(user)).order_by(templates.name)
    return {row.name: row.options for row in connection.execute(query)}


def find_template(connection: Connection, user: str, name: str) -> dict[str, Any]:
    """The options of one. Raises Problem if there is no such template."""
    options: dict[str, Any] | None = connection.scalar(select(templates.options).where(*_mine(user, name)))
    if options is None:
        raise Problem(404, "no-such-template", f"You have no import template {name[:64]}")
    return options


def store_template(connection: Connection, user: str, name: str, options: Mapping[str, Any]) -> None:
    """Keep options under a name, in place of those that have it."""
    row = {"options": dict(options), "changed": utc_text()}
    if connection.execute(update(leadmill_import_templates).where(*_mine(user, name)).values(**row)).rowcount:
        return
    if len(find_templates(connection, user)) >= MOST:
        raise Problem(409, "too-many-templates", f"You have {MOST} import templates, more are not kept")
    connection.execute(insert(leadmill_import_templates), {"user": folded(user), "name": name, **row})


def delete_template(connection: Connection, user: str, name: str) -> None:
    """Forget a template. Raises Problem if there is none of that name."""
    find_template(connection, user, name)
    connection.execute(delete(leadmill_import_templates).where(*_mine(user, name)))


def _mine(user: str, name: str) -> tuple[Any, Any]:
    return templates.user == folded(user), templates.name == name
