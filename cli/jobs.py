"""./leadmill jobs: what became of imports and of single requests."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.credentials import find_credentials
from cli.ctrl_c import CtrlC
from cli.errors import CommandError
from cli.following import follow_job
from cli.import_progress import outcome_table, refused
from cli.options import load_settings
from cli.server import Address, Job, Server, local_address

COLUMNS = ("Job", "State", "List", "Rows", "Added", "Refused", "Began")

User = Annotated[str | None, typer.Option(help="User to sign in as. (default: LEADMILL_USER)")]
PasswordFile = Annotated[Path | None, typer.Option(help="File whose first line is the password. (default: LEADMILL_PASSWORD)")]


def jobs(
    job_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One job; all imports, newest first, when absent.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until the job has ended, with a progress bar.")] = False,
    server: Address = None,
    user: User = None,
    password_file: PasswordFile = None,
) -> None:
    """List the imports, or show one job: an import, or a request that was answered QUEUED.

    Examples:

      ./leadmill jobs

      ./leadmill jobs ID --watch

      LEADMILL_USER=6666 ./leadmill jobs --server http://dialer.example:8080
    """
    there = sign_in(server, user, password_file)
    if job_id is None:
        show_list(there.get("/v1/imports"))
        return
    job = find_job(there, job_id)
    if "counters" not in job:
        show_request(job)
    elif watch:
        with CtrlC() as ctrl_c:
            job = follow_job(there, job, ctrl_c)
        show_import(job)
    else:
        show_import(job)


def sign_in(address: str | None, user: str | None, password_file: Path | None) -> Server:
    """The server that was named, else the one on this machine, with the user to be there."""
    settings = load_settings()
    address = (address or local_address(settings)).rstrip("/")
    return Server(address, find_credentials(settings, address, user, password_file))


def find_job(server: Server, job_id: str) -> Job:
    """An import of this id, else a request. Raises CommandError when there is neither."""
    for kind in ("imports", "jobs"):
        job: Job | None = server.find(f"/v1/{kind}/{job_id}")
        if job is not None:
            return job
    raise CommandError(f"there is no job {job_id} of user {server.user}, or it is too old; ./leadmill jobs lists the imports")


def show_list(answer: Any) -> None:
    """A line for each import."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in COLUMNS:
        right = column in ("Rows", "Added", "Refused")
        table.add_column(
            column, no_wrap=column in ("Job", "Began"), min_width=9 if column == "State" else None, justify="right" if right else "left"
        )
    for job in answer["imports"]:
        counters = job["counters"]
        numbers = (f"{number:,}" for number in (counters["received"], counters["added"] + counters["updated"], refused(counters)))
        table.add_row(*map(Text, (job["id"], job["state"].replace("_", " "), job["list_id"], *numbers, began(job))))
    console = Console(highlight=False)
    console.print(table if table.row_count else "No imports yet. Start one with: ./leadmill import FILE --list 101")


def began(job: Job) -> str:
    """When its first row was loaded, in this machine's time."""
    return f"{datetime.fromisoformat(job['started']).astimezone():%m-%d %H:%M}" if job.get("started") else ""


def show_import(job: Job) -> None:
    """State and counters of an import."""
    console = Console(highlight=False)
    console.print(f"Import {job['id']}: {job['state']}", markup=False)
    console.print(outcome_table(job["counters"]))


def show_request(job: Job) -> None:
    """State and reply of a queued request."""
    print(f"{job.get('function', 'request')} {job['id']}: {job['state']}")
    reply = job.get("reply")
    if reply:
        print("\n".join(reply) if isinstance(reply, list) else reply)
