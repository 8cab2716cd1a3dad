"""Taking back leads that an import added: which of them nobody has touched since, and their deletion with all that hangs on them."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, Table, and_, delete, func, not_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from db.custom_tables import custom_columns
from db.tables.leads import vicidial_callbacks, vicidial_hopper, vicidial_list, vicidial_list_alt_phones
from db.tables.live import vicidial_live_agents
from dialer.callbacks import HOLD
from dialer.lead_changes import delete_custom
from protocol.import_codes import DELETED, LEAD_CALLED, LEAD_CHANGED, LEAD_GONE

_leads, _hopper = vicidial_list.c, vicidial_hopper.c

HANGING: Sequence[Table] = (vicidial_hopper, vicidial_callbacks, vicidial_list_alt_phones)
"""What goes with a lead, beside its custom values."""
NOT_TAKEN_UP = ("READY", "DONE", "HOLD", "DNC")
"""States of a hopper row whose lead is not being dialled."""


def undo_leads(lead_ids: Collection[int], planned: Mapping[int, int], *, user: str, stored: str, connection: Connection) -> dict[int, str]:
    """Delete those of the leads that are as `user` added them at `stored`; the code of each, by its id.

    `planned`, as `untouched` gives them, are those that an earlier try may have deleted where tables know no ROLLBACK.
    """
    before = untouched(lead_ids, user=user, stored=stored, connection=connection)
    if before:
        # Said again in the statement: where tables know no transaction, a lead may be called between the look and this.
        connection.execute(delete(vicidial_list).where(_leads.lead_id.in_(sorted(before)), _as_added(user, stored)))
    left = _called(lead_ids, connection)
    gone = {lead_id: list_id for lead_id, list_id in {**planned, **before}.items() if lead_id not in left}
    _delete_hanging(gone, connection)
    return {lead_id: DELETED if lead_id in gone else _kept(left.get(lead_id)) for lead_id in lead_ids}


def untouched(lead_ids: Collection[int], *, user: str, stored: str, connection: Connection) -> dict[int, int]:
    """Those of the leads that nobody has touched, with the list of their custom values; locked to the commit."""
    query = select(_leads.lead_id, _leads.entry_list_id).where(_leads.lead_id.in_(sorted(lead_ids)), _as_added(user, stored))
    return {int(row.lead_id): int(row.entry_list_id) for row in connection.execute(query.with_for_update())}


def _as_added(user: str, stored: str) -> ColumnElement[bool]:
    busy = select(_hopper.lead_id).where(_hopper.lead_id == _leads.lead_id, _hopper.status.not_in(NOT_TAKEN_UP))
    agents = vicidial_live_agents.c
    with_agent = select(agents.lead_id).where(agents.lead_id == _leads.lead_id)
    return and_(
        not_(_has_been_called()),
        _leads.status.in_(("NEW", HOLD)),
        _leads.user == user,
        or_(_leads.modify_date.is_(None), _leads.modify_date <= stored),
        ~busy.exists(),
        ~with_agent.exists(),
    )


def _has_been_called() -> ColumnElement[bool]:
    reset = func.coalesce(_leads.called_since_last_reset, "N") != "N"
    return or_(func.coalesce(_leads.called_count, 0) > 0, reset, _leads.last_local_call_time != _leads.entry_date)


def _called(lead_ids: Collection[int], connection: Connection) -> dict[int, bool]:
    """The leads that are there, and whether each has been called or is about to be."""
    agents = vicidial_live_agents.c
    busy = [
        select(_hopper.lead_id).where(_hopper.lead_id.in_(sorted(lead_ids)), _hopper.status.not_in(NOT_TAKEN_UP)),
        select(agents.lead_id).where(agents.lead_id.in_(sorted(lead_ids))),
    ]
    taken_up = {lead_id for query in busy for lead_id in connection.scalars(query)}
    query = select(_leads.lead_id, _has_been_called()).where(_leads.lead_id.in_(sorted(lead_ids)))
    return {lead_id: bool(called) or lead_id in taken_up for lead_id, called in connection.execute(query)}


def _kept(called: bool | None) -> str:
    if called is None:
        return LEAD_GONE
    return LEAD_CALLED if called else LEAD_CHANGED


def _delete_hanging(gone: Mapping[int, int], connection: Connection) -> None:
    if not gone:
        return
    for table in HANGING:
        connection.execute(delete(table).where(table.c.lead_id.in_(sorted(gone))))
    there = custom_columns(connection, {str(list_id) for list_id in gone.values()})
    delete_custom([(str(list_id), lead_id) for lead_id, list_id in gone.items() if str(list_id) in there], connection)
