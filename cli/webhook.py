"""The option --webhook. Its secret, like a password, never comes from the command line."""

from typing import Annotated

import typer

from cli.options import load_settings

Webhook = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Tell this URL of the job's end, signed with LEADMILL_WEBHOOK_SECRET, else with the server's."),
]


def secret_header(webhook: str | None) -> dict[str, str]:
    """The header with the secret that a webhook is to be signed with; none where none is set here."""
    secret = load_settings().webhook_secret if webhook else ""
    return {"Webhook-Secret": secret} if secret else {}
