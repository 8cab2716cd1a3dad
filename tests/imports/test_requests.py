"""Many legacy requests in one job: each has its own reply, in order, and its effect once."""

from collections.abc import Sequence
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import select

from api.read_descriptions import SOURCE
from db.engine import reading, writing
from db.tables.own import leadmill_chunks, leadmill_jobs
from db.tables.web_logs import vicidial_api_log
from tests.imports.importing import SIGNED_IN, Importing
from workers import turns
from workers.turns import Turn

LEADS = [{"function": "add_lead", "list_id": 101, "phone_number": 7275550000 + n, "source": "crm"} for n in range(7)]


def post(importing: Importing, requests: Any, **headers: str) -> httpx.Response:
    content = requests if isinstance(requests, bytes) else orjson.dumps(requests)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return importing.wire.request("POST", "/v1/requests", content=content, headers=named, auth=SIGNED_IN)


def get(importing: Importing, path: str, **options: Any) -> httpx.Response:
    return importing.wire.request("GET", f"/v1/requests{path}", params=options, auth=SIGNED_IN)


def replies(importing: Importing, job_id: str, **options: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in get(importing, f"/{job_id}/results", **options).text.splitlines()]


def codes(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["code"] for row in rows]


def test_each_request_gets_its_own_reply_in_order(anywhere: Importing) -> None:
    check = {"function": "add_lead", "list_id": 101, "phone_number": "7275550003", "duplicate_check": "DUPLIST", "source": "crm"}
    mixed = [*LEADS[:4], check, {"function": "update_lead", "lead_id": 0, "vendor_lead_code": "x", "source": "crm"}, {"function": "dance"}]
    answer = post(anywhere, mixed)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == f"/v1/requests/{job['id']}"
    assert (job["state"], job["functions"]) == ("queued", {"add_lead": 5, "update_lead": 1, "dance": 1})
    anywhere.run_all()
    told = get(anywhere, f"/{job['id']}").json()
    assert told["state"] == "done_with_refusals"
    assert told["counters"] == {"received": 7, "done": 4, "refused": 3, "failed": 0, "waiting": 0}
    rows = replies(anywhere, job["id"])
    assert [row["position"] for row in rows] == list(range(1, 8))
    assert [row["function"] for row in rows] == ["add_lead"] * 5 + ["update_lead", "dance"]
    assert codes(rows) == ["done"] * 4 + ["refused"] * 3
    assert rows[0]["reply"].startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED - 7275550000|101|")
    assert rows[0]["lead_id"] > 0
    assert rows[4]["reply"].startswith("ERROR: add_lead DUPLICATE PHONE NUMBER IN LIST - 7275550003|101|")
    assert rows[6]["reply"] == "ERROR: NO FUNCTION SPECIFIED"
    assert told["refusals"][0] == {"position": 5, "outcome": "refused", "code": "refused", "reply": rows[4]["reply"]}
    assert [row["position"] for row in replies(anywhere, job["id"], outcome="refused")] == [5, 6, 7]
    assert get(anywhere, f"/{job['id']}/results", format="csv").text.splitlines()[0] == (
        "position,function,outcome,code,retryable,lead_id,reply"
    )
    assert [j["id"] for j in get(anywhere, "").json()["requests"]] == [job["id"]]
    assert anywhere.get(f"/{job['id']}").status_code == 404, "it is no import"


def test_each_is_in_the_api_log_once(anywhere: Importing) -> None:
    with writing(anywhere.wire.engine) as connection:
        connection.execute(vicidial_api_log.delete())
    refused = {**LEADS[1], "source": "x"}
    post(anywhere, [LEADS[0], refused, {name: value for name, value in LEADS[2].items() if name != "source"}])
    anywhere.run_all()
    with reading(anywhere.wire.engine) as connection:
        log = vicidial_api_log.c
        found = connection.execute(select(log.user, log.function, log.result, log.source).order_by(log.result, log.source)).all()
    assert [tuple(row) for row in found] == [
        ("6666", "add_lead", "ERROR", "x"),
        ("6666", "add_lead", "SUCCESS", "crm"),
        ("6666", "add_lead", "SUCCESS", SOURCE),
    ]


