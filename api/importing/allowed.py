"""Whether a caller may load leads, and into which list: what an import is refused for before anything is stored."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from api.importing.lead_values import SHOWN, bad_option
from api.importing.options import FIELDS, Options, refuse_checks_without_effect
from api.problems import Problem
from db.tables.campaigns import vicidial_campaigns
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


def refuse_campaign(options: Options, given: Collection[str], connection: Connection) -> None:
    """Raise the Problem of a callback or a DNC check without a campaign that exists, where no column may give another."""
    asks = [name for name in ("callback", "campaign_dnc_check") if options.lead.get(name, "N") != "N"]
    if not asks or "campaign_id" in given:
        return
    campaign_id = options.lead.get("campaign_id", "")
    if not campaign_id:
        raise bad_option(asks[0], "it takes campaign_id")
    campaigns = vicidial_campaigns.c
    if connection.scalar(select(campaigns.campaign_id).where(campaigns.campaign_id == campaign_id)) is None:
        raise Problem(422, "unknown-campaign", f"There is no campaign {campaign_id}", campaign_id=campaign_id)


def columns_told(header: Sequence[str], options: Options, connection: Connection) -> list[Column]:
    """What the columns of a header give. Raises the Problem of a mapping that does not fit it."""
    labels = custom_labels(options, connection) if options.lead.get("custom_fields") == "Y" else None
    try:
        columns = columns_of(header, FIELDS, told=options.mapping, labels=labels)
    except ColumnsRefused as refused:
        raise Problem(422, refused.code, str(refused), columns=list(header)[:COLUMNS_SHOWN]) from refused
    by_row = any(column.parameter == "list_id" for column in columns)
    unknown = [name for name in options.handling.custom if name not in (labels or ())]
    if labels is not None and unknown and not by_row:
        raise bad_option("defaults", f"{unknown[0][:SHOWN]} is no field of a lead, and the list has no such custom field")
    return columns


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
