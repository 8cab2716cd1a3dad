"""./leadmill import: a file of leads, as one job."""

import contextlib
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console

from cli.ctrl_c import CtrlC
from cli.errors import CommandError
from cli.following import follow_job, follow_upload
from cli.import_options import Dates, Defaults, DryRun, Map, MaxErrors, OnDuplicate, Sheet, Template, defaults, mapping, pairs
from cli.import_progress import outcome_table, refused
from cli.jobs import PasswordFile, User, sign_in
from cli.server import Address, Job, Server
from cli.upload import Upload
from cli.webhook import Webhook, secret_header

STDIN = "-"
# Exit codes; 0 means that every row was added.
SOME_REFUSED, FAILED = 1, 2
OUTCOMES = "duplicate,dnc,refused,failed"


EXAMPLES = """Examples:

  ./leadmill import leads.csv --list 101 --duplicates DUPSYS --dnc

  ./leadmill import crm.xlsx --list 101 --map Tel=phone_number --map Note= --dry-run

  ./leadmill import leads.csv --list 101 --duplicates DUPLIST --on-duplicate update

  ./leadmill import leads.csv --list 101 --default state=FL --set add_to_hopper=Y

  mysql -B -e "$QUERY" | ./leadmill import - --list 101 --refused refused.csv
"""

LeadFile = Annotated[str, typer.Argument(metavar="FILE", help="CSV, NDJSON, JSON or .xlsx, or gzip of it; - reads stdin.")]
List = Annotated[str | None, typer.Option("--list", metavar="ID", help="List of the leads; a column list_id overrides it.")]
PhoneCode = Annotated[str | None, typer.Option(metavar="CODE", help="Country code of the phones.")]
Duplicates = Annotated[str | None, typer.Option(metavar="CHECK", help="DUPLIST, DUPCAMP, DUPSYS, ... as in add_lead.")]
Dnc = Annotated[bool, typer.Option("--dnc", help="Refuse phones on the system's DNC list.")]
CampaignDnc = Annotated[str | None, typer.Option(metavar="CAMPAIGN", help="Refuse phones on this campaign's DNC list.")]
More = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any other option of an import; may be repeated.")]
RefusedFile = Annotated[Path | None, typer.Option("--refused", metavar="FILE", help="Where refused rows go. (default: FILE.refused.csv)")]
Key = Annotated[str | None, typer.Option(metavar="KEY", help="Go on with an upload that was broken off, which told its key.")]
Detach = Annotated[bool, typer.Option("--detach", help="Leave once the file is sent, and print the job's id.")]


def import_leads(
    file: LeadFile,
    list_id: List = None,
    phone_code: PhoneCode = None,
    duplicates: Duplicates = None,
    dnc: Dnc = False,
    campaign_dnc: CampaignDnc = None,
    on_duplicate: OnDuplicate = None,
    columns: Map = None,
    default: Defaults = None,
    dates: Dates = None,
    sheet: Sheet = None,
    template: Template = None,
    dry_run: DryRun = False,
    max_errors: MaxErrors = None,
    more: More = None,
    refused_file: RefusedFile = None,
    detach: Detach = False,
    webhook: Webhook = None,
    key: Key = None,
    server: Address = None,
    user: User = None,
    password_file: PasswordFile = None,
) -> None:
    """Import a file of leads of any size, with a progress bar; refused rows go into a file of their own.

    Exit code: 0 all rows added, 1 some refused, 2 failed.
    """
    options = {"list_id": list_id, "phone_code": phone_code, "duplicate_check": duplicates, "filename": file_name(file)}
    options |= {"on_duplicate": on_duplicate, "date_format": dates, "sheet": sheet, "template": template, "max_errors": max_errors}
    options |= {"webhook": webhook, "dry_run": "true" * dry_run, "dnc_check": "Y" * dnc}
    options |= {"campaign_dnc_check": "Y" * bool(campaign_dnc), "campaign_id": campaign_dnc}
    with ending_as_failed():
        options |= {"mapping": mapping(columns), "defaults": defaults(default)}
        query = {name: value for name, value in options.items() if value} | pairs("--set", more)
        there = sign_in(server, user, password_file)
        job = sent(there, file, query, key or uuid.uuid4().hex, follow=not detach)
        conclude(there, job, refused_file or default_refused(file))


@contextlib.contextmanager
def ending_as_failed() -> Iterator[None]:
    """Give every CommandError the exit code of an import that failed."""
    try:
        yield
    except CommandError as error:
        error.code = FAILED
        raise


def sent(server: Server, file: str, query: dict[str, str], key: str, *, follow: bool) -> Job:
    """The job that the file has become, at its end if it is to be followed."""
    with opened(file) as (source, size), CtrlC() as ctrl_c:
        job = follow_upload(server, Upload(server, source, size, query, key, secret_header(query.get("webhook"))), ctrl_c)
        return follow_job(server, job, ctrl_c) if follow else job


@contextlib.contextmanager
def opened(file: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The file and its size, if it has one. Raises CommandError when it cannot be read."""
    if file == STDIN:
        yield sys.stdin.buffer, None
        return
    path = Path(file)
    try:
        source = path.open("rb")
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}; give the path of a file of leads") from error
    with source:
        yield source, path.stat().st_size


def file_name(file: str) -> str:
    """What to call the file in the list of jobs."""
    return "stdin" if file == STDIN else Path(file).name


def default_refused(file: str) -> Path:
    """Where refused rows go: leads.csv and leads.csv.gz give leads.refused.csv, beside the file."""
    name = file_name(file)
    return Path(file).with_name(f"{name.partition('.')[0] or name}.refused.csv")


def conclude(server: Server, job: Job, refused_file: Path) -> None:
    """Print what became of the rows, fetch those refused, and end with the exit code that says it."""
    if not job["finished"]:
        print(f"Import {job['id']} goes on. To watch it: ./leadmill jobs {job['id']} --watch")
        return
    console = Console(highlight=False)
    tried = " (a dry run: nothing was stored)" if job["options"].get("dry_run") else ""
    console.print(f"Import {job['id']}: {job['state'].replace('_', ' ')}{tried}", markup=False, soft_wrap=True)
    console.print(outcome_table(job["counters"]))
    for warning in job.get("warnings") or ():
        console.print(f"Note: {warning}", markup=False, soft_wrap=True)
    not_taken = 0 if job["state"] == "done" else refused(job["counters"])
    if not_taken:
        fetch_refused(server, job, refused_file)
        console.print(
            f"{not_taken:,} rows that were not added are in {refused_file}, with the reason of each", markup=False, soft_wrap=True
        )
    if job["state"] not in ("done", "done_with_refusals"):
        raise CommandError(f"the import is {job['state']}{': ' + str(job['reason']) if job.get('reason') else ''}")
    if not_taken:
        raise typer.Exit(SOME_REFUSED)


def fetch_refused(server: Server, job: Job, file: Path) -> None:
    """Write the rows that were not added into a file."""
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as output:
            for piece in server.pieces(f"/v1/imports/{job['id']}/results", format="csv", outcome=OUTCOMES):
                output.write(piece)
        part.replace(file)
    except OSError as error:
        raise CommandError(f"cannot write {file}: {error.strerror}; give another with --refused") from error
