"""Lists of leads, the campaign each belongs to, and the call time their leads are dialed in.

Source: spec timezones-and-call-times section 5; add_lead sections 2 (step 4), 3 and 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from db.tables.campaigns import vicidial_campaigns
from db.tables.lists import vicidial_lists
from dialer.collation import folded, whole_number
from protocol.functions import Caller

OF_THE_CAMPAIGN = frozenset({"", "campaign"})
"""Values of a list's local_call_time that mean its campaign's."""


@dataclass(frozen=True, slots=True)
class LeadList:
    """A list of leads.

    `campaign_id` is what the list says, `campaign` the id of the campaign if that exists, else "";
    `call_time` is the call time its leads are dialed in, "" without a campaign.
    """

    list_id: int
    campaign_id: str
    campaign: str = ""
    call_time: str = ""


@dataclass(frozen=True, slots=True)
class LeadLists:
    """The lists that a batch meets, by number; and all lists of the campaigns it asked for."""

    by_id: Mapping[int, LeadList] = field(default_factory=dict)
    of_campaigns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def get(self, list_id: str) -> LeadList | None:
        """The list with this id, compared as a number: 0101 is 101."""
        return self.by_id.get(list_number(list_id))

    def siblings(self, list_id: str) -> tuple[int, ...]:
        """Every list of the campaign of a list, active or not; of a list that does not exist only itself."""
        found = self.get(list_id)
        if found is None:
            return (list_number(list_id),)
        return self.of_campaigns.get(folded(found.campaign_id), (found.list_id,))

    def allowed(self, caller: Caller, list_id: str) -> bool:
        """Whether a caller's list restriction lets him use a list. The id is compared as text here: 0101 is not 101."""
        if not caller.restricted:
            return True
        found = self.get(list_id)
        if found is None or list_id != str(found.list_id):
            return False
        if caller.campaigns is None:
            return True
        # a list without a campaign belongs to nobody (spec faults: the reference allows it to everybody)
        own = found.campaign_id
        return own != "" and (own in caller.campaigns or folded(own) in {folded(c) for c in caller.campaigns})


def list_number(list_id: str) -> int:
    """A list id as the database compares it; 0 for text that is no number."""
    return whole_number(list_id)


def load_lists(list_ids: Iterable[str], connection: Connection, *, siblings: bool = False) -> LeadLists:
    """The lists with these ids; with `siblings` also all lists of their campaigns. No query without ids."""
    numbers = sorted({list_number(list_id) for list_id in list_ids})
    if not numbers:
        return LeadLists()
    lists, campaigns = vicidial_lists.c, vicidial_campaigns.c
    joined = vicidial_lists.outerjoin(vicidial_campaigns, campaigns.campaign_id == lists.campaign_id)
    columns = (campaigns.campaign_id, lists.local_call_time, campaigns.local_call_time)
    wanted = select(lists.list_id, lists.campaign_id, *columns).select_from(joined).where(lists.list_id.in_(numbers))
    found = {row[0]: _lead_list(*row) for row in connection.execute(wanted)}
    if not siblings:
        return LeadLists(found)
    return LeadLists(found, load_campaign_lists({row.campaign_id for row in found.values()}, connection))


def load_campaign_lists(campaign_ids: Iterable[str], connection: Connection) -> dict[str, tuple[int, ...]]:
    """Every list of each campaign, by the campaign's folded id."""
    ids = sorted(campaign_ids)
    if not ids:
        return {}
    table = vicidial_lists.c
    wanted = select(table.campaign_id, table.list_id).where(table.campaign_id.in_(ids)).order_by(table.list_id)
    found: dict[str, list[int]] = {}
    for campaign_id, list_id in connection.execute(wanted):
        found.setdefault(folded(campaign_id), []).append(list_id)
    return {campaign: tuple(numbers) for campaign, numbers in found.items()}


def _lead_list(
    list_id: int, campaign_id: str | None, campaign: str | None, call_time: str | None, campaign_call_time: str | None
) -> LeadList:
    if campaign is None:
        return LeadList(list_id, campaign_id or "")
    own = call_time or ""
    return LeadList(list_id, campaign_id or "", campaign, (campaign_call_time or "") if folded(own) in OF_THE_CAMPAIGN else own)
