"""Options that several commands share, and the settings they lead to."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli import astguiclient
from cli.errors import CommandError
from settings import Settings

Astguiclient = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Take the database's address, and the folder of web pages, from a dialer's own file, usually /etc/astguiclient.conf.",
    ),
]


def load_settings(conf: Path | None = None, **given: Any) -> Settings:
    """The environment's settings, changed by what the command line gives; an option that was not given (None) changes nothing.

    Raises CommandError, in one line, when a value is not valid.
    """
    changes = {name: value for name, value in given.items() if value is not None}
    if conf is not None:
        changes |= astguiclient.dialer_settings(conf)
    try:
        return Settings(**changes)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"LEADMILL_{'_'.join(map(str, first['loc'])).upper()}"
        reason = first["msg"][0].lower() + first["msg"][1:]
        raise CommandError(f"{name} is {first['input']!r}: {reason}; docs/settings.md says what it means") from error
    except ValueError as error:  # a file that holds a setting
        raise CommandError(str(error)) from error
