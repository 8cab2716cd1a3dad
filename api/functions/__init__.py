"""What is answered inline: one module per reading function, listed here."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from api.functions import (
    agent_campaigns,
    agent_ingroup_info,
    agent_stats_export,
    agent_status,
    call_dispo_report,
    call_status_stats,
    callid_info,
    ccc_lead_info,
    check_phone_number,
    coffee,
    did_log_export,
    in_group_status,
    lead_callback_info,
    lead_field_info,
    lead_status_search,
    list_info,
    logged_in_agents,
    moh_list,
    phone_number_log,
    recording_lookup,
    sounds_list,
    user_group_status,
    version,
    vm_list,
)
from protocol.functions import Moment, Read
from protocol.replies import Reply

READS: Mapping[str, Read] = {
    read.name: read
    for read in (
        agent_campaigns.FUNCTION,
        agent_ingroup_info.FUNCTION,
        agent_stats_export.FUNCTION,
        agent_status.FUNCTION,
        call_dispo_report.FUNCTION,
        call_status_stats.FUNCTION,
        callid_info.FUNCTION,
        ccc_lead_info.FUNCTION,
        check_phone_number.FUNCTION,
        did_log_export.FUNCTION,
        in_group_status.FUNCTION,
        lead_callback_info.FUNCTION,
        lead_field_info.FUNCTION,
        lead_status_search.FUNCTION,
        list_info.FUNCTION,
        logged_in_agents.FUNCTION,
        moh_list.FUNCTION,
        phone_number_log.FUNCTION,
        recording_lookup.FUNCTION,
        sounds_list.FUNCTION,
        user_group_status.FUNCTION,
        vm_list.FUNCTION,
    )
}

Open = Callable[[str, Moment, Connection], Reply]

OPEN: Mapping[str, Open] = {"version": version.answer, **dict.fromkeys(coffee.NAMES, coffee.answer)}
"""Functions that need no login; they get the name they were called by."""
