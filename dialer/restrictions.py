"""What a caller may see: the campaigns, lists and user groups that its own user group opens to it.

Source: spec 00, section 7. What belongs to no campaign, or to no user group, is seen by everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, or_, select, true

from db.tables.in_groups import vicidial_inbound_groups
from db.tables.lists import vicidial_lists
from db.tables.users import vicidial_user_groups
from dialer.callers import ALL_GROUPS, viewable_groups
from dialer.collation import folded
from protocol.functions import Caller


def sees_campaign(caller: Caller, campaign_id: str | None) -> bool:
    """Whether the caller's user group allows the campaign; an id of NULL is no campaign's."""
    if caller.campaigns is None:
        return True
    return campaign_id is not None and folded(campaign_id) in {"", *map(folded, caller.campaigns)}


def sees_group(caller: Caller, user_group: str) -> bool:
    """Whether the caller may view things of the user group."""
    return caller.viewable_groups is None or folded(user_group) in map(folded, caller.viewable_groups)


@dataclass(frozen=True, slots=True)
class StrictViews:
    """What callers may view by the rule of update_did and update_cid_group_entry (their specs): a user group that names no
    groups to view, or that does not exist, sees only what is of no group or of all groups."""

    by_group: Mapping[str, tuple[str, ...] | None]

    def sees(self, caller: Caller, user_group: str | None) -> bool:
        """Whether the caller may view things of the user group."""
        viewable = self.by_group.get(folded(caller.user_group), (ALL_GROUPS, ""))
        return viewable is None or (user_group is not None and folded(user_group) in map(folded, viewable))


def load_strict_views(callers: Iterable[Caller], connection: Connection) -> StrictViews:
    """The views of the callers of a batch."""
    groups = vicidial_user_groups.c
    wanted = sorted({caller.user_group for caller in callers})
    rows = connection.execute(select(groups.user_group, groups.admin_viewable_groups).where(groups.user_group.in_(wanted)))
    return StrictViews({folded(name): _strictly(text or "") for name, text in rows})


def _strictly(text: str) -> tuple[str, ...] | None:
    return viewable_groups(text) if len(text) > 3 else (ALL_GROUPS, "", *text.split())


def of_campaigns(caller: Caller, campaign_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Condition: the campaign is one that the caller's user group allows."""
    return true() if caller.campaigns is None else campaign_id.in_(["", *caller.campaigns])


def of_lists(caller: Caller, list_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Condition: the list is one that the caller's api_list_restrict leaves to it."""
    if not caller.restricted or caller.campaigns is None:
        return true()
    lists = vicidial_lists.c
    return list_id.in_(select(lists.list_id).where(of_campaigns(caller, lists.campaign_id)))


def of_groups(caller: Caller, user_group: ColumnElement[str]) -> ColumnElement[bool]:
    """Condition: the user group is one that the caller may view."""
    return true() if caller.viewable_groups is None else user_group.in_(caller.viewable_groups)


def of_calls(caller: Caller, campaign_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Condition on live calls: of an allowed campaign, or of an in-group whose user group the caller may view."""
    if caller.campaigns is None:
        return true()
    groups = vicidial_inbound_groups.c
    return or_(of_campaigns(caller, campaign_id), campaign_id.in_(select(groups.group_id).where(of_groups(caller, groups.user_group))))
