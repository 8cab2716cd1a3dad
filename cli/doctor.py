"""./leadmill doctor: looks at everything that Leadmill needs, and says how to mend it."""

import typer
from rich.console import Console
from rich.text import Text

from cli import valkey
from cli.checks.clock import check_clock
from cli.checks.database import check_database
from cli.checks.findings import Finding, Level, warning
from cli.checks.machine import check_machine
from cli.checks.queue import check_queue
from cli.options import Astguiclient, load_settings
from cli.running import running
from settings import Settings

STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.ERROR: "bold red"}


def doctor(astguiclient: Astguiclient = None) -> None:
    """Check Python, database, Redis, queues and clock, and say how to mend what is wrong.

    It changes nothing. The exit code is 1 when something is wrong that must be mended.

    Examples:

      ./leadmill doctor

      LEADMILL_REDIS_URL=redis://10.0.0.5:6379/0 ./leadmill doctor --astguiclient /etc/astguiclient.conf
    """
    settings = load_settings(astguiclient)
    found = check_machine(settings.data_dir)
    of_database, engine = check_database(settings)
    found += of_database
    found += check_queues(settings)
    if engine is not None:
        found.append(check_clock(settings, engine))
    show(found)
    if any(finding.level is Level.ERROR for finding in found):
        raise typer.Exit(1)


def check_queues(settings: Settings) -> list[Finding]:
    """The queue that was set, else the one of the Leadmill that runs here."""
    if "redis_url" in settings.model_fields_set:
        return check_queue(settings)
    if running(settings.data_dir) is None:
        return [warning("Redis", "LEADMILL_REDIS_URL is not set and no Leadmill runs here, so no queue was checked", "start ./leadmill up")]
    return check_queue(settings.model_copy(update={"redis_url": valkey.url_of(settings.data_dir / "valkey")}))


def show(found: list[Finding]) -> None:
    """Print each finding, and under it how to mend it."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for finding in found:
        console.print(Text.assemble((f"{finding.level:8}", STYLES[finding.level]), (f"{finding.subject:18}", "bold"), finding.state))
        if finding.mend:
            console.print(f"{'':8}{'':18}-> {finding.mend}")
    worst = {level: sum(finding.level is level for finding in found) for level in Level}
    console.print(f"{worst[Level.OK]} ok, {worst[Level.WARNING]} to look at, {worst[Level.ERROR]} to mend")
