"""Where the reference is wrong we do better: each faulty case is played too, against what better/<function>.yaml says of it."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.recorded import Case, expected
from tests.conformance.replay import comparable, differences
from tests.conformance.replayed import faulty_cases
from tests.conftest import Replay
from tests.databases import KINDS

CASES = [pytest.param(kind, case, id=f"{case.id}[{kind}]") for kind in KINDS for case in faulty_cases()]


@cache
def better() -> dict[str, Any]:
    """The outcome that each faulty case shall have."""
    files = [yaml.safe_load(path.read_text()) for path in (Path(__file__).parent / "better").glob("*.yaml")]
    return {name: outcome for file in files for name, outcome in file.items()}


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_better(kind: str, case: Case, replay: Replay) -> None:
    wanted = expected(better()[case.id])
    differs = differences(comparable(replay(kind, case), wanted, case), wanted)
    if differs:
        pytest.fail(f"{case.id} on {kind}: {case.recorded['better']}\n{differs}", pytrace=False)


def test_every_faulty_case_has_its_better_outcome_and_no_other_has() -> None:
    assert {case.id for case in faulty_cases()} == better().keys()
