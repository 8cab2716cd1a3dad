"""/metrics and the log of a whole system: an API and a worker on real Redis."""

import json
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from protocol.figures import FIGURES_KEY
from tests.conformance.recorded import fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import ON_RABBITMQ, SystemOf
from tests.databases import SQLITE
from tests.running import Leadmill
from tests.waiting import wait_until

ADD = {"user": "6666", "pass": "1234", "source": "test", "function": "add_lead", "phone_number": "6025550004", "list_id": "101"}
NAME, PHONE = "Zebulonia", "6025559876"


@pytest.fixture(scope="module")
def system(system_of: SystemOf) -> Iterator[Leadmill]:
    with system_of(SQLITE, metrics_token="sesame", log_requests=True) as running:
        DialerRows(str(running.settings["database_url"]), fixture_rows()).close()
        yield running


def scraped(system: Leadmill) -> dict[tuple[str, ...], float]:
    answer = httpx.get(f"{system.address}/metrics", headers={"Authorization": "Bearer sesame"}, trust_env=False)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_the_token_is_asked_for(system: Leadmill) -> None:
    for headers in ({}, {"Authorization": "Bearer sesam"}, {"Authorization": "Basic c2VzYW1l"}):
        answer = httpx.get(f"{system.address}/metrics", headers=headers, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-wrong")


def test_one_address_tells_of_api_and_workers(system: Leadmill, http: httpx.Client) -> None:
    before = scraped(system)
    for changed in ({}, {"phone_number": "1"}, {"function": "no_such\nfunction{x}"}, {"pass": "wrong"}):
        http.get(system.legacy_url, params=ADD | changed)
    http.get(f"{system.address}/v1/jobs/none", auth=("6666", "1234"))

    def grown() -> dict[tuple[str, ...], float]:
        now = scraped(system)
        return {key: value - before.get(key, 0) for key, value in now.items()}

    wait_until(lambda: grown().get(("leadmill_rows_total", "request")) == 2, "the worker has handed over what it counted", timeout=30)
    told = grown()
    assert told["leadmill_requests_total", "add_lead", "success"] == 1
    assert told["leadmill_requests_total", "add_lead", "error"] == 2
    assert told["leadmill_requests_total", "other", "error"] == 1
    assert told["leadmill_request_seconds_count", "add_lead"] == 3
    assert told["leadmill_batch_rows_sum", "request"] == 2
    assert told["leadmill_batch_seconds_count", "requests"] == 2
    assert told["leadmill_http_requests_total", "GET", "/v1/jobs/{job_id}", "404"] == 1


def test_how_things_stand_now_is_told(system: Leadmill) -> None:
    told = scraped(system)
    assert (told["leadmill_queue_up",], told["leadmill_database_up",], told["leadmill_workers", "requests"]) == (1, 1, 1)
    for gauge in ("leadmill_queue_messages", "leadmill_queue_age_seconds"):
        assert {queue for name, queue in (key for key in told if key[0] == gauge)} == {"requests", "imports", "maintenance"}
    assert (told["leadmill_dead_letters_waiting",], told["leadmill_imports_under_way",]) == (0, 0)
    assert told["leadmill_conflicts_total",] >= 0
    with system.redis() as client:
        assert client.ttl(FIGURES_KEY) > 0


@pytest.mark.skipif(ON_RABBITMQ, reason="RabbitMQ does not tell how old a message is")
def test_the_age_of_what_waits_grows(system_of: SystemOf, http: httpx.Client) -> None:
    with system_of(SQLITE, workers=["requests"], sync_wait=0, ready_age=0.5) as system:
        DialerRows(str(system.settings["database_url"]), fixture_rows()).close()
        system.workers[0].running.kill()
        system.workers[0].running.wait()
        http.get(system.legacy_url, params=ADD)
        answers = lambda: httpx.get(f"{system.address}/readyz", trust_env=False)  # noqa: E731
        late = wait_until(lambda: (a := answers()).json()["queue"] is False and a, "the request is late", timeout=30)
        assert (late.status_code, late.json()["broker"], late.json()["database"]) == (503, True, True)
        assert late.json()["queue_age"] >= 0.5
        system.start_worker("requests")
        wait_until(lambda: answers().status_code == 200, "the request is done", timeout=60)


def log_lines(system: Leadmill) -> list[dict[str, object]]:
    return [json.loads(line) for _, text in system.logs() for line in text.splitlines() if line]


def requests_logged(system: Leadmill) -> list[dict[str, object]]:
    return [line for line in log_lines(system) if line["event"] == "request"]


def test_log_lines_are_json_with_ids_and_without_personal_data(system: Leadmill, http: httpx.Client) -> None:
    sent = ADD | {"phone_number": PHONE, "first_name": NAME, "pass": "1234"}
    http.get(system.legacy_url, params=sent, headers={"X-Request-ID": "from-the-proxy.1"})
    http.get(system.legacy_url, params=sent | {"pass": "wr0ngpassword"}, headers={"X-Request-ID": "bad id{}"})
    wait_until(lambda: len(requests_logged(system)) == 2, "two lines")
    lines = requests_logged(system)
    assert str(lines[0].pop("job_id")).endswith("-0")
    assert lines[0] | {"function": "add_lead", "result": "success", "request_id": "from-the-proxy.1", "process": "api"} == lines[0]
    assert lines[1]["request_id"] != "bad id{}"
    text = "\n".join(said for _, said in system.logs())
    assert not [secret for secret in (PHONE, NAME, "wr0ngpassword") if secret in text]


def test_a_request_of_v1_is_told_its_id(system: Leadmill) -> None:
    given = httpx.get(f"{system.address}/healthz", headers={"X-Request-ID": "abc-1"}, trust_env=False)
    assert given.headers["x-request-id"] == "abc-1"
    assert httpx.get(f"{system.address}/healthz", trust_env=False).headers["x-request-id"]
