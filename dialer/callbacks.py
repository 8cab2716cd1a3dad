"""Scheduled callbacks of a lead.

Source: spec add_lead, section 8.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Connection, select

from db.tables.campaigns import vicidial_campaigns
from db.tables.users import vicidial_users
from dialer.collation import folded

HOLD = "CBHOLD"
"""Status of a lead that waits for its callback."""


class CallbackRequest(Protocol):
    """What a callback is made of."""

    @property
    def campaign_id(self) -> str: ...
    @property
    def callback(self) -> str: ...
    @property
    def callback_type(self) -> str: ...
    @property
    def callback_user(self) -> str: ...
    @property
    def callback_datetime(self) -> str: ...
    @property
    def callback_status(self) -> str: ...
    @property
    def callback_comments(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback to be stored; `time` as sent, which the database may not be able to read as a date."""

    campaign_id: str
    time: str
    recipient: str
    user: str
    user_group: str
    status: str
    comments: str


@dataclass(frozen=True, slots=True)
class CallbackFacts:
    """Campaigns that exist, folded, and the user group of the users asked for, by folded name."""

    campaigns: frozenset[str] = frozenset()
    user_groups: Mapping[str, str] = field(default_factory=dict)

    def campaign_valid(self, campaign_id: str) -> bool:
        """Whether the campaign exists."""
        return folded(campaign_id) in self.campaigns

    def user_valid(self, request: CallbackRequest) -> bool:
        """Whether a callback for one user only names a user that exists, active or not."""
        return request.callback_type != "USERONLY" or folded(request.callback_user) in self.user_groups

    def callback(self, request: CallbackRequest, now: str) -> Callback:
        """The callback that the request asks for, at the dialer's clock `now`."""
        one_user = request.callback_type == "USERONLY"
        return Callback(
            campaign_id=request.campaign_id,
            time=now if request.callback_datetime == "NOW" else request.callback_datetime,
            recipient="USERONLY" if one_user else "ANYONE",
            user=request.callback_user if one_user else "",
            user_group=self.user_groups[folded(request.callback_user)] if one_user else "",
            status=request.callback_status or "CALLBK",
            comments=request.callback_comments,
        )


def load_callbacks(requests: Iterable[CallbackRequest], connection: Connection) -> CallbackFacts:
    """The campaigns and users that the requests with callback=Y name; no query where there are none."""
    asking = [r for r in requests if r.callback == "Y"]
    if not asking:
        return CallbackFacts()
    campaign_ids = sorted({r.campaign_id for r in asking if r.campaign_id})
    campaigns = connection.scalars(select(vicidial_campaigns.c.campaign_id).where(vicidial_campaigns.c.campaign_id.in_(campaign_ids)))
    users = sorted({r.callback_user for r in asking if r.callback_type == "USERONLY"})
    table = vicidial_users.c
    groups = connection.execute(select(table.user, table.user_group).where(table.user.in_(users))) if users else ()
    return CallbackFacts(frozenset(folded(c) for c in campaigns), {folded(user): group or "" for user, group in groups})


def callback_row(callback: Callback, lead_id: int, list_id: object, now: str) -> dict[str, Any]:
    """The row of vicidial_callbacks for a lead."""
    return {
        "lead_id": lead_id,
        "list_id": list_id,
        "campaign_id": callback.campaign_id,
        "status": "ACTIVE",
        "entry_time": now,
        "callback_time": callback.time,
        "user": callback.user,
        "recipient": callback.recipient,
        "comments": callback.comments,
        "user_group": callback.user_group,
        "lead_status": callback.status,
    }
