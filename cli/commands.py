"""The command line: every command, in the order that --help shows."""

import typer

from cli.settings_table import settings

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
    app.command("settings")(settings)
    return app
