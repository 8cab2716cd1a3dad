"""The call that tells of a job's end: signed, tried again, and never to an address that is not public."""

import hmac
import http.server
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpcore
import orjson
import pytest
from sqlalchemy import select, update

from db.engine import reading, writing
from db.tables.own import leadmill_webhooks
from settings import Settings
from tests.databases import INNODB, SQLITE
from tests.imports.conftest import ImportingOf
from tests.imports.importing import SIGNED_IN, Importing
from workers import calling, webhooks
from workers.calling import NotAllowed, post
from workers.webhooks import PAUSES, deliver_due

FILE = "phone\n7275551212\n12\n"
LOCAL = {"webhook_networks": "127.0.0.0/8"}
SECRET = {"Webhook-Secret": "hush"}


class Receiver(http.server.ThreadingHTTPServer):
    """A server that keeps what is posted; `answers` are the statuses it gives, the last one for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = [200]
        self.location = ""
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ended?token=1"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        answers = self.server.answers
        self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing to see."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(params=[SQLITE, INNODB])
def importing(request: pytest.FixtureRequest, importing_of: ImportingOf) -> Importing:
    return importing_of(request.param, **LOCAL)


def settings(**more: Any) -> Settings:
    return Settings(**{**LOCAL, **more})


def ended(importing: Importing, url: str, headers: dict[str, str] = SECRET) -> dict[str, Any]:
    answer = importing.post(FILE, headers=headers, list_id="101", webhook=url)
    assert answer.status_code == 202, answer.text
    importing.run()
    return importing.job(answer.json()["id"])


def make_due(importing: Importing, **columns: Any) -> None:
    with writing(importing.wire.engine) as connection:
        connection.execute(update(leadmill_webhooks).values(due="2026-01-01 00:00:00", **columns))


def test_it_tells_of_the_end_and_is_signed(importing: Importing, receiver: Receiver) -> None:
    answer = importing.post(FILE, headers=SECRET, list_id="101", webhook=receiver.url)
    job = answer.json()
    assert job["webhook"] == {"url": receiver.url, "state": "waiting", "attempts": 0, "next_attempt": None, "error": None}
    assert "webhook" not in job["options"]
    assert deliver_due(importing.wire.engine, settings()) == 0, "it has not ended"
    importing.run()
    assert deliver_due(importing.wire.engine, settings()) == 1
    assert deliver_due(importing.wire.engine, settings()) == 0
    ((path, headers, body),) = receiver.got
    assert path == "/ended?token=1"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + b64encode(hmac.digest(b"hush", signed, "sha256")).decode()
    told = orjson.loads(body)
    assert (told["type"], told["data"]["id"], told["data"]["state"]) == ("job.ended", job["id"], "done_with_refusals")
    assert (told["data"]["counters"]["received"], told["data"]["counters"]["added"], told["data"]["counters"]["refused"]) == (2, 1, 1)
    hook = importing.job(job["id"])["webhook"]
    assert (hook["state"], hook["attempts"], hook["error"]) == ("delivered", 1, None)
    with reading(importing.wire.engine) as connection:
        assert connection.scalar(select(leadmill_webhooks.c.secret)) is None


def test_a_receiver_that_fails_is_called_again_later(importing: Importing, receiver: Receiver) -> None:
    receiver.answers = [500, 503, 204]
    job = ended(importing, receiver.url)
    deliver_due(importing.wire.engine, settings())
    hook = importing.job(job["id"])["webhook"]
    assert (hook["state"], hook["attempts"], hook["error"]) == ("waiting", 1, "answered 500")
    wait = datetime.fromisoformat(hook["next_attempt"]) - datetime.now(UTC)
    assert timedelta(seconds=0.8 * PAUSES[0] - 60) < wait < timedelta(seconds=1.2 * PAUSES[0])
    if deliver_due(importing.wire.engine, settings()) == 0:
        make_due(importing)
        deliver_due(importing.wire.engine, settings())
    make_due(importing)
    deliver_due(importing.wire.engine, settings())
    assert importing.job(job["id"])["webhook"]["state"] == "delivered"
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1, "so that it can tell a repetition"


def test_it_is_given_up_after_the_last_pause(importing: Importing, receiver: Receiver) -> None:
    receiver.answers = [500]
    job = ended(importing, receiver.url)
    make_due(importing, attempts=len(PAUSES))
    deliver_due(importing.wire.engine, settings())
    hook = importing.job(job["id"])["webhook"]
    assert (hook["state"], hook["attempts"], hook["next_attempt"]) == ("failed", len(PAUSES) + 1, None)
    make_due(importing)
    assert deliver_due(importing.wire.engine, settings()) == 0


def test_a_receiver_that_is_gone_is_not_called_again(importing: Importing, receiver: Receiver) -> None:
    receiver.answers = [410]
    job = ended(importing, receiver.url)
    deliver_due(importing.wire.engine, settings())
    assert importing.job(job["id"])["webhook"]["state"] == "failed"


def test_redirects_are_not_followed(importing: Importing, receiver: Receiver) -> None:
    receiver.answers, receiver.location = [307], f"http://127.0.0.1:{receiver.server_port}/elsewhere"
    job = ended(importing, receiver.url)
    deliver_due(importing.wire.engine, settings())
    assert [path for path, _, _ in receiver.got] == ["/ended?token=1"]
    assert importing.job(job["id"])["webhook"]["error"] == "answered 307; redirects are not followed"


def test_a_worker_that_dies_in_a_call_is_followed(importing: Importing, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ended(importing, receiver.url)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "post", cut_off)
        with pytest.raises(KeyboardInterrupt):
            deliver_due(importing.wire.engine, settings())
    assert deliver_due(importing.wire.engine, settings()) == 0, "the other may still be at it"
    make_due(importing)
    assert deliver_due(importing.wire.engine, settings()) == 1
    assert importing.job(job["id"])["webhook"] == {
        **{"url": receiver.url, "state": "delivered", "attempts": 2, "next_attempt": None, "error": None}
    }


def test_of_two_workers_one_calls(importing: Importing, receiver: Receiver) -> None:
    ended(importing, receiver.url)
    workers = [threading.Thread(target=deliver_due, args=(importing.wire.engine, settings())) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(receiver.got) == 1


def test_a_job_of_requests_has_one_too(importing: Importing, receiver: Receiver) -> None:
    requests = [{"function": "add_lead", "phone_number": "7275551212", "list_id": 101}]
    answer = importing.wire.request("POST", "/v1/requests", params={"webhook": receiver.url}, json=requests, headers=SECRET, auth=SIGNED_IN)
    assert answer.status_code == 202, answer.text
    importing.run_all()
    deliver_due(importing.wire.engine, settings())
    ((_, _, body),) = receiver.got
    assert orjson.loads(body)["data"]["job"] == answer.headers["location"]


@pytest.mark.parametrize(("step", "deleted"), [("undo", 1), ("retry", 0)])
def test_a_job_that_goes_back_to_another_has_one_too(importing: Importing, receiver: Receiver, step: str, deleted: int) -> None:
    file = FILE if step == "undo" else "phone\n7275551212\n"
    job = importing.post(file, list_id="101").json()
    if step == "retry":
        importing.steer(job, "cancel")
    importing.run()
    path, hook = f"/v1/imports/{job['id']}/{step}", {"webhook": receiver.url}
    answer = importing.wire.request("POST", path, params=hook, headers=SECRET, auth=SIGNED_IN)
    assert (answer.status_code, answer.json()["webhook"]["state"]) == (202, "waiting"), answer.text
    importing.run_all()
    deliver_due(importing.wire.engine, settings())
    ((_, _, body),) = receiver.got
    told = orjson.loads(body)["data"]
    assert (told["id"], told["state"], told["counters"].get("deleted", 0)) == (answer.json()["id"], "done", deleted)


def test_a_step_with_a_webhook_that_cannot_be_used_is_not_taken(importing_of: ImportingOf) -> None:
    importing = importing_of()
    job = importing.loaded(FILE, list_id="101")
    answer = importing.wire.request("POST", f"/v1/imports/{job['id']}/undo", params={"webhook": "ftp://x"}, headers=SECRET, auth=SIGNED_IN)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-webhook")
    assert importing.job(job["id"])["undone_by"] is None


def test_the_secret_of_the_settings(importing_of: ImportingOf, receiver: Receiver) -> None:
    importing = importing_of(**LOCAL, webhook_secret="whsec_aHVzaA==")
    ended(importing, receiver.url, headers={})
    deliver_due(importing.wire.engine, settings(webhook_secret="whsec_aHVzaA=="))
    ((_, headers, body),) = receiver.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + b64encode(hmac.digest(b"hush", signed, "sha256")).decode()


@pytest.mark.parametrize(
    ("url", "headers", "code"),
    [
        ("ftp://example.com/", SECRET, "bad-webhook"),
        ("file:///etc/passwd", SECRET, "bad-webhook"),
        ("gopher://example.com", SECRET, "bad-webhook"),
        ("example.com/hook", SECRET, "bad-webhook"),
        ("http://", SECRET, "bad-webhook"),
        ("http://exa mple.com/", SECRET, "bad-webhook"),
        ("http://user:pass@example.com/", SECRET, "bad-webhook"),
        ("http://169.254.169.254/latest/meta-data", SECRET, "bad-webhook"),
        ("http://0177.0.0.1/", SECRET, "bad-webhook"),
        ("http://[::1]/", SECRET, "bad-webhook"),
        ("http://[::ffff:10.0.0.1]:8080/", SECRET, "bad-webhook"),
        ("https://example.com/" + "x" * 2000, SECRET, "bad-webhook"),
        ("https://example.com/", {"Webhook-Secret": "whsec_***"}, "bad-webhook"),
        ("https://example.com/", {}, "webhook-without-secret"),
    ],
)
def test_what_is_refused_at_once(importing_of: ImportingOf, url: str, headers: dict[str, str], code: str) -> None:
    importing = importing_of()
    answer = importing.post(FILE, headers=headers, list_id="101", webhook=url)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert importing.get("").json()["imports"] == []


class TestWhereItGoes:
    """Names are looked up once, all their addresses checked, and only these connected to."""

    @pytest.fixture
    def connected(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The addresses that were connected to."""
        found: list[str] = []

        def connect(_self: object, host: str, *_: object) -> httpcore.NetworkStream:
            found.append(host)
            return httpcore.MockStream([b"HTTP/1.1 204 No Content\r\n\r\n"])

        monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
        return found

    @staticmethod
    def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        """What the name server says, one answer a question."""
        left = list(answers)

        def look_up(_host: str, port: int, **_: object) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    def test_to_the_address_that_was_checked(self, connected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.names(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
        assert post("http://rebinding.example/", {}, b"", ()) == 204
        assert connected == ["93.184.216.34"], "not to the name, which may mean another now"

    @pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["2002:7f00:1::"], []])
    def test_not_if_any_address_is_not_public(self, connected: list[str], monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
        self.names(monkeypatch, addresses)
        with pytest.raises(NotAllowed):
            post("http://inside.example/", {}, b"", ())
        assert connected == []

    @pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0"])
    def test_not_to_this_machine_however_it_is_written(self, connected: list[str], host: str) -> None:
        with pytest.raises((NotAllowed, httpcore.ConnectError)):
            post(f"http://{host}/", {}, b"", ())
        assert connected == []

    def test_no_proxy_of_the_environment(self, connected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://10.0.0.1:3128")
        monkeypatch.setenv("http_proxy", "http://10.0.0.1:3128")
        self.names(monkeypatch, ["93.184.216.34"])
        post("http://public.example/", {}, b"", ())
        assert connected == ["93.184.216.34"]

    def test_the_job_tells_no_address(self, importing_of: ImportingOf, connected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        importing = importing_of()
        job = ended(importing, "https://inside.example/")
        self.names(monkeypatch, ["10.9.8.7"])
        deliver_due(importing.wire.engine, Settings())
        hook = importing.job(job["id"])["webhook"]
        assert (hook["state"], hook["error"]) == ("failed", webhooks.NOT_PUBLIC)
        assert connected == []


def test_a_receiver_that_dawdles_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "WHOLE_BOUND", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def dawdle() -> None:
            taken, _ = server.accept()
            with taken:
                while not stop.wait(0.05):
                    try:
                        taken.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=dawdle)
        thread.start()
        row = {"id": "1", "finished": "x", "secret": "s", "url": f"http://127.0.0.1:{server.getsockname()[1]}/"}
        error, final = webhooks.attempt(row, b"", settings())
        stop.set()
        thread.join()
    assert error
    assert not final


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    row = {"id": "1", "finished": "x", "secret": "s", "url": f"http://127.0.0.1:{port}/"}
    assert webhooks.attempt(row, b"", settings()) == ("no connection: ConnectError", False)


def test_an_import_that_goes_on_tells_of_its_new_end(importing_of: ImportingOf, receiver: Receiver) -> None:
    importing = importing_of(**LOCAL)
    key = {**SECRET, "Idempotency-Key": "k1"}
    job = ended(importing, receiver.url, headers=key)
    with writing(importing.wire.engine) as connection:
        connection.exec_driver_sql("UPDATE leadmill_jobs SET state = 'interrupted'")
    deliver_due(importing.wire.engine, settings())
    assert importing.post(FILE, headers=key, list_id="101", webhook=receiver.url).json()["id"] == job["id"]
    importing.run()
    assert deliver_due(importing.wire.engine, settings()) == 1
    assert [orjson.loads(body)["data"]["state"] for _, _, body in receiver.got] == ["interrupted", "done_with_refusals"]
