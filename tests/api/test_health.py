"""What load balancers and people see beside the API itself."""

from collections.abc import Callable
from pathlib import Path

from tests.api.wire import Wire

GOOD = {"database": True, "broker": True, "workers": True, "queue": True}


def test_the_process_lives(wire: Wire) -> None:
    assert wire.request("GET", "/healthz").json() == {"status": "ok"}


def test_all_is_ready(wire: Wire) -> None:
    answer = wire.request("GET", "/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, **GOOD, "queue_age": 0.2})


def test_what_is_missing_is_named(wire_of: Callable[..., Wire], tmp_path: Path) -> None:
    wire = wire_of(database_url=f"sqlite:///{tmp_path / 'gone' / 'dialer.sqlite3'}")
    wire.queue.down, wire.queue.workers = True, False
    answer = wire.request("GET", "/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, **dict.fromkeys(GOOD, False), "queue_age": None})


def test_workers_that_are_gone_or_stuck_are_told(wire_of: Callable[..., Wire]) -> None:
    wire = wire_of(ready_age=60)
    wire.queue.workers, wire.queue.age = False, 61.0
    answer = wire.request("GET", "/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, **GOOD, "workers": False, "queue": False, "queue_age": 61.0})


def test_an_unknown_path_is_a_problem_document(wire: Wire) -> None:
    answer = wire.request("GET", "/v1/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json() == {"type": "about:blank", "title": "Not Found", "status": 404, "code": "not-found"}


def test_the_api_describes_itself(wire: Wire) -> None:
    assert wire.request("GET", "/openapi.json").json()["info"]["title"] == "Leadmill"
