"""One form of log line for everything a process says, ours and its libraries': JSON for machines, text for a terminal.

By default no line holds what a caller sent: an exception is told by its kind, its number and its place, not by its text, for
databases and libraries quote values in it.
"""

import logging
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

import orjson
import structlog
from celery.exceptions import Reject
from structlog.typing import EventDict, Processor

from settings import Settings

Raised = tuple[type[BaseException], BaseException, TracebackType | None]

# A line a task, with the replies: names and phone numbers.
CHATTY = ("celery.app.trace", "celery.worker.strategy")


def configure_log(process: str, settings: Settings) -> None:
    """Send every log line of this process to stderr: time, level, process, logger, event, values, ids of request and job."""

    def name_process(_: object, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    as_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S.%f", utc=False)
        if as_text
        else structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        name_process,
        tell_exception(whole=settings.log_errors),
    ]
    render: Processor = structlog.processors.JSONRenderer(serializer=_json)
    if as_text:
        render = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(without_error_text if not settings.log_errors else lambda _: True)
    logging.captureWarnings(True)
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("celery.app.trace").addFilter(_without_traceback_of_rejects)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _without_traceback_of_rejects(record: logging.LogRecord) -> bool:
    """A message that goes back to its queue is no failure: one line will do."""
    if record.levelno == logging.WARNING and isinstance(record.exc_info, tuple) and record.exc_info[0] is Reject:
        record.exc_info = None
    return True


def tell_exception(*, whole: bool) -> Callable[[object, str, EventDict], EventDict]:
    """A processor that tells of an exception its traceback; with all texts, or with the kind and number of each error only."""

    def tell(_: object, __: str, event: EventDict) -> EventDict:
        raised = _raised(event.pop("exc_info", None))
        if raised is not None:
            event["exception"] = "".join(traceback.format_exception(*raised)) if whole else "".join(_without_texts(raised[1]))
        return event

    return tell


def without_error_text(record: logging.LogRecord) -> bool:
    """Of what Celery says of a failed task leave out the error's text: it stands in the line itself."""
    if isinstance(record.args, dict) and "exc" in record.args:
        record.args = {**record.args, "exc": "see below", "args": "", "kwargs": "", "traceback": ""}
    return True


def _raised(exc_info: Any) -> Raised | None:
    if isinstance(exc_info, BaseException):
        return type(exc_info), exc_info, exc_info.__traceback__
    if exc_info is True:
        exc_info = sys.exc_info()
    return exc_info if isinstance(exc_info, tuple) and exc_info[0] is not None else None


def _without_texts(error: BaseException) -> list[str]:
    """The traceback of an error and of those that led to it, the first one first, as Python prints it."""
    lines: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        own = ["Traceback (most recent call last):\n", *traceback.format_tb(link.__traceback__), f"{_named(link)}\n"]
        lines = [*own, *(["\nwhich led to:\n\n"] if lines else []), *lines]
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return lines


def _named(error: BaseException) -> str:
    """Kind of an error, with the number that databases give."""
    number = next((value for value in error.args[:1] if isinstance(value, int)), None)
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return name if number is None else f"{name} {number}"


def _json(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode(errors="replace")
