"""./leadmill worker: one worker process."""

import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli import leash
from cli.errors import CommandError, short
from cli.garbage import look_for_garbage_seldom
from cli.logs import configure_log
from cli.options import Astguiclient, load_settings
from cli.traces import tracing_of
from protocol.messages import QUEUES

if TYPE_CHECKING:
    from celery import Celery

# Longer than a usual batch, for a worker answers between two.
ANSWER_BOUND = 5.0
BACKGROUND = 10
"""Niceness of a worker that no caller waits for: it gets a tenth of the processor where a request wants it too, else all."""


def worker(
    queues: Annotated[str, typer.Option(help="The queues it serves, separated by commas: requests, imports, maintenance.")],
    astguiclient: Astguiclient = None,
    check: Annotated[bool, typer.Option("--check", help="Ask such a worker on this machine whether it is well, and run none.")] = False,
    leash_fd: Annotated[int | None, typer.Option(hidden=True, help="Pipe whose end means: stop.")] = None,
) -> None:
    """Run one worker process, which does what the queues hold: one message at a time, of imports alone LEADMILL_IMPORT_THREADS.

    Start as many as there is work for. Give requests and imports a process each, so that an import never delays a caller:
    one without requests runs at niceness 10.
    Ends on SIGTERM or Ctrl-C, after the message under way.

    Examples:

      ./leadmill worker --queues requests

      ./leadmill worker --queues imports,maintenance

      ./leadmill worker --queues requests --check
    """
    from workers.celery import create_celery
    from workers.running import threads

    settings = load_settings(astguiclient)
    names = [name.strip() for name in queues.split(",")]
    unknown = [name for name in names if name not in QUEUES]
    if unknown:
        raise CommandError(f"there is no queue {unknown[0]!r}; the queues are {', '.join(QUEUES)}", code=2)
    if check:
        require_answer(create_celery(settings), names)
        return
    if leash_fd is not None:
        leash.follow(leash_fd)
    process = f"worker {queues}"
    configure_log(process, settings)
    count = threads(settings, names)
    app = create_celery(settings, tracing_of(settings, process), count)
    look_for_garbage_seldom()
    step_back(names)
    app.worker_main(["--quiet", "worker", *celery_options(names, count)])


def celery_options(queues: Sequence[str], threads: int) -> Sequence[str]:
    """What Celery's own command is told."""
    pool = ["--pool", "threads", "--concurrency", str(threads)] if threads > 1 else ["--pool", "solo"]
    # Two workers of one name would answer for each other when they are asked how they are.
    name = node_name(queues, os.getpid())
    return [*pool, "--queues", ",".join(queues), "--hostname", name, "--loglevel", "INFO", "--without-gossip", "--without-mingle"]


def step_back(queues: Sequence[str]) -> None:
    """Leave the processor to those who have a caller waiting; a niceness that was given and is higher stays."""
    if "requests" not in queues:
        os.setpriority(os.PRIO_PROCESS, 0, max(BACKGROUND, os.getpriority(os.PRIO_PROCESS, 0)))


def node_name(queues: Sequence[str], process: object) -> str:
    """The name of a worker process: its queues, its number, this machine."""
    return f"{'-'.join(queues)}-{process}@{socket.gethostname()}"


def require_answer(app: "Celery", queues: Sequence[str]) -> None:
    """Raises CommandError unless a worker of these queues on this machine answers; it does not while a batch is under way."""
    from kombu.exceptions import OperationalError

    try:
        answers = app.control.ping(timeout=ANSWER_BOUND, limit=1, pattern=node_name(queues, "*"), matcher="glob")
    except OperationalError as error:
        raise CommandError(f"cannot reach the queues: {short(error)}; ./leadmill doctor tells more") from error
    if not answers:
        raise CommandError(f"no worker of {','.join(queues)} on {socket.gethostname()} answers; it is busy, stuck or not running")
