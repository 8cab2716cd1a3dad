"""./leadmill jobs and ./leadmill job: the list, one job, and steering it, against a whole system."""

import os
import re
import signal
from collections.abc import Iterator

import httpx
import pytest

from tests.cli.conftest import Command, Leads, assert_one_line
from tests.cli.running_up import Running


@pytest.fixture
def halted(up: Running) -> Iterator[None]:
    """Imports stand still."""
    worker = up.process_of("worker --queues imports")
    os.kill(worker, signal.SIGSTOP)
    yield
    os.kill(worker, signal.SIGCONT)


def job_of(told: str) -> str:
    return str(re.findall(r"\b([0-9a-f]{24})\b", told)[0])


def test_paused_resumed_and_undone(leadmill: Command, leads: Leads, here: dict[str, str], up: Running, halted: None) -> None:
    job = job_of(leadmill("import", str(leads(30)), "--list", "101", "--detach", **here).stdout)
    assert "paused" in leadmill("job", job, "pause", **here).stdout
    assert_one_line(leadmill("job", job, "pause", **here), "refused: The job is paused")
    assert_one_line(leadmill("job", job, "undo", **here), "has not ended")
    os.kill(up.process_of("worker --queues imports"), signal.SIGCONT)
    ended = leadmill("job", job, "resume", "--watch", **here)
    assert ended.returncode == 0, ended
    assert re.search(r"30 +added", ended.stdout)

    undone = leadmill("job", job, "undo", "--watch", **here)
    assert undone.returncode == 0, undone
    undo = job_of(undone.stdout.partition("\n")[2])
    assert f"Undo {undo}: done\n" in undone.stdout
    assert re.search(r"30 +deleted", undone.stdout)
    listed = leadmill("jobs", **here).stdout
    assert re.search(rf"{undo} +undo +done +101 +30 +30 +0", listed), listed
    assert re.search(rf"{job} +import +done +101 +30 +30 +0", listed), listed


def test_cancelled_and_tried_again(leadmill: Command, leads: Leads, here: dict[str, str], up: Running, halted: None) -> None:
    job = job_of(leadmill("import", str(leads(30)), "--list", "101", "--detach", **here).stdout)
    assert "cancelled" in leadmill("job", job, "cancel", **here).stdout
    os.kill(up.process_of("worker --queues imports"), signal.SIGCONT)
    assert re.search(r"30 +failed|30 +not added: failed", leadmill("jobs", job, "--watch", **here).stdout)
    again = leadmill("job", job, "retry", "--watch", **here)
    assert again.returncode == 0, again
    assert re.search(r"30 +added", again.stdout)
    assert_one_line(leadmill("job", job, "retry", **here), "tried again by job")


def test_many_requests_are_a_job_too(leadmill: Command, here: dict[str, str], up: Running) -> None:
    requests = [{"function": "add_lead", "phone_number": "7272000000", "list_id": 101}, {"function": "dance"}]
    answer = httpx.post(f"{up.address}/v1/requests", json=requests, auth=("6666", "1234"), trust_env=False)
    job = answer.json()["id"]
    ended = leadmill("job", job, "--watch", **here)
    assert f"Requests {job}: done with refusals\n" in ended.stdout
    assert re.search(r"1 +done *\n1 +answered with an error", ended.stdout)
    assert re.search(rf"{job} +requests", leadmill("jobs", **here).stdout)


def test_a_single_request_cannot_be_steered(leadmill: Command, up: Running, here: dict[str, str]) -> None:
    job = up.add_lead("7272000000", **{"async": "Y"}).partition(" - ")[2].partition("|")[0]
    assert_one_line(leadmill("job", job, "pause", **here), "a single request")


def test_a_step_that_does_not_exist(leadmill: Command, here: dict[str, str]) -> None:
    assert_one_line(leadmill("job", "1", "explode", **here), "explode", code=2)