@pytest.mark.parametrize("after", [True, False])
def test_a_job_that_is_cut_off_goes_on(anywhere: Importing, monkeypatch: pytest.MonkeyPatch, after: bool) -> None:
    """Killed in the second chunk: before or after its record was made."""
    job_id = post(anywhere, LEADS).json()["id"]
    anywhere.turn()
    run = turns.run_requests_chunk

    def cut_off(*more: Any) -> None:
        if after:
            run(*more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(turns, "run_requests_chunk", cut_off)
        with pytest.raises(KeyboardInterrupt):
            Turn(anywhere.running, *anywhere.queue.turns[0]).run()
    anywhere.run_all()
    assert codes(replies(anywhere, job_id)) == ["done"] * 7
    assert sorted(anywhere.phones()) == sorted(str(lead["phone_number"]) for lead in LEADS)
    assert get(anywhere, f"/{job_id}").json()["state"] == "done"


def test_a_request_that_sweeps_a_list_is_done_in_its_place(anywhere: Importing) -> None:
    anywhere.wire.change("vicidial_users", modify_lists="1", delete_lists="1", modify_leads="1", user_level=9)
    anywhere.wire.put(vicidial_user_groups=[{"user_group": "ADMIN", "allowed_campaigns": " -ALL-CAMPAIGNS- - -"}])
    sweep = {"function": "update_list", "list_id": 101, "delete_leads": True, "source": "crm"}
    job_id = post(anywhere, [*LEADS[:2], sweep, LEADS[2]]).json()["id"]
    anywhere.run_all()
    told = replies(anywhere, job_id)
    assert codes(told) == ["done"] * 4, told
    assert anywhere.phones() == ["7275550002"]
    with reading(anywhere.wire.engine) as connection:
        assert connection.scalar(select(leadmill_jobs.c.recipe)) == {"queue": "maintenance"}


def test_paused_resumed_and_cancelled(small: Importing) -> None:
    job_id = post(small, LEADS).json()["id"]

    def step(name: str) -> str:
        answer = small.wire.request("POST", f"/v1/requests/{job_id}/{name}", auth=SIGNED_IN)
        return str(answer.json().get("state") or answer.json()["code"])

    small.turn()
    assert step("pause") == "paused"
    small.run_all()
    assert get(small, f"/{job_id}").json()["counters"]["waiting"] == 4
    assert step("resume") == "running"
    small.turn()
    assert step("cancel") == "cancelled"
    small.run_all()
    assert step("cancel") == "already-ended"
    rows = replies(small, job_id)
    assert codes(rows) == ["done"] * 6 + ["not_run"]
    assert get(small, f"/{job_id}").json()["counters"] == {"received": 7, "done": 6, "refused": 0, "failed": 1, "waiting": 0}


def test_the_same_key_makes_one_job(small: Importing) -> None:
    first, again = (post(small, LEADS, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    small.run_all()
    assert len(small.phones()) == 7
    other = post(small, LEADS[:2], Idempotency_Key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_no_password_is_kept_once_it_is_done(small: Importing) -> None:
    user = {"function": "add_user", "agent_user": "9001", "agent_pass": "hush", "agent_user_level": 1, "agent_full_name": "Ann"}
    job_id = post(small, [{**user, "agent_user_group": "ADMIN", "source": "crm"}]).json()["id"]
    small.run_all()
    assert "hush" not in get(small, f"/{job_id}/results").text
    with reading(small.wire.engine) as connection:
        assert connection.scalar(select(leadmill_chunks.c.payload)) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "unreadable-requests"),
        (b"[", "unreadable-requests"),
        (b"{}", "unreadable-requests"),
        (b"[]", "unreadable-requests"),
        (b"[1]", "unreadable-requests"),
        ([{"function": "add_lead", "phone_number": [1]}], "unreadable-requests"),
        ([{"function": "version"}], "not-a-write"),
        ([{"function": "agent_status"}], "not-a-write"),
        ([{"function": "add_lead", "user": "7777"}], "signed-in-already"),
        ([{"function": "add_lead", "pass": "1234"}], "signed-in-already"),
        ([{}] * 10_001, "too-many-requests"),
    ],
)
def test_what_is_refused_at_once(small: Importing, body: Any, code: str) -> None:
    answer = post(small, body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert get(small, "").json()["requests"] == []


def test_a_body_that_is_too_large(small: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.request_lists.BODY_LIMIT", 100)
    answer = post(small, LEADS)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_rights_are_those_of_the_legacy_endpoint(small: Importing) -> None:
    small.wire.change("vicidial_users", modify_leads="0")
    job_id = post(small, LEADS[:1]).json()["id"]
    small.run_all()
    (row,) = replies(small, job_id)
    assert row["reply"].startswith("ERROR: add_lead USER DOES NOT HAVE PERMISSION TO ADD LEADS")
    assert small.phones() == []


def test_a_request_id_is_done_once_across_jobs(anywhere: Importing) -> None:
    named = [{**LEADS[0], "request_id": "one"}, {**LEADS[1], "request_id": "x" * 129}, {**LEADS[2], "request_id": "a.b"}]
    first, second = (post(anywhere, [*named, *more]).json()["id"] for more in ([], [{**LEADS[3], "request_id": "one"}]))
    anywhere.run_all()
    rows, again = replies(anywhere, first), replies(anywhere, second)
    assert codes(rows) == ["done", "refused", "refused"]
    assert {row["reply"].partition(" - ")[0] for row in rows[1:]} == {
        "ERROR: add_lead REQUEST ID MAY HAVE UP TO 128 LETTERS, DIGITS, HYPHENS AND UNDERSCORES"
    }
    assert again[0]["reply"] == rows[0]["reply"]
    assert again[3]["reply"] == "ERROR: add_lead REQUEST ID WAS USED FOR ANOTHER REQUEST - one|6666"
    assert len(anywhere.phones()) == 1
