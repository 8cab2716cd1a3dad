"""What a caller may see: the campaigns, lists and user groups that its own user group opens to it.

Source: spec 00, section 7. What belongs to no campaign, or to no user group, is seen by everybody.
"""

from sqlalchemy import ColumnElement, or_, select, true

from db.tables.in_groups import vicidial_inbound_groups
from db.tables.lists import vicidial_lists
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
