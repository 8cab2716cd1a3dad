"""What is answered inline: one module per reading function, listed here."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from api.functions import (
    agent_status,
    call_dispo_report,
    call_status_stats,
    callid_info,
    ccc_lead_info,
    check_phone_number,
    coffee,
    lead_callback_info,
    lead_field_info,
    lead_status_search,
    list_info,
    logged_in_agents,
    version,
)
from protocol.functions import Moment, Read
from protocol.replies import Reply

READS: Mapping[str, Read] = {
    read.name: read
    for read in (
        agent_status.FUNCTION,
        call_dispo_report.FUNCTION,
        call_status_stats.FUNCTION,
        callid_info.FUNCTION,
        ccc_lead_info.FUNCTION,
        check_phone_number.FUNCTION,
        lead_callback_info.FUNCTION,
        lead_field_info.FUNCTION,
        lead_status_search.FUNCTION,
        list_info.FUNCTION,
        logged_in_agents.FUNCTION,
    )
}

Open = Callable[[str, Moment, Connection], Reply]

OPEN: Mapping[str, Open] = {"version": version.answer, **dict.fromkeys(coffee.NAMES, coffee.answer)}
"""Functions that need no login; they get the name they were called by."""
