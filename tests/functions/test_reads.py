"""What the recordings do not show of single reads."""

from sqlalchemy import Connection

from api.functions import (
    agent_campaigns,
    agent_stats_export,
    agent_status,
    call_status_stats,
    did_log_export,
    lead_callback_info,
    lead_field_info,
    lead_status_search,
    list_info,
    recording_lookup,
)
from protocol.functions import Caller
from tests.dialer.rows import put
from tests.functions.conftest import Ask

LIMITED = Caller(user="6666", level=9, campaigns=("CAMP1",))
RESTRICTED = Caller(user="6666", level=9, campaigns=("CAMP1",), restricted=True)
DAY = "2020-11-01"


def test_lead_field_info_knows_columns_only(ask: Ask, connection: Connection) -> None:
    put(connection, vicidial_lists=[{"list_id": 101}], vicidial_list=[{"lead_id": 1, "list_id": 101, "owner": "{user}"}])
    for name in ("1-1", "lead_id-1", "lead_id -- ", "lead_id, phone_number", "'x'", "(select 1)", "__class__"):
        assert "LIST FIELD NOT FOUND" in ask(lead_field_info.FUNCTION, lead_id="1", field_name=name).text
        assert "LIST FIELD NOT FOUND" in ask(lead_field_info.FUNCTION, lead_id="1", field_name=name, custom_fields="Y", list_id="101").text
    assert ask(lead_field_info.FUNCTION, lead_id="1", field_name="OWNER").text == "{user}"


def test_lead_field_info_hides_custom_fields_from_whom_lead_data_is_hidden(ask: Ask, connection: Connection) -> None:
    put(connection, vicidial_lists=[{"list_id": 101}], vicidial_list=[{"lead_id": 1, "list_id": 101, "entry_list_id": 101}])
    hidden = Caller(user="6666", rights=frozenset({"admin_hide_lead_data"}))
    assert ask(lead_field_info.FUNCTION, hidden, lead_id="1", field_name="Notes_Area", custom_fields="Y").text == "XXXXXX"


def test_lead_field_info_knows_the_lead_id_of_a_custom_table_too(ask: Ask, connection: Connection) -> None:
    put(connection, vicidial_lists=[{"list_id": 101}], vicidial_list=[{"lead_id": n, "list_id": 101, "entry_list_id": 101} for n in (1, 2)])
    said = {n: ask(lead_field_info.FUNCTION, lead_id=f"0{n}", field_name="Lead_ID", custom_fields="Y").text for n in (1, 2)}
    assert said == {1: "1", 2: "ERROR: lead_field_info LIST FIELD NOT FOUND: 6666|02\n"}


def test_list_info_shows_no_list_of_another_campaign(ask: Ask, connection: Connection) -> None:
    put(connection, vicidial_lists=[{"list_id": 101, "campaign_id": "camp1"}, {"list_id": 102, "campaign_id": "CAMP2"}, {"list_id": 103}])
    put(connection, vicidial_lists=[{"list_id": 104, "campaign_id": ""}])
    said = {n: ask(list_info.FUNCTION, RESTRICTED, list_id=f"0{n}").text for n in range(101, 106)}
    assert said.pop(101).startswith("0101||camp1|")
    assert said == {n: f"ERROR: list_info NOT AN ALLOWED LIST ID - 0{n}\n" for n in range(102, 106)}
    assert ask(list_info.FUNCTION, LIMITED, list_id="102").text == "ERROR: list_info LIST DOES NOT EXIST: |6666|102\n"


def test_lead_callback_info_refuses_all_for_one_list_not_allowed(ask: Ask, connection: Connection) -> None:
    put(connection, vicidial_lists=[{"list_id": 101, "campaign_id": "CAMP1"}, {"list_id": 102, "campaign_id": "CAMP2"}])
    put(connection, vicidial_callbacks=[{"lead_id": 1, "list_id": 101}, {"lead_id": 1, "list_id": 102}])
    assert ask(lead_callback_info.FUNCTION, LIMITED, lead_id="1").text.count("\n") == 2
    assert ask(lead_callback_info.FUNCTION, RESTRICTED, lead_id="1").text == "ERROR: lead_callback_info LEAD NOT FOUND: |6666|1|\n"


