"""./leadmill worker: one worker process."""

import os
import socket
from typing import Annotated

import typer

from cli import leash
from cli.errors import CommandError
from cli.logs import configure_log
from cli.options import Astguiclient, load_settings

QUEUES = ("requests", "imports", "maintenance")


def worker(
    queues: Annotated[str, typer.Option(help="The queues it serves, separated by commas: requests, imports, maintenance.")],
    astguiclient: Astguiclient = None,
    leash_fd: Annotated[int | None, typer.Option(hidden=True, help="Pipe whose end means: stop.")] = None,
) -> None:
    """Run one worker process, which does what the queues hold, one message at a time.

    Start as many as there is work for. Give requests and imports a process each, so that an import never delays a caller.
    Ends on SIGTERM or Ctrl-C, after the message under way.

    Examples:

      ./leadmill worker --queues requests

      ./leadmill worker --queues imports,maintenance
    """
    settings = load_settings(astguiclient)
    names = [name.strip() for name in queues.split(",")]
    unknown = [name for name in names if name not in QUEUES]
    if unknown:
        raise CommandError(f"there is no queue {unknown[0]!r}; the queues are {', '.join(QUEUES)}", code=2)
    if leash_fd is not None:
        leash.follow(leash_fd)
    configure_log(f"worker {queues}")
    from workers.celery import create_celery

    # Two workers of one name would answer for each other when they are asked how they are.
    hostname = f"{'-'.join(names)}-{os.getpid()}@{socket.gethostname()}"
    options = ["--pool", "solo", "--queues", ",".join(names), "--hostname", hostname, "--loglevel", "INFO"]
    create_celery(settings).worker_main(["worker", *options, "--without-gossip", "--without-mingle"])
