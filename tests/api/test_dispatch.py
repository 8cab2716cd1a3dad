"""The way of a request: who may ask, what is answered at once, what is queued. Source: spec 00, sections 1, 7 and 8."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

import api.database
import api.dispatch
from protocol.functions import Moment
from tests.api.wire import Wire

WireOf = Callable[..., Wire]

ADD = {"function": "add_lead", "phone_number": "7275551111", "phone_code": "1", "list_id": "101"}
LOG = ("user", "function", "result", "result_reason", "source", "data")


def test_an_unknown_function(wire: Wire) -> None:
    assert wire.lines(function="nothing") == "ERROR: NO FUNCTION SPECIFIED\n"
    assert wire.rows("vicidial_api_log", *LOG) == [("6666", "nothing", "ERROR", "NO FUNCTION SPECIFIED", "test", "")]


def test_an_unknown_function_with_debug(wire: Wire) -> None:
    more = "\n<!-- script runtime: 0 seconds -->\n</body>\n</html>\n"
    assert wire.lines(function="nothing", format="debug") == "ERROR: NO FUNCTION SPECIFIED\n" + more


def test_a_source_that_is_too_short(wire: Wire) -> None:
    assert wire.lines(**ADD, source="x") == "ERROR: Invalid Source - x\nERROR: Invalid Source: |x|\n"
    assert wire.rows("vicidial_api_log", *LOG) == [("6666", "add_lead", "ERROR", "Invalid Source", "x", "")]
    assert wire.queue.requests == []


@pytest.mark.parametrize("allowed", [" version ", "add_lead", " ADD_LEAD ", " add_lead_more ", ""])
def test_a_function_that_the_user_may_not_use(wire: Wire, allowed: str) -> None:
    wire.change("vicidial_users", api_allowed_functions=allowed)
    refusal = "auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION"
    assert wire.lines(**ADD) == f"ERROR: {refusal}: |6666|add_lead|\n"
    assert wire.rows("vicidial_api_log", *LOG) == [("6666", "add_lead", "ERROR", refusal, "test", "")]


@pytest.mark.parametrize("allowed", [" add_lead ", " version add_lead x ", "xALL_FUNCTIONSx"])
def test_a_function_that_the_user_may_use(wire: Wire, allowed: str) -> None:
    wire.change("vicidial_users", api_allowed_functions=allowed)
    assert wire.lines(**ADD).startswith("SUCCESS")


@pytest.mark.parametrize("lacking", [{"modify_leads": "0"}, {"user_level": 7}])
def test_rights_that_the_user_lacks(wire: Wire, lacking: dict[str, Any]) -> None:
    wire.change("vicidial_users", **lacking)
    assert wire.lines(**ADD).startswith("ERROR: add_lead USER DOES NOT HAVE PERMISSION TO ADD LEADS")
    assert wire.queue.requests == []


@pytest.mark.parametrize("function", ["add_lead", "update_lead", "update_list"])
def test_a_restricted_user_needs_a_user_group_before_anything_else(wire: Wire, function: str) -> None:
    wire.change("vicidial_users", api_list_restrict="1", user_group="GONE")
    assert wire.lines(function=function, source="") == "ERROR: user_group DOES NOT EXIST: |6666|GONE|\n"
    assert wire.rows("vicidial_api_log", *LOG) == [("6666", function, "ERROR", "user_group DOES NOT EXIST", "", "")]


def test_other_functions_do_not_ask_for_the_user_group(wire: Wire) -> None:
    wire.change("vicidial_users", api_list_restrict="1", user_group="GONE")
    assert wire.lines(function="nothing") == "ERROR: NO FUNCTION SPECIFIED\n"


def test_a_write_is_queued_and_waited_for(wire: Wire) -> None:
    assert wire.lines(**ADD) == "SUCCESS: add_lead on requests, waited 4.0\n"
    [request] = wire.queue.requests
    assert (request.function, request.caller.user, request.caller.level) == ("add_lead", "6666", 9)
    assert request.parameters["phone_number"] == "7275551111"
    assert request.caller.rights >= {"modify_leads", "vdc_agent_api_access"}
    assert (request.log.function, request.log.client_ip, request.log.site) == ("add_lead", "127.0.0.1", "dialer.example")
    assert wire.rows("vicidial_api_log", *LOG) == []


def test_no_password_travels_with_a_write(wire: Wire) -> None:
    wire.lines(**ADD, comments="x", agent_pass="OTHER", custom_fields="Y", colour="red")
    [request] = wire.queue.requests
    assert "1234" not in str((request.parameters, request.raw, request.log, request.caller))
    assert request.log.query.startswith("user=6666&pass=&source=test&function=add_lead&")
    assert "OTHER" not in str((request.raw, request.log))


def test_parameters_travel_raw_only_where_cleaning_changed_them(wire: Wire) -> None:
    wire.lines(**ADD, colour="r'e;d", title="a#b", first_name="Ann", province="")
    assert dict(wire.queue.requests[0].raw) == {"colour": "r'e;d", "title": "a#b", "province": ""}


def test_async_is_answered_at_once(wire: Wire) -> None:
    answer = wire.get(**ADD, **{"async": "Y"})
    assert (answer.status_code, answer.text) == (200, "NOTICE: add_lead QUEUED - requests-1|6666\n")


@pytest.mark.parametrize("prefer", ["respond-async", "Respond-Async, wait=10", "wait=10 , respond-async; x=y"])
def test_the_prefer_header_is_answered_at_once_with_202(wire: Wire, prefer: str) -> None:
    answer = wire.request("POST", params={**ADD, "user": "6666", "pass": "1234", "source": "test"}, headers={"Prefer": prefer})
    assert (answer.status_code, answer.text) == (202, "NOTICE: add_lead QUEUED - requests-1|6666\n")
    assert (answer.headers["location"], answer.headers["preference-applied"]) == ("/v1/jobs/requests-1", "respond-async")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_another_preference_changes_nothing(wire: Wire) -> None:
    answer = wire.request("GET", params={**ADD, "user": "6666", "pass": "1234", "source": "test"}, headers={"Prefer": "wait=respond-async"})
    assert answer.text.startswith("SUCCESS")


def test_job_status(wire: Wire) -> None:
    assert wire.lines(function="job_status", job_id="requests-1") == "SUCCESS: of 6666\n"
    assert wire.lines(function="job_status", job_id="other") == "ERROR: job_status JOB NOT FOUND - other|6666\n"
    assert wire.rows("vicidial_api_log", *LOG) == []


@pytest.mark.parametrize("more", [{}, {"async": "Y"}, {"function": "job_status"}])
def test_without_the_queue_a_write_is_refused_at_once(wire: Wire, more: dict[str, str]) -> None:
    wire.queue.down = True
    answer = wire.get(**{**ADD, **more})
    function = more.get("function", "add_lead")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.text == f"ERROR: {function} QUEUE NOT AVAILABLE, NOTHING WAS DONE, TRY AGAIN LATER - 6666\n"


@pytest.mark.parametrize("more", [{}, {"async": "Y"}])
def test_where_too_much_waits_a_write_is_refused(wire: Wire, more: dict[str, str]) -> None:
    wire.queue.full = True
    answer = wire.get(**{**ADD, **more})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.text == "ERROR: add_lead TOO MANY REQUESTS ARE WAITING, NOTHING WAS DONE, TRY AGAIN LATER - 6666\n"


def test_a_read_needs_no_queue(wire: Wire) -> None:
    wire.queue.down = True
    assert wire.lines(function="agent_status", agent_user="1000") == "ERROR: agent_status AGENT NOT FOUND: 6666|1000\n"


def test_a_read_is_logged_without_the_password(wire: Wire) -> None:
    wire.lines(function="agent_status", agent_user="1000", phone_pass="OTHER")
    [(url,)] = wire.rows("vicidial_api_urls", "url")
    assert url == (
        "http://dialer.example:8080/vicidial/non_agent_api.php"
        "?user=6666&pass=&source=test&function=agent_status&agent_user=1000&phone_pass="
    )


def test_a_form_is_logged_twice_without_the_password(wire: Wire) -> None:
    wire.request("POST", data={"user": "6666", "pass": "1234", "source": "test", "comments": "a'b"})
    [(url,)] = wire.rows("vicidial_api_urls", "url")
    pairs = "user=6666&pass=&source=test&comments=ab"
    assert url == f"http://dialer.example:8080/vicidial/non_agent_api.php?{pairs}&GET-AND-POST=Y&{pairs}"


def test_an_answer_is_given_even_if_its_log_row_cannot_be_written(wire: Wire) -> None:
    with wire.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE vicidial_api_log")
    assert wire.lines(function="agent_status", agent_user="1000") == "ERROR: agent_status AGENT NOT FOUND: 6666|1000\n"
    assert wire.lines(function="nothing") == "ERROR: NO FUNCTION SPECIFIED\n"


def test_a_fault_of_ours_is_said_as_one(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.dispatch, "READS", {"agent_status": "no function at all"})
    answer = wire.get(function="agent_status")
    assert answer.status_code == 500
    assert answer.text == "ERROR: agent_status REQUEST COULD NOT BE DONE, NOTHING WAS CHANGED - |6666\n"


def test_a_write_that_may_have_been_queued_is_not_said_to_have_changed_nothing(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.dispatch, "queued", None)
    answer = wire.get(function="update_lead", lead_id="1")
    assert answer.status_code == 500
    assert answer.text == "ERROR: update_lead OUTCOME UNKNOWN AFTER AN INTERRUPTION, CHECK BEFORE SENDING AGAIN - |6666\n"


class TestVersion:
    """No login; TZNOW is the dialer's offset now, as a number where it is not the stored text."""

    @pytest.fixture
    def said(self, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
        def said(local_gmt: str | None, *, daylight: bool, offset: float) -> str:
            at = Moment(now=datetime(2026, 7, 1, 12), utc=datetime(2026, 7, 1, 16), daylight=daylight, zone_offset=offset)
            monkeypatch.setattr(api.dispatch, "moment", lambda _: at)
            if local_gmt is not None:
                wire.put(servers=[{"server_id": "a", "server_ip": "10.0.0.1", "active": "Y", "local_gmt": local_gmt}])
            return wire.request("GET", params={"function": "version"}).text

        return said

    @pytest.mark.parametrize(
        ("local_gmt", "daylight", "offset", "zones"),
        [
            ("-5.00", False, -5, "DST: 0|TZ: -5.00|TZNOW: -5.00|"),
            ("-5.00", True, -4, "DST: 1|TZ: -5.00|TZNOW: -4|"),
            ("9.50", True, 10.5, "DST: 1|TZ: 9.50|TZNOW: 10.5|"),
            ("-1.00", True, 0, "DST: 1|TZ: -1.00|TZNOW: 0|"),
            (None, False, 0, "DST: 0|TZ: |TZNOW: 0|"),
            (None, False, 5.5, "DST: 0|TZ: |TZNOW: 5.5|"),
            (None, True, -4, "DST: 1|TZ: |TZNOW: -4|"),
        ],
    )
    def test_zones(self, said: Callable[..., str], local_gmt: str | None, daylight: bool, offset: float, zones: str) -> None:
        begin = "VERSION: 2.14-117|BUILD: 191107-1143|DATE: 2026-07-01 12:00:00|EPOCH: 1782921600|"
        assert said(local_gmt, daylight=daylight, offset=offset) == begin + zones + "\n"


@pytest.fixture
def gone(wire_of: WireOf, tmp_path: Path) -> Wire:
    """An application whose database is not there yet; its path is `elsewhere` in the test's folder."""
    return wire_of(database_url=f"sqlite:///{tmp_path / 'elsewhere' / 'dialer.sqlite3'}")


@pytest.mark.parametrize("function", ["add_lead", "agent_status", "version", "nothing"])
def test_without_the_database_every_function_is_refused_at_once(gone: Wire, function: str) -> None:
    answer = gone.get(function=function)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.text == f"ERROR: {function} DATABASE NOT AVAILABLE, NOTHING WAS DONE, TRY AGAIN LATER - 6666\n"


def test_when_the_database_is_there_all_works_by_itself(gone: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.database, "PAUSE", 0)
    assert gone.get(**ADD).status_code == 503
    gone.engine.dispose()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "dialer.sqlite3").rename(tmp_path / "elsewhere" / "dialer.sqlite3")
    assert gone.lines(**ADD).startswith("SUCCESS")