def test_lead_status_search_lists_a_lead_once_by_its_newest_call(ask: Ask, connection: Connection) -> None:
    put(connection, vicidial_list=[{"lead_id": n, "list_id": 101, "comments": f"c{n}"} for n in (1, 2, 3)])
    outbound = [("1.1", 1, "08:00:00"), ("2.1", 2, "09:00:00"), ("1.2", 1, "10:00:00")]
    put(connection, vicidial_log=[{"uniqueid": u, "lead_id": n, "call_date": f"{DAY} {at}", "status": "NP"} for u, n, at in outbound])
    put(
        connection,
        vicidial_closer_log=[{"lead_id": n, "call_date": f"{DAY} 11:00:00", "status": "NP", "uniqueid": f"9.{n}"} for n in (3, 2)],
    )
    found = ask(lead_status_search.FUNCTION, status="np", date=DAY).text
    assert [line for line in found.splitlines() if line.startswith("lead_id")] == ["lead_id => 1", "lead_id => 2", "lead_id => 3"]
    assert ";---------- START OF RECORD 3 ----------\n" in found


def test_call_status_stats_shows_hours_of_each_part_and_names_of_the_log(ask: Ask, connection: Connection) -> None:
    put(connection, vicidial_statuses=[{"status": "HH", "human_answered": "Y"}])
    put(
        connection, vicidial_log=[{"uniqueid": "1.1", "lead_id": 1, "campaign_id": "CAMP1", "call_date": f"{DAY} 09:30:00", "status": "hh"}]
    )
    lines = ask(call_status_stats.FUNCTION, campaigns="camp1-CAMP1", ingroups="X", query_date=DAY).text.splitlines()
    assert [line.split("|")[:3] for line in lines] == [["CAMP1", "1", "0"], ["camp1", "0", "0"], ["X", "0", "0"]]
    assert "09-1" in lines[0]
    assert lines[0].endswith("|hh-1|")


def test_lengths_are_those_in_bytes(ask: Ask) -> None:
    assert "AGENT NOT FOUND" in ask(agent_status.FUNCTION, agent_user="é" * 49).text
    assert "INVALID SEARCH PARAMETERS" in ask(agent_status.FUNCTION, agent_user="é" * 50).text
    assert "NO RECORDINGS FOUND" in ask(recording_lookup.FUNCTION, agent_user="aé", date=DAY).text
    assert "INVALID SEARCH PARAMETERS" in ask(recording_lookup.FUNCTION, agent_user="é" * 11, date=DAY).text
    for function in (did_log_export.FUNCTION, lead_status_search.FUNCTION):
        assert "INVALID SEARCH PARAMETERS" in ask(function, phone_number="1", status="A", date="2020-11-0é").text


def test_trailing_spaces_are_not_seen(ask: Ask, connection: Connection) -> None:
    put(
        connection, vicidial_users=[{"user": "a1"}], vicidial_live_agents=[{"user": "a1", "server_ip": "", "lead_id": 0, "status": "READY"}]
    )
    put(connection, vicidial_agent_log=[{"user": "a1", "server_ip": "", "event_time": f"{DAY} 10:00:00"}])
    put(connection, recording_log=[{"user": "a1", "start_time": f"{DAY} 10:00:00", "location": "here"}])
    put(connection, vicidial_list=[{"lead_id": 1, "list_id": 101}])
    put(connection, vicidial_log=[{"uniqueid": "1", "lead_id": 1, "status": "NP", "call_date": f"{DAY} 10:00:00", "campaign_id": "C"}])
    assert ask(agent_status.FUNCTION, agent_user="A1 ").text.startswith("READY|")
    assert "NO AVAILABLE CAMPAIGNS" in ask(agent_campaigns.FUNCTION, agent_user="a1 ").text
    whole = {"datetime_start": f"{DAY} 00:00:00", "datetime_end": f"{DAY} 23:59:59"}
    assert ask(agent_stats_export.FUNCTION, agent_user="a1  ", **whole).text.startswith("a1|")
    assert ask(recording_lookup.FUNCTION, agent_user="a1 ", date=DAY).text.endswith("|here\n")
    assert "lead_id => 1\n" in ask(lead_status_search.FUNCTION, status="NP ", date=DAY).text
    assert ask(call_status_stats.FUNCTION, campaigns="C-", statuses="np ", query_date=DAY).text.splitlines()[1].startswith("C|1|")
