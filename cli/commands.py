"""The command line: every command."""

from collections.abc import Callable

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from cli.dead_letters import dead_letters
from cli.doctor import doctor
from cli.errors import CommandError
from cli.import_leads import EXAMPLES, import_leads
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
    "job": jobs,
    "dead-letters": dead_letters,
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


def run() -> int:
    """Run the command that the arguments name; its exit code. Raises CommandError when they name none."""
    try:
        code = get_command(command_line())(prog_name="./leadmill", standalone_mode=False)
    except TyperException as error:
        if not error.format_message():  # no arguments at all: the help was shown
            return error.exit_code
        line = f"{error.format_message().rstrip('.')}; ./leadmill COMMAND --help shows how it is used"
        raise CommandError(line, code=error.exit_code) from error
    except typer.Abort as error:
        raise CommandError("given up", code=130) from error
    return code if isinstance(code, int) else 0


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
        app.command(name, epilog=EXAMPLES if command is import_leads else None)(command)
    return app
