"""What goes wrong in the middle of an import: nothing is lost, nothing is doubled, and the job says what happened."""

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.importing import load, reading, records, steering
from db.engine import writing
from tests.databases import INNODB
from tests.imports.conftest import ImportingOf
from tests.imports.importing import SIGNED_IN, Importing
from tests.imports.test_import import counted

FILE = "phone\n" + "".join(f"{7275550000 + n}\n" for n in range(50))
KEY = {"Idempotency-Key": "k1"}


@pytest.fixture
def small(importing_of: ImportingOf, monkeypatch: pytest.MonkeyPatch) -> Importing:
    """Ten rows a chunk, read a few bytes at a time once the header is known."""
    monkeypatch.setattr(load, "PATIENCE", 0.0)
    monkeypatch.setattr(reading, "BLOCK", 110)
    monkeypatch.setattr("api.importing.lead_file.SAMPLE", 110)
    return importing_of(import_chunk=10)


async def broken_off(importing: Importing, data: bytes, path: str, headers: list[tuple[bytes, bytes]]) -> None:
    """An upload whose client vanishes after these bytes."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": data, "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(_message: object) -> None:
        return

    path, _, query = path.partition("?")
    authorization = httpx.BasicAuth(*SIGNED_IN)._auth_header.encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"authorization", authorization), *headers],
        "client": ("127.0.0.1", 50000),
        "server": ("dialer.example", 8080),
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
    }
    await importing.wire.app(scope, receive, send)


def newest(importing: Importing) -> dict[str, Any]:
    job: dict[str, Any] = importing.get("").json()["imports"][0]
    return job


def test_a_broken_off_upload_goes_on_under_its_key(small: Importing) -> None:
    data = FILE.encode()
    asyncio.run(broken_off(small, data[:350], "/v1/imports?list_id=101", [(b"idempotency-key", b"k1")]))
    job = newest(small)
    assert (job["state"], job["problem"]["code"]) == ("interrupted", "upload-broken-off")
    assert job["counters"] == counted(received=20, waiting=20)
    small.run(small.queue.messages[0][0])
    lost = small.queue.messages.pop()[0]
    small.queue.messages.clear()
    again = small.post(FILE, headers=KEY, list_id="101")
    assert (again.status_code, again.json()["id"]) == (202, job["id"])
    assert [task_id for task_id, _ in small.queue.messages] == [lost, *(f"{job['id']}-{n}" for n in (2, 3, 4))]
    small.run()
    assert small.job(job["id"])["state"] == "done"
    assert small.job(job["id"])["counters"] == counted(received=50, added=50)
    assert sorted(small.phones()) == FILE.split()[1:]


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "ndjson", "json"])
def test_an_upload_cut_at_60_percent_goes_on_in_any_format(small: Importing, kind: str) -> None:
    phones = FILE.split()[1:]
    objects = [f'{{"phone": "{phone}"}}' for phone in phones]
    data = {"csv": FILE, "csv.gz": FILE, "ndjson": "\n".join(objects), "json": f"[{','.join(objects)}]"}[kind].encode()
    data = gzip.compress(data, 0) if kind.endswith("gz") else data  # stored, so that there is something to cut
    asyncio.run(broken_off(small, data[: len(data) * 6 // 10], "/v1/imports?list_id=101", [(b"idempotency-key", b"k1")]))
    job = newest(small)
    assert job["state"] == "interrupted"
    assert 0 < job["counters"]["received"] < 50
    small.run_first()
    again = small.post(data, headers=KEY, list_id="101")
    assert (again.status_code, again.json()["id"]) == (202, job["id"])
    small.run()
    assert small.job(job["id"])["counters"] == counted(received=50, added=50)
    assert sorted(small.phones()) == phones


def test_ten_imports_at_once_share_what_is_alike(importing_of: ImportingOf) -> None:
    importing = importing_of(INNODB, import_chunk=5)
    files = ["phone\n" + "".join(f"{7275550000 + (n + 3 * file) % 60}\n" for n in range(30)) for file in range(10)]
    options = {"list_id": "101", "duplicate_check": "DUPLIST"}
    uploads = [{"method": "POST", "url": "/v1/imports", "params": options, "content": f.encode(), "auth": SIGNED_IN} for f in files]
    made = [answer.json()["id"] for answer in importing.wire.requests(uploads)]
    assert len(set(made)) == 10
    messages = [task_id for task_id, _ in importing.queue.messages]
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(importing.run, messages[::-1]))
    jobs = [importing.job(job_id) for job_id in made]
    assert all(job["state"].startswith("done") for job in jobs)
    assert all(job["counters"]["added"] + job["counters"]["duplicates"] == job["counters"]["received"] == 30 for job in jobs)
    assert sorted(importing.phones()) == sorted({line for file in files for line in file.split()[1:]})
    for job in jobs:
        assert [row["line"] for row in importing.results(job)] == list(range(2, 32))


def test_another_file_does_not_go_on_with_a_broken_off_upload(small: Importing) -> None:
    asyncio.run(broken_off(small, FILE.encode()[:350], "/v1/imports?list_id=101", [(b"idempotency-key", b"k1")]))
    other = FILE.replace("7275550001", "7275559999")
    assert small.post(other, headers=KEY, list_id="101").json()["code"] == "idempotency-key-reused"
    assert small.post(FILE, headers=KEY, list_id="999").json()["code"] == "idempotency-key-reused"
    assert newest(small)["state"] == "interrupted"
    assert small.post(FILE, headers=KEY, list_id="101").status_code == 202


def test_the_same_file_under_the_same_key_is_one_import(importing: Importing) -> None:
    first = importing.post(FILE, headers=KEY, list_id="101")
    again = importing.post(FILE, headers=KEY, list_id="101")
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert len(importing.queue.messages) == 1
    assert importing.post(FILE + "1\n", headers=KEY, list_id="101").json()["code"] == "idempotency-key-reused"
    assert importing.post(FILE, headers=KEY, list_id="101", phone_code="44").json()["code"] == "idempotency-key-reused"
    assert [job["id"] for job in importing.get("", idempotency_key="k1").json()["imports"]] == [first.json()["id"]]


def test_a_key_whose_upload_is_still_coming_in_is_in_use(importing: Importing) -> None:
    job = importing.post(FILE, headers=KEY, list_id="101").json()
    with writing(importing.wire.engine) as connection:
        connection.execute(text("UPDATE leadmill_jobs SET state = 'receiving', sealed = 0"))
    answer = importing.post(FILE, headers=KEY, list_id="101")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-key-in-use")
    assert importing.job(job["id"])["state"] == "receiving"


def test_an_upload_lost_with_its_server_is_interrupted(importing: Importing) -> None:
    job = importing.post(FILE, list_id="101").json()
    with writing(importing.wire.engine) as connection:
        connection.execute(text("UPDATE leadmill_jobs SET state = 'receiving', sealed = 0, touched = '2026-01-01 00:00:00'"))
    assert importing.job(job["id"])["state"] == "interrupted"


def test_the_same_content_again_is_warned_of(importing: Importing) -> None:
    first = importing.loaded(FILE, list_id="101")
    second = importing.post(FILE, list_id="101").json()
    assert first["warnings"] == []
    assert second["warnings"] == [f"The same file was loaded less than a day ago: import {first['id']}"]


def test_of_two_uploads_under_one_key_at_once_one_makes_the_import(importing: Importing) -> None:
    upload = {"method": "POST", "url": "/v1/imports?list_id=101", "content": FILE.encode(), "headers": KEY, "auth": SIGNED_IN}
    answers = importing.wire.requests([upload, upload])
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert 202 in {answer.status_code for answer in answers}
    assert len(importing.queue.messages) == 1
    assert len(importing.get("").json()["imports"]) == 1


def test_reading_pauses_where_the_broker_tells_no_length(importing_of: ImportingOf, monkeypatch: pytest.MonkeyPatch) -> None:
    importing = importing_of(import_chunk=1, import_ahead=3)
    looks: list[int] = []

    async def unknown(_self: object, _queue: str) -> int:
        looks.append(len(importing.queue.messages))
        if len(looks) > 6:  # it does not go on by itself
            importing.run()
        return 0

    monkeypatch.setattr(type(importing.queue), "depth", unknown)
    assert importing.post(FILE[:64], list_id="101").status_code == 202
    assert looks[:7] == [1, 2, 3, 4, 4, 4, 4]


def test_reading_pauses_while_the_queue_is_long(importing_of: ImportingOf) -> None:
    importing = importing_of(import_chunk=1, import_ahead=3)

    async def send_and_run() -> None:
        async def drain() -> None:
            while True:
                await asyncio.sleep(0.01)
                assert len(importing.queue.messages) <= 4
                if len(importing.queue.messages) > 3:
                    importing.run_first()

        draining = asyncio.create_task(drain())
        transport = httpx.ASGITransport(importing.wire.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://dialer.example", auth=SIGNED_IN) as client:
            answer = await client.post("/v1/imports", params={"list_id": "101"}, content=FILE[:120].encode(), timeout=30)
        assert answer.json()["counters"]["received"] == 11
        draining.cancel()

    asyncio.run(send_and_run())
    assert importing.queue.deepest == 4


def test_a_queue_that_is_away_interrupts_the_import(small: Importing) -> None:
    small.queue.refuse_from = 2
    answer = small.post(FILE, headers=KEY, list_id="101")
    assert (answer.status_code, answer.json()["code"]) == (503, "queue-unavailable")
    assert answer.headers["location"] == f"/v1/imports/{answer.json()['job_id']}"
    small.run()
    job = newest(small)
    assert (job["state"], job["counters"]) == ("interrupted", counted(received=30, added=20, waiting=10))
    small.queue.refuse_from = None
    assert small.post(FILE, headers=KEY, list_id="101").status_code == 202
    small.run()
    assert newest(small)["counters"] == counted(received=50, added=50)
    assert sorted(small.phones()) == FILE.split()[1:]


def test_a_cancelled_import_keeps_what_was_done_and_reports_the_rest(small: Importing) -> None:
    job = small.post(FILE, list_id="101").json()
    small.run(small.queue.messages[0][0])
    answer = small.wire.request("POST", f"/v1/imports/{job['id']}/cancel", auth=SIGNED_IN)
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    small.run()
    ended = small.job(job["id"])
    assert ended["counters"] == counted(received=50, added=10, failed=40)
    assert ended["finished"] is not None
    rows = small.results(ended, "failed")
    assert {(row["code"], row["retryable"]) for row in rows} == {("not_run", True)}
    assert rows[0]["row"] == {"phone": "7275550010"}
    again = small.wire.request("POST", f"/v1/imports/{job['id']}/cancel", auth=SIGNED_IN)
    assert (again.status_code, again.json()["code"]) == (409, "already-ended")


def test_an_upload_ends_when_its_import_is_cancelled(small: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = records.store_chunk

    def cancelled_at_the_third(connection: Any, job_id: str, number: int, *more: Any) -> bool:
        if number == 2:
            steering.cancel(connection, job_id)
        return stored(connection, job_id, number, *more)

    monkeypatch.setattr(records, "store_chunk", cancelled_at_the_third)
    answer = small.post(FILE, list_id="101")
    assert (answer.status_code, answer.json()["code"]) == (409, "job-cancelled")
    assert newest(small)["state"] == "cancelled"


def test_an_import_that_begins_late_is_not_kept_waiting(importing_of: ImportingOf) -> None:
    importing = importing_of(import_chunk=1, import_ahead=3)
    late_is_done: list[dict[str, Any]] = []

    async def both() -> None:
        transport = httpx.ASGITransport(importing.wire.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://dialer.example", auth=SIGNED_IN, timeout=60) as client:

            async def run(chunks: int) -> None:
                for _ in range(chunks):
                    while not importing.queue.messages:
                        await asyncio.sleep(0.01)
                    await asyncio.to_thread(importing.run_first)

            early = asyncio.create_task(client.post("/v1/imports", params={"list_id": "101"}, content=FILE.encode()))
            while len(importing.queue.messages) < 4:
                await asyncio.sleep(0.01)
            late = asyncio.create_task(client.post("/v1/imports", params={"list_id": "999"}, content=b"phone\n7275559991\n7275559992\n"))
            answer = await late
            await run(4 + 2 + 4)
            late_is_done.append((await client.get(f"/v1/imports/{answer.json()['id']}")).json())
            assert not early.done()
            await run(50 + 2 - 10)
            assert (await early).status_code == 202

    asyncio.run(both())
    assert late_is_done[0]["state"] == "done"


def test_a_queue_that_is_full_takes_some_of_every_import(importing_of: ImportingOf, monkeypatch: pytest.MonkeyPatch) -> None:
    importing = importing_of(import_chunk=1, import_ahead=3)

    async def full(_self: object, _queue: str) -> int:
        return 1000

    monkeypatch.setattr(type(importing.queue), "depth", full)
    assert importing.post("phone\n7275559991\n", list_id="101").status_code == 202
