"""What a caller may see."""

import pytest
from sqlalchemy import Connection, select

from db.tables.leads import vicidial_list
from db.tables.lists import vicidial_lists
from db.tables.users import vicidial_users
from dialer.restrictions import of_campaigns, of_groups, of_lists, sees_campaign
from protocol.functions import Caller
from tests.dialer.rows import put

FREE = Caller(user="6666")
LIMITED = Caller(user="6666", campaigns=("CAMP1",), viewable_groups=("---ALL---", "", "GROUP1"), restricted=True)


@pytest.mark.parametrize(("campaign_id", "seen"), [("CAMP1", True), ("camp1 ", True), ("", True), ("CAMP2", False), (None, False)])
def test_a_limited_caller_sees_its_campaigns(campaign_id: str | None, seen: bool) -> None:
    assert sees_campaign(LIMITED, campaign_id) is seen
    assert sees_campaign(FREE, campaign_id)


@pytest.fixture
def leads(connection: Connection) -> Connection:
    campaigns = {101: "CAMP1", 102: "CAMP2", 103: "", 104: None}
    put(connection, vicidial_lists=[{"list_id": n, "campaign_id": campaign} for n, campaign in campaigns.items()])
    put(connection, vicidial_list=[{"lead_id": n, "list_id": n} for n in range(101, 106)])
    put(
        connection, vicidial_users=[{"user": f"u{n}", "user_group": group} for n, group in enumerate(["GROUP1", "", "GROUP2", "---ALL---"])]
    )
    return connection


def test_lists_are_limited_only_by_the_list_restriction(leads: Connection) -> None:
    def seen(caller: Caller) -> list[int]:
        wanted = select(vicidial_list.c.lead_id).where(of_lists(caller, vicidial_list.c.list_id), vicidial_list.c.lead_id.between(101, 105))
        return sorted(leads.scalars(wanted))

    assert seen(LIMITED) == [101, 103]
    assert seen(Caller(user="6666", campaigns=("CAMP1",))) == [101, 102, 103, 104, 105]
    assert seen(Caller(user="6666", restricted=True)) == [101, 102, 103, 104, 105]


def test_groups_of_all_and_of_nobody_are_seen(leads: Connection) -> None:
    wanted = select(vicidial_users.c.user).where(vicidial_users.c.user.like("u_"))
    assert sorted(leads.scalars(wanted.where(of_groups(LIMITED, vicidial_users.c.user_group)))) == ["u0", "u1", "u3"]
    assert len(list(leads.scalars(wanted.where(of_groups(FREE, vicidial_users.c.user_group))))) == 4


def test_hostile_names_are_only_names(leads: Connection) -> None:
    sly = Caller(user="6666", campaigns=("') OR 1=1 -- ", "%"), restricted=True)
    wanted = select(vicidial_list.c.lead_id).where(of_lists(sly, vicidial_list.c.list_id))
    assert set(leads.scalars(wanted)) == {103}
    assert set(leads.scalars(select(vicidial_lists.c.list_id).where(of_campaigns(sly, vicidial_lists.c.campaign_id)))) == {103}