def test_after_a_failed_connection_nobody_waits_for_another(gone: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gone.get(**ADD).status_code == 503
    monkeypatch.setattr(gone.app.app.state.database, "_guarded", None)
    assert gone.get(**ADD).status_code == 503


def test_a_database_that_says_nothing_is_given_up(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.database, "HANG", 0.05)
    heard = Event()
    monkeypatch.setattr(wire.app.app.state.authentication, "_system_row", heard.wait)
    answer = wire.get(**ADD)
    heard.set()
    assert (answer.status_code, answer.text.startswith("ERROR: add_lead DATABASE NOT AVAILABLE")) == (503, True)


def test_with_non_latin_parameters_are_taken_as_they_are(wire: Wire) -> None:
    wire.change("system_settings", use_non_latin="1")
    wire.lines(function="noth ing;<x>", source="a-b c")
    assert wire.rows("vicidial_api_log", "function", "source") == [("noth ing;<x>", "a-b c")]


def test_a_name_that_the_login_cleans_has_no_rights(wire: Wire) -> None:
    wire.change("system_settings", use_non_latin="1")
    assert wire.lines(**ADD, user="6666|").startswith("ERROR: auth USER DOES NOT HAVE PERMISSION")


@pytest.mark.parametrize("agent_user", ["o'neil", 'say "x"', "back\\slash", "two\nlines", "émile"])
def test_a_request_is_logged_whatever_it_holds(wire: Wire, agent_user: str) -> None:
    assert wire.lines(function="nothing", agent_user=agent_user) == "ERROR: NO FUNCTION SPECIFIED\n"
    assert wire.rows("vicidial_api_log", "agent_user") == [(agent_user,)]


def test_the_parameter_db_shows_nothing(wire: Wire) -> None:
    assert wire.lines(function="agent_status", agent_user="1000", DB="1") == "ERROR: agent_status AGENT NOT FOUND: 6666|1000\n"
