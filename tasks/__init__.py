"""What can be queued: one module per writing function, listed here."""

from collections.abc import Mapping

from protocol.functions import Write
from tasks import add_lead, add_user, update_lead, update_user

WRITES: Mapping[str, Write] = {
    write.name: write
    for write in (
        add_lead.FUNCTION,
        update_lead.FUNCTION,
        add_user.FUNCTION,
        update_user.FUNCTION,
    )
}
