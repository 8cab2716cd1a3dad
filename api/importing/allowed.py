"""Whether a caller may load leads, and into which list: what an import is refused for before anything is stored."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from api.importing.options import FIELDS, Options, refuse_checks_without_effect
from api.problems import Problem
from db.tables.lists import vicidial_lists_fields
from dialer.import_columns import Column, ColumnsRefused, columns_of, refuse_without_phone
from dialer.lists import list_number, load_lists
from protocol.chunks import UPDATE
from protocol.functions import Caller
from tasks.add_lead import FUNCTION, AddLead
from tasks.update_lead import FUNCTION as UPDATE_FUNCTION

COLUMNS_SHOWN = 100
"""Headers that a problem tells."""


def refuse_caller(caller: Caller) -> None:
    """Raise the Problem of a caller who may not add leads: the same rights as for add_lead."""
    if caller.restricted and not caller.group_exists:
        raise Problem(403, "no-user-group", "Your user group does not exist")
    if not caller.may_use(FUNCTION.name) or not caller.holds(FUNCTION.permission):
        raise Problem(403, "no-permission", "You do not have permission to add leads")


def refuse_updates(options: Options, caller: Caller) -> None:
    """Raise the Problem of a caller who may add leads but not update them, where duplicates shall be updated."""
    if options.handling.on_duplicate == UPDATE and not caller.may_use(UPDATE_FUNCTION.name):
        raise Problem(403, "no-permission", "You do not have permission to update leads")


def refuse_list(options: Options, given: Collection[str], caller: Caller, connection: Connection) -> None:
    """Raise the Problem of a list that is not there or not the caller's.

    Where a column gives the list (`given` names the parameters of the columns) and no option does, each row is checked
    by itself, as in add_lead.
    """
    sent = options.lead.get("list_id", "")
    if not sent and "list_id" in given:
        return
    used = AddLead(list_id=sent).list_used
    lists = load_lists({used}, connection)
    if lists.get(used) is None:
        raise Problem(422, "unknown-list", f"There is no list {used}", list_id=used)
    if caller.restricted and not lists.allowed(caller, used):
        raise Problem(403, "list-not-allowed", f"You may not load leads into list {used}", list_id=used)


def columns_told(header: Sequence[str], options: Options, connection: Connection) -> list[Column]:
    """What the columns of a header give. Raises the Problem of a mapping that does not fit it."""
    labels = custom_labels(options, connection) if options.lead.get("custom_fields") == "Y" else None
    try:
        return columns_of(header, FIELDS, told=options.mapping, labels=labels)
    except ColumnsRefused as refused:
        raise Problem(422, refused.code, str(refused), columns=list(header)[:COLUMNS_SHOWN]) from refused


def refuse_columns(columns: Sequence[Column], options: Options) -> None:
    """Raise the Problem of columns without a phone, or without what a check needs."""
    try:
        refuse_without_phone(columns)
    except ColumnsRefused as refused:
        raise Problem(422, refused.code, str(refused), columns=[column.name for column in columns[:COLUMNS_SHOWN]]) from refused
    refuse_checks_without_effect(options, frozenset(column.parameter for column in columns))


def custom_labels(options: Options, connection: Connection) -> list[str]:
    """The custom fields of the list that an option names."""
    fields = vicidial_lists_fields.c
    number = list_number(options.lead.get("list_id", ""))
    return [label for label in connection.scalars(select(fields.field_label).where(fields.list_id == number)) if label]
