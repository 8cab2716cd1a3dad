"""The command line: every command."""

from collections.abc import Callable

import typer

from cli.doctor import doctor
from cli.import_leads import import_leads
from cli.jobs import jobs
from cli.load_schema import load_schema
from cli.serve import serve
from cli.settings_table import settings
from cli.up import up
from cli.worker import worker

# In the order that --help shows.
COMMANDS: dict[str, Callable[..., None]] = {
    "up": up,
    "serve": serve,
    "worker": worker,
    "import": import_leads,
    "jobs": jobs,
    "load-schema": load_schema,
    "doctor": doctor,
    "settings": settings,
}

HELP = """Answers the VICIdial Non-Agent API, with a queue, jobs and imports of any size behind it.

[bold]Try it[/bold], with nothing installed but Python:

  ./leadmill up

[bold]On a dialer[/bold], with its own database and a Redis:

  export LEADMILL_REDIS_URL=redis://127.0.0.1:6379/0

  ./leadmill load-schema --astguiclient /etc/astguiclient.conf

  ./leadmill doctor --astguiclient /etc/astguiclient.conf

  ./leadmill up --astguiclient /etc/astguiclient.conf
"""


def command_line() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        help=HELP,
        rich_markup_mode="rich",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    for name, command in COMMANDS.items():
        app.command(name)(command)
    return app
