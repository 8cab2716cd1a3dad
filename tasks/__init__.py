"""What can be queued: one module per writing function, listed here."""

from collections.abc import Mapping

from protocol.functions import Write
from tasks import (
    add_group_alias,
    add_lead,
    add_list,
    add_phone,
    add_phone_alias,
    add_user,
    blind_monitor,
    import_lead,
    server_refresh,
    update_campaign,
    update_cid_group_entry,
    update_did,
    update_lead,
    update_list,
    update_log_entry,
    update_phone,
    update_phone_alias,
    update_user,
)

WRITES: Mapping[str, Write] = {
    write.name: write
    for write in (
        add_lead.FUNCTION,
        update_lead.FUNCTION,
        add_list.FUNCTION,
        update_list.FUNCTION,
        update_campaign.FUNCTION,
        update_did.FUNCTION,
        update_cid_group_entry.FUNCTION,
        update_log_entry.FUNCTION,
        add_user.FUNCTION,
        update_user.FUNCTION,
        add_phone.FUNCTION,
        update_phone.FUNCTION,
        add_phone_alias.FUNCTION,
        update_phone_alias.FUNCTION,
        add_group_alias.FUNCTION,
        server_refresh.FUNCTION,
        blind_monitor.FUNCTION,
    )
}
"""The functions that callers ask for."""

OF_IMPORTS: Mapping[str, Write] = {import_lead.FUNCTION.name: import_lead.FUNCTION}
"""Functions that only imports use."""


def write_of(function: str) -> Write:
    """The function of that name, whoever uses it."""
    return WRITES.get(function) or OF_IMPORTS[function]
