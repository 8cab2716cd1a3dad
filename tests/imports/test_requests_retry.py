"""Failed requests of a job are tried again by another: each once, at its position, with the rights of whoever retries."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection

from protocol.functions import Moment
from protocol.messages import QueuedRequest
from protocol.replies import Reply
from tests.imports.importing import SIGNED_IN, Importing
from tests.imports.test_requests import LEADS, codes, get, post, replies
from workers.batches import Steps

USER = {"function": "add_user", "agent_user": "9001", "agent_pass": "hush", "agent_user_level": 1, "agent_full_name": "Ann"}


@pytest.fixture
def heal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Whatever is to be stored together with the comment `poison` fails, until this is called."""
    answered, sick = Steps.answered, [True]

    def fail(steps: Steps, requests: Sequence[QueuedRequest], at: Moment, connection: Connection) -> list[Reply]:
        if sick and any(request.parameters.get("comments") == "poison" for request in requests):
            raise RuntimeError("poison")
        return answered(steps, requests, at, connection)

    monkeypatch.setattr(Steps, "answered", fail)
    return sick.clear


def step(importing: Importing, job_id: str, name: str) -> Any:
    return importing.wire.request("POST", f"/v1/requests/{job_id}/{name}", auth=SIGNED_IN)


def test_those_that_failed_are_done_by_another_job(anywhere: Importing, heal: Callable[[], None]) -> None:
    poisoned = [LEADS[0], {**LEADS[1], "comments": "poison", "request_id": "one"}, LEADS[2], {**LEADS[3], "comments": "poison"}]
    job_id = post(anywhere, poisoned).json()["id"]
    anywhere.run_all()
    assert (get(anywhere, f"/{job_id}").json()["retryable"], anywhere.phones()) == (2, ["7275550000", "7275550002"])
    heal()
    answer = step(anywhere, job_id, "retry")
    assert answer.status_code == 202, answer.text
    again = answer.json()
    assert (answer.headers["location"], again["source"], again["functions"]) == (f"/v1/requests/{again['id']}", job_id, {"add_lead": 2})
    anywhere.run_all()
    rows = replies(anywhere, again["id"])
    assert [(row["position"], row["code"]) for row in rows] == [(2, "done"), (4, "done")], rows
    assert sorted(anywhere.phones()) == [str(lead["phone_number"]) for lead in LEADS[:4]]
    assert get(anywhere, f"/{job_id}").json()["retried_by"] == again["id"]
    twice = step(anywhere, job_id, "retry")
    assert (twice.status_code, twice.json()["code"], twice.headers["location"]) == (409, "already-retried", answer.headers["location"])
    assert step(anywhere, again["id"], "retry").json()["code"] == "nothing-to-retry"


def test_those_that_had_no_turn_are_done_as_whoever_retries(small: Importing) -> None:
    job_id = post(small, [*LEADS[:4], {"function": "dance"}, LEADS[5]]).json()["id"]
    small.turn()
    assert step(small, job_id, "retry").json()["code"] == "not-ended"
    step(small, job_id, "cancel")
    small.run_all()
    assert codes(replies(small, job_id)) == ["done"] * 3 + ["not_run", "refused", "not_run"], "what was refused at once stays refused"
    small.wire.change("vicidial_users", modify_leads="0")
    again = step(small, job_id, "retry").json()["id"]
    small.run_all()
    rows = replies(small, again)
    assert [row["position"] for row in rows] == [4, 6]
    assert {row["reply"].partition(" - ")[0] for row in rows} == {
        "ERROR: add_lead USER DOES NOT HAVE PERMISSION TO ADD LEADS TO THE SYSTEM: |6666|0|"
    }
    assert len(small.phones()) == 3


def test_no_password_is_kept_for_it(small: Importing) -> None:
    small.wire.change("vicidial_users", modify_users="1", user_level=9)
    job_id = post(small, [{**USER, "agent_user_group": "ADMIN", "source": "crm"}]).json()["id"]
    step(small, job_id, "cancel")
    small.run_all()
    assert codes(replies(small, job_id)) == ["not_run"]
    answer = step(small, job_id, "retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-retry")
    assert "passwords" in answer.json()["title"]


def test_they_cannot_be_undone(small: Importing) -> None:
    job_id = post(small, LEADS[:1]).json()["id"]
    small.run_all()
    answer = step(small, job_id, "undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "requests-stay")
    assert step(small, "nothing", "undo").status_code == 404
