"""Ctrl-C while a job is watched: wherever it comes, it is asked about."""

import signal
import sys
from typing import Any

import pytest

from cli.ctrl_c import CtrlC
from cli.following import follow_job
from cli.import_progress import ImportProgress

JOB = {"id": "1", "results": "/v1/imports/1/results", "state": "running", "finished": None, "counters": {}}


class Jobs:
    """A server whose job goes on until it has been cancelled; `during` is called in the middle of each look."""

    def __init__(self, during: Any = lambda: None) -> None:
        self.during = during
        self.cancelled = False

    def get(self, _path: str) -> dict[str, Any]:
        """The job."""
        self.during()
        return {**JOB, "finished": "now" if self.cancelled else None}

    def post(self, path: str, **_: object) -> dict[str, Any]:
        """Cancel it."""
        self.cancelled = path == "/v1/imports/1/cancel"
        return JOB


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is typed at the questions, in turn; whatever is left of it was not asked for."""
    answers: list[str] = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _question: answers.pop(0))
    return answers


def press() -> None:
    """Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def follow(jobs: Jobs) -> Any:
    with CtrlC() as ctrl_c:
        press()
        return follow_job(jobs, JOB, ctrl_c)  # type: ignore[arg-type]


def test_while_the_bar_comes_back(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImportProgress, "go_on", lambda _self: press())
    typed += ["", "l"]
    assert follow(Jobs())["finished"] is None
    assert typed == []


def test_in_the_middle_of_a_look(typed: list[str]) -> None:
    looks = iter([press])
    typed += ["", "c"]
    jobs = Jobs(during=lambda: next(looks, lambda: None)())
    assert follow(jobs)["finished"]
    assert (typed, jobs.cancelled) == ([], True)


def test_twice_leaves_a_server_that_does_not_answer(typed: list[str]) -> None:
    def hang() -> None:
        press()
        press()

    typed += [""]
    assert follow(Jobs(during=hang))["finished"] is None


def test_at_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _question: press())
    assert follow(Jobs())["finished"] is None


def test_nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert follow(Jobs())["finished"] is None


def test_at_the_very_end(typed: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt), CtrlC():
        press()
