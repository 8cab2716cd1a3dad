"""The options of an import as `./leadmill import` takes them."""

import json
from typing import Annotated

import typer

from cli.errors import CommandError

OnDuplicate = Annotated[
    str | None, typer.Option(metavar="refuse|update|skip", help="What becomes of duplicates: update the lead found, or skip the row.")
]
Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="COLUMN=FIELD", help="Field of a column; COLUMN= leaves it out. May be repeated.")
]
Defaults = Annotated[
    list[str] | None, typer.Option("--default", metavar="FIELD=VALUE", help="Value for cells that are empty or not there. May be repeated.")
]
Dates = Annotated[str | None, typer.Option(metavar="mdy|dmy|ymd", help="How dates such as 1/2/80 are read. (default: mdy)")]
Sheet = Annotated[str | None, typer.Option(metavar="NAME", help="Sheet of a workbook.")]
Template = Annotated[str | None, typer.Option(metavar="NAME", help="Options kept on the server under this name.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and report every row, store nothing.")]
MaxErrors = Annotated[str | None, typer.Option(metavar="N|P%", help="Rows, or a share of them, that may be refused before it ends.")]


def pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """NAME=VALUE texts as names and values. Raises CommandError for one without `=`."""
    wrong = [pair for pair in given or [] if "=" not in pair]
    if wrong:
        raise CommandError(f"{option} {wrong[0]}: write it as NAME=VALUE")
    return {name: value for name, _, value in (pair.partition("=") for pair in given or [])}


def mapping(given: list[str] | None) -> str:
    """The option `mapping` of an import; the field is what follows the last `=`, since columns may have any name."""
    wrong = [pair for pair in given or [] if "=" not in pair]
    if wrong:
        raise CommandError(f"--map {wrong[0]}: write it as COLUMN=FIELD, or COLUMN= to leave the column out")
    told = {column: field or None for column, _, field in (pair.rpartition("=") for pair in given or [])}
    return json.dumps(told) if told else ""


def defaults(given: list[str] | None) -> str:
    """The option `defaults` of an import."""
    told = pairs("--default", given)
    return json.dumps(told) if told else ""
