"""docs/reply-coverage.md is what the code and the records say now, and it has no gaps."""

import re

from tests.conformance.recorded import DATA, cases_of
from tests.replies.lines import table
from tests.replies.more import more_cases
from tests.replies.page import PAGE, coverage, page


def test_every_reply_is_shown_or_cannot_occur() -> None:
    assert coverage().gaps == []


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text() == page(), "make it anew: make reply-coverage"


def test_the_reasons_name_replies_and_conversations_that_there_are() -> None:
    documented, reasons = table("documented"), table("not_said")
    assert all(text in documented[function] for function, some in reasons.items() for text in some)
    there = {case.id for path in (DATA / "cases").glob("*.yaml") for case in cases_of(path.stem)} | {case.name for case in more_cases()}
    named = {name for some in reasons.values() for reason in some.values() for name in re.findall(r"\w+/[\w-]+", reason)}
    assert named <= there
