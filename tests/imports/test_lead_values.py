"""Options and defaults hold for every row, and are checked and mended as cells are: nothing of them is lost without a word."""

import pytest
from sqlalchemy import select

from db.engine import reading
from db.tables.leads import vicidial_callbacks, vicidial_list
from tests.imports.importing import Importing

FILE = "phone\n7275551212\n"


def test_they_are_mended(importing: Importing) -> None:
    importing.wire.put(vicidial_campaigns=[{"campaign_id": "TESTCAMP"}])
    given = {"callback": "Y", "campaign_id": "TESTCAMP", "callback_type": "ANYONE", "callback_datetime": "31/12/2036 5:00 PM"}
    defaults = '{"state": " Florida ", "date_of_birth": "31/12/1980", "alt_phone": "+1 (727) 555-0199"}'
    job = importing.loaded(FILE, list_id="101", defaults=defaults, date_format="dmy", **given)
    assert (job["state"], job["warnings"]) == ("done", [])
    mended = {"state": "FL", "date_of_birth": "1980-12-31", "alt_phone": "7275550199", "callback_datetime": "2036-12-31 17:00:00"}
    assert job["options"].items() >= mended.items(), "the job tells them as they are stored"
    with reading(importing.wire.engine) as connection:
        lead = connection.execute(select(vicidial_list)).mappings().one()
        assert {name: str(lead[name]) for name in list(mended)[:3]} == dict(list(mended.items())[:3])
        assert connection.scalar(select(vicidial_callbacks.c.callback_time)) == "2036-12-31 17:00:00"


def test_now_is_a_time_for_a_callback_in_a_cell_too(importing: Importing) -> None:
    job = importing.loaded("phone,callback_datetime\n7275551212,NOW\n", list_id="101")
    assert importing.results(job)[0]["note"] is None


def test_a_state_of_another_country_stays(importing: Importing) -> None:
    job = importing.loaded("phone\n493012345678\n", list_id="101", phone_code="49", state="BY")
    assert (job["options"]["state"], job["warnings"]) == ("BY", [])


@pytest.mark.parametrize(
    ("name", "value", "kept"), [("state", "Bayern", "Ba"), ("source_id", "x" * 60, "x" * 50), ("title", "Mister", "Mist")]
)
def test_what_is_too_long_is_told(importing: Importing, name: str, value: str, kept: str) -> None:
    told = [f"The option {name} is longer than its column: leads get {kept}"]
    options = {"list_id": "101", name: value}
    assert importing.post(FILE, path="/preview", **options).json()["warnings"] == told
    assert importing.loaded(FILE, **options)["warnings"] == told
    assert importing.wire.rows("vicidial_list", name) == [(kept,)]


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"date_of_birth": "soon"}, "date_of_birth"),
        ({"date_of_birth": "31/12/1980"}, "date_of_birth"),
        ({"defaults": '{"callback_datetime": "31/12/2036"}'}, "callback_datetime"),
        ({"defaults": '{"alt_phone": "7.28E+09"}'}, "alt_phone"),
        ({"country_code": "Germany"}, "country_code"),
        ({"gender": "m"}, "gender"),
        ({"comments": "one;two"}, "comments"),
        ({"rank": "40000"}, "rank"),
        ({"callback": "Y"}, "callback"),
        ({"callback": "Y", "campaign_id": "TESTCAMP", "callback_type": "USERONLY"}, "callback_type"),
        ({"custom_fields": "Y", "defaults": '{"shoe": "9"}'}, "defaults"),
    ],
)
def test_what_would_be_lost_is_refused(importing: Importing, options: dict[str, str], option: str) -> None:
    importing.wire.put(vicidial_campaigns=[{"campaign_id": "TESTCAMP"}])
    answer = importing.post(FILE, list_id="101", **options)
    assert (answer.status_code, answer.json()["code"], answer.json()["option"]) == (422, "bad-option", option), answer.text


@pytest.mark.parametrize("check", ["callback", "campaign_dnc_check"])
def test_a_campaign_that_is_not_there_is_refused(importing: Importing, check: str) -> None:
    answer = importing.post(FILE, list_id="101", campaign_id="NOWHERE", **{check: "Y"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-campaign")
    by_row = importing.post("phone,campaign_id\n7275551212,\n", list_id="101", campaign_id="NOWHERE", **{check: "Y"})
    assert by_row.status_code == 202, "a column may give another"
