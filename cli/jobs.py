"""./leadmill jobs: what became of imports and of requests, and steering them."""

import sys
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.credentials import find_credentials
from cli.ctrl_c import CtrlC
from cli.errors import CommandError
from cli.following import follow_job
from cli.import_progress import outcome_table, refused, taken
from cli.options import load_settings
from cli.server import Address, Job, Server, local_address, path_of
from cli.webhook import Webhook, secret_header

COLUMNS = ("Job", "What", "State", "List", "Rows", "Done", "Refused", "Began")
WHOLE = ("Job", "What", "Refused", "Began")

User = Annotated[str | None, typer.Option(help="User to sign in as. (default: LEADMILL_USER)")]
PasswordFile = Annotated[Path | None, typer.Option(help="File whose first line is the password. (default: LEADMILL_PASSWORD)")]


class Step(StrEnum):
    """What can be done to a job."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    UNDO = "undo"


MAKE_A_JOB = (Step.RETRY, Step.UNDO)
KINDS = ("imports", "requests", "jobs")


def jobs(
    job_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One job; all of them, newest first, when absent.")] = None,
    step: Annotated[Step | None, typer.Argument(metavar="[STEP]", help="cancel, pause, resume, retry or undo.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until the job has ended, with a progress bar.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Undo without asking.")] = False,
    webhook: Webhook = None,
    server: Address = None,
    user: User = None,
    password_file: PasswordFile = None,
) -> None:
    """List the jobs, show one, or steer it. `job` is the same command.

    [bold]cancel[/bold] stops a job, what was done stays. [bold]pause[/bold] holds it until [bold]resume[/bold]. Once it has ended,

    [bold]retry[/bold] makes a new job of the rows or requests that failed and may be taken this time,

    [bold]undo[/bold] makes one that deletes the leads which an import added and nobody has touched since.

    Examples:

      ./leadmill jobs --server http://dialer.example:8080 --user 6666

      ./leadmill job ID --watch

      ./leadmill job ID undo --watch
    """
    there = sign_in(server, user, password_file)
    if job_id is None:
        show_list([*there.get("/v1/imports")["imports"], *there.get("/v1/requests")["requests"]])
        return
    job = find_job(there, job_id)
    if step is not None:
        job = take_step(there, job, step, webhook, yes=yes)
    if "counters" not in job:
        show_request(job)
        return
    if watch:
        with CtrlC() as ctrl_c:
            job = follow_job(there, job, ctrl_c)
    show_job(job)


def take_step(server: Server, job: Job, step: Step, webhook: str | None, *, yes: bool) -> Job:
    """The job after the step, or the new one that it made. Raises CommandError."""
    if "results" not in job:
        raise CommandError(f"{job['id']} is a single request; it cannot be steered")
    if webhook and step not in MAKE_A_JOB:
        raise CommandError(f"--webhook goes with {' and '.join(MAKE_A_JOB)}, which make a new job")
    if step is Step.UNDO and not yes and sys.stdin.isatty():
        typer.confirm(f"Delete the leads that import {job['id']} added and nobody has touched since?", abort=True)
    new: Job = server.post(f"{path_of(job)}/{step}", query={"webhook": webhook} if webhook else {}, headers=secret_header(webhook))
    if step in MAKE_A_JOB:
        print(f"{step} of {job['id']}:")
    return new


def sign_in(address: str | None, user: str | None, password_file: Path | None) -> Server:
    """The server that was named, else the one on this machine, with the user to be there."""
    settings = load_settings()
    address = (address or local_address(settings)).rstrip("/")
    return Server(address, find_credentials(settings, address, user, password_file))


def find_job(server: Server, job_id: str) -> Job:
    """A job of this id: an import, many requests, or a single one. Raises CommandError when there is none."""
    for kind in KINDS:
        job: Job | None = server.find(f"/v1/{kind}/{job_id}")
        if job is not None:
            return job
    raise CommandError(f"there is no job {job_id} of user {server.user}, or it is too old; ./leadmill jobs lists them")


def show_list(listed: Sequence[Job]) -> None:
    """A line for each job, newest first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in COLUMNS:
        right = column in ("Rows", "Done", "Refused")
        table.add_column(
            column,
            no_wrap=column in WHOLE,
            min_width=9 if column == "State" else None,
            justify="right" if right else "left",
        )
    for job in sorted(listed, key=lambda job: str(job["created"]), reverse=True):
        counters = job["counters"]
        numbers = (f"{number:,}" for number in (counters["received"], taken(counters), refused(counters)))
        words = (job["id"], what(job), job["state"].replace("_", " "), job.get("list_id", ""), *numbers, began(job))
        table.add_row(*map(Text, words))
    # Not on a terminal each job keeps one line, so that it can be searched for.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(table if table.row_count else "No jobs yet. Start one with: ./leadmill import FILE --list 101")


def what(job: Job) -> str:
    """What a job does, in a word."""
    if "functions" in job:
        return "requests"
    return "retry" if job["source"] and job["kind"] == "import" else str(job["kind"])


def began(job: Job) -> str:
    """When its first row was loaded, in this machine's time."""
    return f"{datetime.fromisoformat(job['started']).astimezone():%m-%d %H:%M}" if job.get("started") else ""


def show_job(job: Job) -> None:
    """State and counters of a job."""
    console = Console(highlight=False)
    console.print(f"{what(job).capitalize()} {job['id']}: {job['state'].replace('_', ' ')}", markup=False)
    console.print(outcome_table(job["counters"]))


def show_request(job: Job) -> None:
    """State and reply of a queued request."""
    print(f"{job.get('function', 'request')} {job['id']}: {job['state']}")
    reply = job.get("reply")
    if reply:
        print("\n".join(reply) if isinstance(reply, list) else reply)
