"""One form of log line for everything a process says, ours and its libraries'."""

import logging
import sys

import structlog
from celery.exceptions import Reject


def configure_log(process: str) -> None:
    """Send every log line of this process to stderr: time, level, process, logger, event, values."""

    def name_process(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["process"] = process
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S.%f", utc=False),
        name_process,
    ]
    render = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    for chatty in ("celery.app.trace", "celery.worker.strategy"):  # a line a task, with the replies: names and phone numbers
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
