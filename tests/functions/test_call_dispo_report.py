"""The report's lists, percentages and download."""

import pytest
from sqlalchemy import Connection

from api.functions.call_dispo_report import FUNCTION, Request, nothing_asked
from tests.dialer.rows import put
from tests.functions.conftest import Ask

DAY = "2020-11-01"


@pytest.fixture
def calls(connection: Connection) -> Connection:
    inbound = [("SALES", "NP", 15), ("SALES", "SALE", 1), ("SUPPORT", None, 1)]
    rows = [
        {"campaign_id": group, "status": status, "call_date": f"{DAY} 10:00:00", "user": "u1", "uniqueid": f"{status}.{n}"}
        for group, status, number in inbound
        for n in range(number)
    ]
    dids = [{"uniqueid": f"NP.{n}", "did_id": str(1 + n % 2), "extension": f"900{n % 2}", "call_date": f"{DAY} 10:00:00"} for n in range(4)]
    without = {"uniqueid": "SALE.0", "did_id": "", "extension": "9999", "call_date": f"{DAY} 10:00:00"}
    put(connection, vicidial_closer_log=rows, vicidial_did_log=[*dids, without])
    put(connection, vicidial_inbound_dids=[{"did_id": 1, "did_pattern": "+9000"}, {"did_id": 2, "did_pattern": "9001"}])
    return connection


@pytest.mark.usefixtures("calls")
class TestReport:
    def test_percentages_round_halves_to_even(self, ask: Ask) -> None:
        asked = ask(FUNCTION, ingroups="SALES", query_date=DAY, status_breakdown="1", show_percentages="1")
        assert asked.text == "CAMPAIGN,TOTAL CALLS,NP,SALE\nSALES,16,15 (93.8%),1 (6.2%)\nTOTAL,16,15 (93.8%),1 (6.2%)"

    def test_a_call_without_status_has_a_column_without_name(self, ask: Ask) -> None:
        asked = ask(FUNCTION, ingroups="SUPPORT", query_date=DAY, status_breakdown="1")
        assert asked.text == "CAMPAIGN,TOTAL CALLS,\nSUPPORT,1,1\nTOTAL,1,1"

    @pytest.mark.parametrize(
        ("asked", "lines"),
        [
            ({"did_ids": "1"}, "9000,2\nTOTAL,2"),
            ({"did_ids": "1-2"}, "9000,2\n9001,2\nTOTAL,4"),
            ({"did_patterns": "+9000-9001"}, "9000,2\n9001,2\nTOTAL,4"),
            ({"did_ids": "2", "did_patterns": "+9000"}, "9000,2\n9001,2\nTOTAL,4"),
            ({"did_ids": "ALLDIDS"}, "9000,2\n9001,2\n9999,1\nTOTAL,5"),
            ({"did_ids": "---ALL---"}, "9000,2\n9001,2\n9999,1\nTOTAL,5"),
            ({"did_ids": "--"}, "TOTAL,0"),
            ({"did_patterns": "nope"}, "TOTAL,0"),
            ({"did_ids": "1' OR '1'='1"}, "TOTAL,0"),
        ],
    )
    def test_dids_are_those_asked_for(self, ask: Ask, asked: dict[str, str], lines: str) -> None:
        assert ask(FUNCTION, query_date=DAY, **asked).text == f"CAMPAIGN,TOTAL CALLS\n{lines}"

    def test_dids_do_not_count_beside_in_groups(self, ask: Ask) -> None:
        assert ask(FUNCTION, query_date=DAY, did_ids="1", ingroups="SUPPORT").text == "CAMPAIGN,TOTAL CALLS\nSUPPORT,1\nTOTAL,1"

    def test_a_category_without_statuses_lets_nothing_through(self, ask: Ask) -> None:
        assert ask(FUNCTION, query_date=DAY, ingroups="SALES", categories="NOSUCH").text == "CAMPAIGN,TOTAL CALLS\nTOTAL,0"

    def test_is_text_or_a_file_that_is_not_logged(self, ask: Ask) -> None:
        shown = ask(FUNCTION, ingroups="SALES", query_date=DAY, file_download="0")
        sent = ask(FUNCTION, ingroups="SALES", query_date=DAY, file_download="1")
        assert shown.text == sent.text
        assert shown.headers == {"content-type": "text/plain;charset=UTF-8"}
        assert sent.headers == {
            "content-type": "application/octet-stream",
            "content-disposition": 'attachment; filename="API_call_dispo_report_20201101120000.csv"',
            "expires": "0",
            "cache-control": "must-revalidate, post-check=0, pre-check=0",
            "pragma": "public",
        }
        assert (len(shown.log), len(sent.log)) == (1, 0)


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({}, True),
        ({"campaigns": "A", "ingroups": "B"}, True),
        ({"campaigns": "AB"}, False),
        ({"ingroups": "AB"}, False),
        ({"raw": {"did_ids": "1"}}, True),
        ({"raw": {"did_ids": "12"}}, False),
        ({"raw": {"did_ids": "abc"}}, True),
        ({"raw": {"did_ids": "ALLDIDS"}}, False),
        ({"raw": {"did_patterns": "ALLPATTERNS"}}, False),
    ],
)
def test_something_of_two_characters_must_be_asked_for(asked: dict[str, object], refused: bool) -> None:
    assert (nothing_asked(Request(**asked)) is not None) is refused  # type: ignore[arg-type]
