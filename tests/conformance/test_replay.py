"""The replay's own logic against a small server made by hand."""

import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import create_engine

from tests.conformance.recorded import Case, Outcome
from tests.conformance.replay import comparable, differences, play, summer
from tests.conformance.rows import DialerRows

TABLES = (
    "CREATE TABLE vicidial_list (lead_id INTEGER PRIMARY KEY, phone_number VARCHAR(18), entry_date DATETIME)",
    "CREATE TABLE vicidial_api_log (api_id INTEGER PRIMARY KEY, user VARCHAR(20), data TEXT)",
)
FIXTURE = {"vicidial_list": [{"lead_id": 5001, "phone_number": "7275551111"}], "vicidial_api_log": []}
ADDED = """
- id: add_lead/added
  note: a lead is added
  setup:
    vicidial_list: [{lead_id: 900001, phone_number: "1"}]
  request: {function: add_lead, phone_number: "6025550001"}
  then: [{function: add_lead, phone_number: "6025550002"}]
  response:
  - 'SUCCESS: 6025550001|<NEW:vicidial_list:1>'
  - 'SUCCESS: 6025550002|<NEW:vicidial_list:2>'
  tables:
    vicidial_list:
      added:
      - {lead_id: <NEW:vicidial_list:1>, phone_number: '6025550001', entry_date: <NOW>}
      - {lead_id: <NEW:vicidial_list:2>, phone_number: '6025550002', entry_date: <NOW>}
    vicidial_api_log:
      added:
      - {user: '6666', data: <NEW:vicidial_list:1>}
      - {user: '6666', data: <NEW:vicidial_list:2>}
"""


class Dialer(BaseHTTPRequestHandler):
    """Adds a lead and a log row for each request."""

    database = ""

    def do_GET(self) -> None:
        self.reply(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self.reply(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def reply(self, text: str) -> None:
        asked = {name: values[-1] for name, values in parse_qs(text).items()}
        phone = asked.get("phone_number", "")
        engine = create_engine(self.database)
        with engine.begin() as connection:
            now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
            lead_id = connection.exec_driver_sql(
                "INSERT INTO vicidial_list (phone_number, entry_date) VALUES (?, ?) RETURNING lead_id", (phone, now)
            ).scalar()
            connection.exec_driver_sql("INSERT INTO vicidial_api_log (user, data) VALUES (?, ?)", (asked.get("user"), lead_id))
        engine.dispose()
        self.send_response(418 if asked["function"] == "coffee" else 200)
        self.end_headers()
        self.wfile.write(f"SUCCESS: {phone}|{lead_id}\n\n".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[DialerRows]:
    url = f"sqlite:///{tmp_path / 'dialer.sqlite3'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in TABLES:
            connection.exec_driver_sql(table)
    engine.dispose()
    made = DialerRows(url, FIXTURE)
    yield made
    made.close()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    handler = type("This", (Dialer,), {"database": f"sqlite:///{tmp_path / 'dialer.sqlite3'}"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/vicidial/non_agent_api.php"
    server.shutdown()
    server.server_close()


def test_a_case_that_agrees(rows: DialerRows, url: str, http: httpx.Client) -> None:
    case = Case(ADDED.lstrip())
    assert differences(play(case, url, http, rows), case.outcome) == ""
    assert rows.changed_since(rows.base) == {}


def test_a_form_in_the_body(rows: DialerRows, url: str, http: httpx.Client) -> None:
    case = Case(ADDED.lstrip() + "  method: POST\n")
    assert differences(play(case, url, http, rows), case.outcome) == ""


def test_a_difference_is_shown_in_the_words_of_the_file(rows: DialerRows, url: str, http: httpx.Client) -> None:
    case = Case(ADDED.lstrip().replace("phone_number: '6025550002'", "phone_number: '7'"))
    shown = differences(play(case, url, http, rows), case.outcome)
    assert "-      phone_number: '7'" in shown
    assert "+      phone_number: '6025550002'" in shown


def test_a_status_other_than_200_is_part_of_the_outcome(rows: DialerRows, url: str, http: httpx.Client) -> None:
    case = Case("- id: a/b\n  note: ''\n  request: {function: coffee}\n")
    assert play(case, url, http, rows).status == [418]


def test_the_database_is_restored_when_the_server_is_gone(rows: DialerRows, http: httpx.Client) -> None:
    with pytest.raises(httpx.ConnectError):
        play(Case(ADDED.lstrip()), "http://127.0.0.1:1/", http, rows)
    assert rows.changed_since(rows.base) == {}


def test_of_a_page_only_what_it_must_show_is_compared() -> None:
    case = Case('- id: a/b\n  shows: [Z camp, "O\'Brien", missing]\n')
    page = Outcome(["<td>Z camp</td>", "O&#x27;Brien"], {})
    assert comparable(page, case.outcome, case) == Outcome(None, {}, None, ["Z camp", "O'Brien"])


def test_columns_that_held_a_password_are_left_out() -> None:
    case = Case("- id: a/b\n  response: [x]\n  not_compared: [vicidial_api_log.data]\n")
    got = Outcome(["x"], {"vicidial_api_log": {"added": [{"data": "secret", "user": "6666"}]}})
    assert comparable(got, case.outcome, case).tables == {"vicidial_api_log": {"added": [{"user": "6666"}]}}


def test_the_season_is_that_of_new_york() -> None:
    assert summer(dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    assert not summer(dt.datetime(2026, 11, 23, tzinfo=dt.UTC))


def test_a_recorded_row_may_name_today() -> None:
    now = dt.datetime.now(dt.UTC)
    today, clock, other_clock = f"{now:%Y-%m-%d}", f"{(now.hour + 6) % 24:02}:00:00", f"{(now.hour + 9) % 24:02}:00:00"
    wanted, happened, other = (
        Outcome(["SUCCESS"], {"vicidial_callbacks": {"removed": [{"callback_time": text}]}})
        for text in (f"{today} {clock}", f"<TODAY> {clock}", f"<TODAY> {other_clock}")
    )
    assert differences(happened, wanted) == ""
    assert differences(other, wanted)
