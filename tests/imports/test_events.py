"""A job as server-sent events."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from api.importing import watching
from tests.imports.conftest import ImportingOf
from tests.imports.importing import SIGNED_IN, Importing

FILE = "phone\n" + "".join(f"{7275550000 + n}\n" for n in range(30))


@pytest.fixture
def importing(importing_of: ImportingOf, monkeypatch: pytest.MonkeyPatch) -> Importing:
    monkeypatch.setattr(watching, "LOOK", 0.01)
    return importing_of(import_chunk=10)


def events(importing: Importing, job_id: str, last: str = "", kind: str = "imports") -> httpx.Response:
    headers = {"Last-Event-ID": last} if last else {}
    return importing.wire.request("GET", f"/v1/{kind}/{job_id}/events", headers=headers, auth=SIGNED_IN)


def parsed(text: str) -> list[dict[str, Any]]:
    """The events, each with the job it tells."""
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if "data: " in block]
    return [{**block, "job": orjson.loads(block["data"])} for block in blocks]


def test_it_ends_with_the_job(importing: Importing) -> None:
    job = importing.post(FILE, list_id="101").json()

    async def watch() -> str:
        transport = httpx.ASGITransport(importing.wire.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://dialer.example", auth=SIGNED_IN) as client:
            watching = asyncio.create_task(client.get(f"/v1/imports/{job['id']}/events", timeout=60))
            while importing.queue.messages:
                await asyncio.sleep(0.1)
                await asyncio.to_thread(importing.run_first)
            answer = await watching
        assert answer.headers["content-type"].startswith("text/event-stream")
        return answer.text

    text = asyncio.run(watch())
    assert text.startswith("retry: ")
    told = parsed(text)
    assert [event["event"] for event in told][-2:] == ["progress", "end"]
    assert told[0]["job"]["state"] == "queued"
    assert (told[-1]["job"]["state"], told[-1]["job"]["counters"]["added"]) == ("done", 30)
    added = [event["job"]["counters"]["added"] for event in told]
    assert added == sorted(added)
    assert len({event["id"] for event in told}) == len(told)


def test_what_was_told_is_not_told_again(importing: Importing) -> None:
    job = importing.loaded(FILE, list_id="101")
    (end,) = parsed(events(importing, job["id"]).text)
    assert end["event"] == "end"
    again = events(importing, job["id"], end["id"])
    assert (again.status_code, again.text) == (204, "")
    assert parsed(events(importing, job["id"], "older").text)[0]["id"] == end["id"]


def test_a_silent_stream_shows_that_it_is_there(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "HEARTBEAT", 0.0)
    job = importing.post(FILE, list_id="101").json()
    found, looks = watching.found_job, []

    async def counted(request: Any, *more: Any) -> Any:
        looks.append(1)
        if len(looks) == 5:
            request.app.state.stopping.set()
        return await found(request, *more)

    monkeypatch.setattr(watching, "found_job", counted)
    text = events(importing, job["id"]).text
    assert text.count(": still there\n\n") >= 2
    assert [event["event"] for event in parsed(text)] == ["progress"], "a server that stops ends the stream, the job goes on"


def test_of_nobody(importing: Importing) -> None:
    assert events(importing, "nowhere").json()["code"] == "no-such-import"
