"""./leadmill settings: every setting, its value here, its default and its meaning."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.options import load_settings
from db.engine import safe_url
from settings import ROOT, Settings

MASK = "***"


SECRETS = ("password", "database_password", "redis_password", "webhook_secret", "metrics_token")
PAGE = """\
# Settings

Each is an environment variable, read once when a process starts. `./leadmill settings` shows their present values.
The value may stand in a file instead: `LEADMILL_DATABASE_PASSWORD_FILE=/run/secrets/database`, and so for each.
This page is written by `./leadmill settings --markdown`.

| Variable | Default | Meaning |
| --- | --- | --- |
"""


def settings(
    changed: Annotated[bool, typer.Option("--changed", help="Only those that differ from their default.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", hidden=True, help="Write docs/settings.md instead.")] = False,
) -> None:
    """List every setting with its value, its default and its meaning.

    A setting is an environment variable. Passwords are masked.

    Example:  LEADMILL_PORT=9000 ./leadmill settings --changed
    """
    if markdown:
        print(page(), end="")
        return
    present = load_settings()
    # Not on a terminal each setting keeps one line, so that it can be searched for.
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 400)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Variable", no_wrap=True)
    for column in ("Value", "Default", "Meaning"):
        table.add_column(column, overflow="fold")
    for name, field in Settings.model_fields.items():
        value = getattr(present, name)
        if not changed or value != field.default:
            table.add_row(variable(name), *map(Text, (shown(name, value), shown(name, field.default), field.description or "")))
    console.print(table)


def variable(name: str) -> str:
    """The environment variable that a setting is read from."""
    return f"LEADMILL_{name.upper()}"


def shown(name: str, value: Any) -> str:
    """A setting's value as text, without its password; a folder of Leadmill's own is relative to it."""
    if name in SECRETS and value:
        return MASK
    if name.endswith("_url") and value:
        return safe_url(value)
    if isinstance(value, Path) and value.is_relative_to(ROOT):
        return f"{value.relative_to(ROOT)}/"
    return str(value)


def page() -> str:
    """The text of docs/settings.md; a test holds the file against it."""
    return PAGE + "".join(row(name, field) for name, field in Settings.model_fields.items())


def row(name: str, field: FieldInfo) -> str:
    """One setting's row of that table."""
    default = shown(name, field.default)
    return f"| `{variable(name)}` | {f'`{default}`' if default else ''} | {field.description} |\n"
