"""What the recordings do not show of the pages: moh_list, vm_list, sounds_list, agent_ingroup_info."""

import os
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import Connection

from api.functions import agent_ingroup_info, moh_list, sounds_list, vm_list
from api.functions.sounds_list import ordered
from dialer.audio_store import Sound, load_sounds
from protocol.functions import Question, filled
from tests.dialer.rows import put
from tests.functions.conftest import CALLER, MOMENT, Ask

CONTROLLED = {"sounds_central_control_active": "1", "sounds_web_directory": "sounds", "admin_web_directory": "srv/vicidial"}
TAG = '"><script>alert(1)</script>'


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "sounds"
    folder.mkdir()
    for name, size, changed in (
        ("b.wav", 10, 1000),
        ("a.gsm", 10, 2000),
        ("c.WAV", 1, 1),
        ("new.wav", 1, MOMENT.utc.replace(tzinfo=UTC).timestamp()),
    ):
        (folder / name).write_bytes(b"x" * size)
        os.utime(folder / name, (changed, changed))
    (folder / "folder.wav").mkdir()
    (folder / "gone.wav").symlink_to(folder / "nowhere")
    return tmp_path


def test_the_store_lists_settled_sound_files_only(store: Path) -> None:
    assert {sound.name for sound in load_sounds(store / "sounds", MOMENT) or []} == {"a.gsm", "b.wav"}
    assert load_sounds(store / "elsewhere", MOMENT) is None
    assert load_sounds(store / "sounds" / "b.wav", MOMENT) is None


def test_a_store_that_is_not_there_is_named(connection: Connection, tmp_path: Path) -> None:
    question = Question(moment=MOMENT, settings=CONTROLLED, web_directory=str(tmp_path))
    said = sounds_list.answer(filled(sounds_list.Request, {"format": "tab"}, {}), CALLER, question, connection).text
    assert said == f"ERROR: audio store web directory does not exist: |6666|sounds_list|{tmp_path}/sounds|\n"


def test_sounds_of_the_same_size_are_ordered_by_name_in_the_same_direction() -> None:
    sounds = [Sound("a", 1, 5), Sound("B", 2, 5), Sound("c", 2, 4)]
    assert [s.name for s in ordered(sounds, "size")] == ["c", "B", "a"]
    assert [s.name for s in ordered(sounds, "by date")] == ["a", "B", "c"]
    assert [s.name for s in ordered(sounds, "")] == ["B", "a", "c"]


@pytest.mark.parametrize(("stage", "listed"), [("", True), ("bydate", True), ("SIZE", True), ("newest", False)])
def test_no_order_is_that_by_name_but_an_unknown_one_lists_nothing(store: Path, connection: Connection, stage: str, listed: bool) -> None:
    question = Question(moment=MOMENT, settings=CONTROLLED, web_directory=str(store))
    request = filled(sounds_list.Request, {"format": "tab", "stage": stage}, {})
    assert ("a.gsm" in sounds_list.answer(request, CALLER, question, connection).text) is listed


def test_the_page_of_sounds_holds_no_password_and_names_the_host_asked(store: Path, connection: Connection) -> None:
    question = Question(moment=MOMENT, host="pbx.example:8080", settings=CONTROLLED, web_directory=str(store))
    request = filled(sounds_list.Request, {"format": "selectframe", "comments": TAG}, {})
    page = sounds_list.answer(request, CALLER, question, connection).text
    assert 'href="//pbx.example:8080/srv/sounds/b.wav"' in page
    assert "pass=" not in page
    assert TAG not in page


def test_names_from_the_database_are_escaped(ask: Ask, connection: Connection, statements: list[str]) -> None:
    put(connection, vicidial_music_on_hold=[{"moh_id": "m", "moh_name": TAG, "active": "Y"}])
    put(connection, vicidial_music_on_hold_files=[{"moh_id": "M", "filename": TAG, "rank": 1}])
    put(connection, vicidial_voicemail=[{"voicemail_id": "85", "pass": "", "fullname": TAG, "email": None, "active": "Y"}])
    statements.clear()
    moh = moh_list.answer(moh_list.Request(comments=TAG), CALLER, Question(moment=MOMENT, settings=CONTROLLED), connection)
    for page in (moh.text, ask(vm_list.FUNCTION, comments=TAG).text):
        assert "alert(1)" in page
        assert "<script>alert" not in page
    assert len(statements) == 4


def test_what_an_agent_may_not_choose_is_disabled(ask: Ask, connection: Connection, statements: list[str]) -> None:
    put(
        connection,
        vicidial_users=[{"user": "a1", "full_name": TAG, "user_group": "G"}],
        vicidial_campaigns=[
            {"campaign_id": "C", "campaign_allow_inbound": "Y", "dial_method": "INBOUND_MAN", "closer_campaigns": " IN1 X -"}
        ],
        vicidial_live_agents=[
            {"user": "a1", "server_ip": "", "lead_id": 0, "campaign_id": "C", "closer_campaigns": " in1 -", "status": "READY"}
        ],
    )
    statements.clear()
    manager = replace(CALLER, rights=frozenset({"change_agent_campaign"}))
    page = ask(agent_ingroup_info.FUNCTION, manager, agent_user="a1", stage="change").text
    assert len(statements) == 2
    assert '<option value="IN1" SELECTED>IN1 - </option>' in page
    assert page.count(" DISABLED") == 2
    assert "<script>" not in page
    assert " DISABLED" not in ask(agent_ingroup_info.FUNCTION, agent_user="a1", stage="change").text


def test_an_agent_without_values_has_empty_ones(ask: Ask, connection: Connection) -> None:
    empty = dict.fromkeys(("closer_campaigns", "outbound_autodial", "manager_ingroup_set", "external_igb_set_user"))
    put(connection, vicidial_users=[{"user": "a1"}], vicidial_live_agents=[{"user": "a1", "server_ip": "", "lead_id": 0, **empty}])
    said = ask(agent_ingroup_info.FUNCTION, agent_user="a1", stage="text").text
    assert said == "SUCCESS:  - a1|text\nSELECTED INGROUPS: \nOUTBOUND AUTODIAL: \nMANAGER OVERRIDE: \nMANAGER: \n\n"
