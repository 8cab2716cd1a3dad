"""What the recordings do not show of recording_lookup."""

import pytest
from sqlalchemy import Connection

from api.functions.recording_lookup import FUNCTION
from tests.dialer.rows import put
from tests.functions.conftest import Ask

DAY = "2020-11-01"


@pytest.fixture
def recordings(connection: Connection) -> None:
    put(
        connection,
        vicidial_log=[{"uniqueid": "1604232001.1", "lead_id": 1}, {"uniqueid": "16042320_1.1", "lead_id": 1}],
        recording_log=[
            {"recording_id": n, "start_time": f"{DAY} 10:00:00", "user": "1000", "vicidial_id": vicidial_id}
            for n, vicidial_id in ((9, "1604232001.1"), (8, "1604232001.2"), (7, "1604232011.1"))
        ],
    )


def ids(text: str) -> list[str]:
    return [line.split("|")[2] for line in text.splitlines()]


def test_recordings_of_the_same_second_are_in_order_of_their_ids(ask: Ask, recordings: None) -> None:
    assert ids(ask(FUNCTION, agent_user="1000", date=DAY).text) == ["7", "8", "9"]


def test_a_date_may_be_written_as_the_database_reads_it(ask: Ask, recordings: None) -> None:
    assert ids(ask(FUNCTION, agent_user="1000", date="2020.11.01").text) == ["7", "8", "9"]
    assert ask(FUNCTION, agent_user="1000", date="01.11.2020").text.startswith("ERROR: recording_lookup NO RECORDINGS FOUND - ")


def test_an_underscore_in_a_uniqueid_is_no_wildcard(ask: Ask, recordings: None, statements: list[str]) -> None:
    assert ids(ask(FUNCTION, uniqueid="1604232001.1").text) == ["8", "9"]
    assert len(statements) == 3
    assert ask(FUNCTION, uniqueid="16042320_1.1").text.startswith("ERROR: recording_lookup NO RECORDINGS FOUND - ")


def test_a_uniqueid_without_its_first_part_counts_for_nothing(ask: Ask, recordings: None) -> None:
    assert ask(FUNCTION, uniqueid=".123456789").text == "ERROR: recording_lookup INVALID SEARCH PARAMETERS: 6666||||.123456789\n"
