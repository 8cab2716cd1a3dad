"""The callback step of update_lead, for one lead that was found.

Source: spec update_lead, section 5.
"""

from typing import Any

from dialer.callbacks import callback_row
from dialer.lead_changes import LeadChanges
from dialer.lead_search import LeadRow
from protocol.replies import FIELDS, Said, notice
from tasks.lead_facts import LeadFacts

UPDATED = notice(
    "update_lead SCHEDULED CALLBACK UPDATED - {lead_id}|{campaign_id}|{time}|{recipient}|{callback_user}|{status}",
    FIELDS,
)
NOTHING_SENT = notice("update_lead SCHEDULED CALLBACK NOT UPDATED, NO FIELDS SPECIFIED - {lead_id}|", FIELDS)
ADDED = notice("update_lead SCHEDULED CALLBACK ADDED - {lead_id}|{campaign_id}|{time}|{recipient}|{callback_user}|{status}", FIELDS)
BAD_USER = notice("update_lead SCHEDULED CALLBACK NOT ADDED, USER NOT VALID - {lead_id}|{campaign_id}|{callback_user}|USERONLY", FIELDS)
BAD_CAMPAIGN = notice("update_lead SCHEDULED CALLBACK NOT ADDED, CAMPAIGN NOT VALID - {lead_id}|{campaign_id}", FIELDS)
DELETED = notice(
    "update_lead SCHEDULED CALLBACK DELETED - {user}|{lead_id}|{callbacks_deleted}|{callbacks_archived}",
    "{user}|{lead_id}|{callbacks_deleted}|{callbacks_archived}",
)


def decide_callback(request: Any, user: str, lead: LeadRow, facts: LeadFacts, changes: LeadChanges) -> Said | None:
    """What callback=Y or REMOVE does for a lead, and the line that says so; `lead` as it was before this request."""
    if request.callback == "REMOVE":
        return DELETED(user=user, lead_id=lead["lead_id"], **archive_callbacks(lead["lead_id"], facts, changes))
    # none is made for a lead that is deleted by the same request (spec faults)
    if request.callback != "Y" or lead["lead_id"] in changes.deleted:
        return None
    rows = facts.callback_rows.get(lead["lead_id"])
    return _updated(request, lead, rows[0], facts, changes) if rows else _added(request, lead, facts, changes)


def archive_callbacks(lead_id: int, facts: LeadFacts, changes: LeadChanges) -> dict[str, int]:
    """Move the callbacks of a lead to the archive; how many it will be.

    One whose id the archive already has stays where it is: the reference deletes it without a copy (spec faults).
    """
    rows = [row for row in facts.callback_rows.pop(lead_id, ()) if row["callback_id"] not in facts.archived]
    changes.archived += rows
    return {"callbacks_deleted": len(rows), "callbacks_archived": len(rows)}


def _updated(request: Any, lead: LeadRow, row: dict[str, Any], facts: LeadFacts, changes: LeadChanges) -> Said:
    time = facts.moment.text if request.callback_datetime == "NOW" else request.callback_datetime
    sent = {
        "callback_time": time,
        "lead_status": request.callback_status,
        "campaign_id": request.campaign_id,
        "list_id": request.list_id_field,
        "recipient": request.callback_type,
        "comments": request.callback_comments,
        "user": request.callback_user,
    }
    values = {name: value for name, value in sent.items() if value}
    if not values:
        return NOTHING_SENT(lead_id=lead["lead_id"])
    changes.callback_updates[row["callback_id"]] = {**values, "status": "ACTIVE", "entry_time": facts.moment.text}
    return UPDATED(
        lead_id=lead["lead_id"],
        campaign_id=request.campaign_id,
        time=time,
        recipient=request.callback_type,
        callback_user=request.callback_user,
        status=request.callback_status,
    )


def _added(request: Any, lead: LeadRow, facts: LeadFacts, changes: LeadChanges) -> Said:
    if not facts.callbacks.campaign_valid(request.campaign_id):
        return BAD_CAMPAIGN(lead_id=lead["lead_id"], campaign_id=request.campaign_id)
    if not facts.callbacks.user_valid(request):
        return BAD_USER(lead_id=lead["lead_id"], campaign_id=request.campaign_id, callback_user=request.callback_user)
    callback = facts.callbacks.callback(request, facts.moment.text)
    changes.callbacks.append(callback_row(callback, lead["lead_id"], lead["list_id"], facts.moment.text))
    return ADDED(
        lead_id=lead["lead_id"],
        campaign_id=callback.campaign_id,
        time=callback.time,
        recipient=callback.recipient,
        callback_user=callback.user,
        status=callback.status,
    )
