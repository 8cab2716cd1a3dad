"""What can be queued: one module per writing function, listed here."""

from collections.abc import Mapping

from protocol.functions import Write
from tasks import add_lead, update_lead

WRITES: Mapping[str, Write] = {
    write.name: write
    for write in (
        add_lead.FUNCTION,
        update_lead.FUNCTION,
    )
}
