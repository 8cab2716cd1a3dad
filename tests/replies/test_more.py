"""Lines that no recording has, on the three databases: the words, and that a refusal changes nothing but the logs."""

import pytest

from tests.conftest import Replay
from tests.databases import KINDS
from tests.replies.more import LikeCase, more_cases

LOGS = {"vicidial_api_log", "vicidial_api_urls", "vicidial_urls", "vicidial_admin_log"}
CASES = [pytest.param(kind, case, id=f"{case.name}[{kind}]") for kind in KINDS for case in more_cases()]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_line(kind: str, case: LikeCase, replay: Replay) -> None:
    happened = replay(kind, case)
    assert happened.response == [case.other["response"]]
    assert happened.tables.keys() - LOGS == set(case.other.get("changes", ()))
    logged = [(row["result"], row["result_reason"]) for row in happened.tables["vicidial_api_log"]["added"]]
    said = [line.partition(": ")[::2] for line in case.other["response"].splitlines()]
    assert [(result, words[: len(reason)]) for (result, words), (_, reason) in zip(said, logged, strict=True)] == logged
