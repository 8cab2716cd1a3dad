"""How far an import is: the bar while it runs, the table at its end."""

from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from cli.server import Job

# Counter, and what it means in the table at the end.
OUTCOMES = {
    "added": "added",
    "updated": "updated: the lead was there and has been changed",
    "duplicates": "not added: a duplicate",
    "dnc": "not added: on a do-not-call list",
    "refused": "not added: refused",
    "failed": "not added: failed, can be tried again",
}
OF_UNDO = {
    "deleted": "deleted",
    "refused": "kept: called, changed or deleted since",
    "failed": "failed, can be tried again",
}
OF_REQUESTS = {"done": "done", "refused": "answered with an error", "failed": "failed"}
WHAT = {"deleted": "leads", "done": "requests"}
NOT_ADDED = ("duplicates", "dnc", "refused", "failed")


def outcomes(counters: Mapping[str, int]) -> Mapping[str, str]:
    """The counters that tell what became of the rows, with what they mean; the first is that of those with which all is well."""
    return OF_UNDO if "deleted" in counters else OF_REQUESTS if "done" in counters else OUTCOMES


def taken(counters: Mapping[str, int]) -> int:
    """How many rows were taken: added or updated, requests done, leads deleted."""
    return sum(counters.get(name, 0) for name in ("added", "updated", "done", "deleted"))


def settled(counters: Mapping[str, int]) -> int:
    """How many rows have their outcome."""
    return sum(counters.get(name, 0) for name in outcomes(counters))


def refused(counters: Mapping[str, int]) -> int:
    """How many rows were not taken."""
    return sum(counters.get(name, 0) for name in NOT_ADDED)


class ImportProgress:
    """A bar on stderr; nothing when that is no terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[rows]:,} rows, {task.fields[taken]:,} {task.fields[verb]}, {task.fields[refused]:,} refused"),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[left]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task: TaskID = self._bar.add_task("sending", total=None, rows=0, taken=0, verb="added", refused=0, rate="", left="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def show_sending(self, rows_expected: int | None, job: Job | None) -> None:
        """What has become of the rows by now, when that is known."""
        if job is not None:
            self._bar.update(self._task, completed=settled(job["counters"]), total=rows_expected)
            self._counters(job, rows_expected or 0)

    def show(self, job: Job) -> None:
        """Rows that have their outcome, of all that were received."""
        counters = job["counters"]
        self._bar.update(
            self._task, description=job["state"].replace("_", " "), completed=settled(counters), total=counters.get("received") or None
        )
        self._counters(job, counters.get("received", 0))

    def pause(self) -> None:
        """Take the bar away, for a question."""
        self._bar.stop()

    def go_on(self) -> None:
        """Show it again."""
        self._bar.start()

    def _counters(self, job: Job, expected: int) -> None:
        counters = job["counters"]
        rate = job.get("rate")
        self._bar.update(
            self._task,
            rows=counters.get("received", 0),
            taken=taken(counters),
            verb=next(iter(outcomes(counters))),
            refused=refused(counters),
            rate=f"{rate:,.0f}/s" if rate else "",
            left=time_left(job, expected),
        )


def time_left(job: Job, expected: int) -> str:
    """How long the rows that are expected will take by the server's pace, which leaves pauses out; "" if nobody can tell."""
    if not expected or not job.get("rate") or job["state"] not in ("receiving", "running"):
        return ""
    return f"{timedelta(seconds=max(0, round((expected - settled(job['counters'])) / job['rate'])))} left"


def outcome_table(counters: Mapping[str, int]) -> Table:
    """What became of the rows."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", style="bold")
    table.add_column()
    table.add_row(f"{counters.get('received', 0):,}", f"{WHAT.get(next(iter(outcomes(counters))), 'rows')} received")
    for name, meaning in outcomes(counters).items():
        if counters.get(name):
            table.add_row(f"{counters[name]:,}", meaning)
    if counters.get("waiting"):
        table.add_row(f"{counters['waiting']:,}", "waiting")
    return table
