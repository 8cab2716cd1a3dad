"""Traces for a command that runs a process: the extra that they need is looked for only where they are wanted."""

from typing import TYPE_CHECKING

from cli.errors import CommandError
from settings import Settings

if TYPE_CHECKING:
    from db.tracing import Tracing


def tracing_of(settings: Settings, process: str) -> "Tracing | None":
    """The spans of this process, if LEADMILL_TRACES is on. Raises CommandError when the packages for it are missing."""
    if not settings.traces:
        return None
    try:
        from db.tracing import Tracing, exporting
    except ModuleNotFoundError as error:
        remedy = "install them into .venv (pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http) or unset LEADMILL_TRACES"
        raise CommandError(f"LEADMILL_TRACES needs packages that are not installed ({error.name}); {remedy}") from error
    return Tracing(exporting(process))
