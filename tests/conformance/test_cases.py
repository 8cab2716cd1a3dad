"""The recorded conversations, replayed over real HTTP, worker, Redis and database. `make conformance` prints the table."""

import datetime as dt

import pytest

from tests.conformance.recorded import Case, cases_of
from tests.conformance.replay import comparable, differences, summer
from tests.conformance.replayed import REPLAYED, WAITING, replayed_cases
from tests.conftest import Replay
from tests.databases import KINDS

CASES = [pytest.param(kind, case, id=f"{case.id}[{kind}]") for kind in KINDS for case in replayed_cases()]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_case(kind: str, case: Case, replay: Replay) -> None:
    if case.winter_only and summer(dt.datetime.now(dt.UTC)):
        pytest.skip("holds only while US zones are on standard time")
    wanted = case.outcome
    differs = differences(comparable(replay(kind, case), wanted, case), wanted)
    if differs:
        pytest.fail(f"{case.id} on {kind}: {case.recorded['note']}\n{differs}", pytrace=False)


def test_waiting_cases_wait_for_functions_that_are_not_there() -> None:
    assert not set(WAITING.values()) & set(REPLAYED)
    known = {case.id: case for function in REPLAYED for case in cases_of(function)}
    assert all(WAITING[name] in [asked.get("function") for asked in known[name].requests] for name in WAITING)
