"""make conformance: replays every recorded case and prints how many of each function pass on each database."""

import sys
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.conformance.replayed import REPLAYED, faulty_cases, replayed_cases
from tests.databases import KINDS

HERE = Path(__file__).parent
PROCESSES = len(KINDS)
ARGUMENTS = ["-q", "--no-header", "-p", "no:cacheprovider", "-n", str(PROCESSES), "--dist", "loadgroup", "--max-worker-restart", "0"]


class Tally:
    """Counts the cases that passed, by function and kind of database; a plugin of the process that leads the others."""

    def __init__(self) -> None:
        self.passed: Counter[tuple[str, str]] = Counter()
        self.skipped: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one result. The name of a test ends in [FUNCTION/SLUG[KIND]]."""
        if "::test_case[" not in report.nodeid:
            return
        name = report.nodeid.split("::test_case[", 1)[1].split("@")[0]
        function, kind = name.split("/")[0], name.rstrip("]").rpartition("[")[2]
        if report.when == "call" and report.passed:
            self.passed[function, kind] += 1
        elif report.when in ("call", "setup") and report.skipped:
            self.skipped[kind] += 1


def main() -> int:
    """Exit code 0 when every case passed on every database."""
    tally = Tally()
    code = pytest.main([str(HERE / "test_cases.py"), *ARGUMENTS, *sys.argv[1:]], plugins=[tally])
    Console().print(table(tally))
    if any(tally.skipped.values()):
        Console().print("skipped:", ", ".join(f"{number} on {kind}" for kind, number in tally.skipped.items()))
    return int(code)


def table(tally: Tally) -> Table:
    """Function, passed on each database, total, and the cases in which the reference is wrong."""
    totals, faults = (Counter(case.id.split("/")[0] for case in cases) for cases in (replayed_cases(), faulty_cases()))
    made = Table("function", *KINDS, "total", "faults")
    for function in REPLAYED:
        passed = [str(tally.passed[function, kind]) for kind in KINDS]
        made.add_row(function, *passed, str(totals[function]), str(faults[function]))
    whole = [str(sum(tally.passed[function, kind] for function in REPLAYED)) for kind in KINDS]
    made.add_section()
    made.add_row("all", *whole, str(totals.total()), str(faults.total()))
    return made


if __name__ == "__main__":
    sys.exit(main())
