"""./leadmill dead-letters: requests that could not be done."""

import asyncio
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from cli.database import reach_database, require_tables
from cli.errors import CommandError
from cli.options import Astguiclient, load_settings
from cli.queues import queue_settings
from db.engine import reading, writing
from dialer.dead_letters import DeadLetter, LetterState, find_letters, mark, reply_of
from protocol.messages import REQUESTS_TASK, packed
from settings import Settings
from tasks import WRITES

REPLY_WAIT = 10.0
COLUMNS = ("Letter", "Failed (UTC)", "Function", "User", "State", "Error")


class Action(StrEnum):
    """What to do."""

    LIST = "list"
    SHOW = "show"
    RETRY = "retry"
    DROP = "drop"


class Shown(StrEnum):
    """Which letters to list."""

    WAITING = "waiting"
    RETRIED = "retried"
    DROPPED = "dropped"
    ALL = "all"


def dead_letters(
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="The letters it is done to.")] = None,
    all_waiting: Annotated[bool, typer.Option("--all", help="retry, drop: every letter that waits.")] = False,
    state: Annotated[Shown, typer.Option(help="list: only letters in this state.")] = Shown.WAITING,
    astguiclient: Astguiclient = None,
) -> None:
    """List and settle the requests that could not be done.

    A request that fails each time it is tried, while others succeed, gets an ERROR reply and becomes a dead letter. It stays
    until you retry or drop it. A retry goes through the queue like any request and has its effect once, however often it is
    asked for; if it fails again, that is a new letter. Letters hold telephone numbers and names, but no passwords.

    Examples:

      ./leadmill dead-letters

      ./leadmill dead-letters show 7

      ./leadmill dead-letters retry 7 8

      ./leadmill dead-letters drop --all
    """
    settings = load_settings(astguiclient)
    engine = reach_database(settings.database)
    require_tables(engine, settings.database)
    if action is Action.LIST:
        show_list(engine, None if state is Shown.ALL else LetterState(state))
        return
    letters = chosen(engine, ids or [], all_waiting=all_waiting and action is not Action.SHOW)
    if action is Action.SHOW:
        for letter in letters:
            show(letter, engine)
    elif action is Action.DROP:
        drop(engine, letters)
    else:
        retry(engine, queue_settings(settings), letters)


def chosen(engine: Engine, ids: Sequence[int], *, all_waiting: bool) -> list[DeadLetter]:
    """The letters named, the oldest first. Raises CommandError when there are none, or one is unknown."""
    if bool(ids) == all_waiting:
        raise CommandError("name the letters, or --all for every one that waits; ./leadmill dead-letters lists them", code=2)
    with reading(engine) as connection:
        found = find_letters(connection, ids=ids, state=LetterState.WAITING if all_waiting else None)
    unknown = sorted(set(ids) - {letter.id for letter in found})
    if unknown:
        raise CommandError(f"there is no dead letter {unknown[0]}; ./leadmill dead-letters list --state all lists all there are")
    return found[::-1]


def show_list(engine: Engine, state: LetterState | None) -> None:
    """A line for each letter."""
    with reading(engine) as connection:
        found = find_letters(connection, state=state)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in COLUMNS:
        table.add_column(column, overflow="ellipsis" if column == "Error" else "fold", no_wrap=True)
    for letter in found:
        cells = (str(letter.id), letter.failed, letter.function, letter.user, letter.state, letter.error.partition("\n")[0])
        table.add_row(*map(Text, cells))
    Console(highlight=False).print(table if found else "No dead letters.")


def show(letter: DeadLetter, engine: Engine) -> None:
    """All that is known of a letter."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"Letter {letter.id}: {letter.function} of user {letter.user}, failed {letter.failed} UTC, {letter.state}")
    console.print(f"Job {letter.job_id}")
    for name, value in letter.kept["parameters"].items():
        console.print(f"  {name} = {value}")
    for name in letter.left_out:
        console.print(f"  {name} was sent and is not kept")
    console.print(letter.error)
    if letter.state is LetterState.RETRIED:
        with reading(engine) as connection:
            said = reply_of(connection, letter)
        console.print(f"Retried as job {letter.batch_id}-0: {said.strip() or 'not done yet, or done more than two days ago'}")


def drop(engine: Engine, letters: Sequence[DeadLetter]) -> None:
    """Let the operator be done with letters."""
    for letter in letters:
        with writing(engine) as connection:
            done = mark(connection, letter, LetterState.DROPPED)
        print(f"letter {letter.id}: {'dropped' if done else 'was no longer waiting'}")


def retry(engine: Engine, settings: Settings, letters: Sequence[DeadLetter]) -> None:
    """Have requests done again, one after the other. Raises CommandError at the end when one could not be sent or was refused again."""
    failed = 0
    for letter in letters:
        said = sent_again(engine, settings, letter)
        failed += not said.startswith(("SUCCESS", "NOTICE"))
        print(f"letter {letter.id}: {said}")
    if failed:
        raise CommandError(f"{failed} of {len(letters)} not done; ./leadmill dead-letters show ID tells more", code=1)


def sent_again(engine: Engine, settings: Settings, letter: DeadLetter) -> str:
    """Send one request to the queue; its reply, or what hinders it."""
    if letter.state is not LetterState.WAITING:
        return f"is {letter.state}, not sent"
    if letter.left_out:
        return f"not sent: its {', '.join(letter.left_out)} is not kept, so send the request anew and drop the letter"
    with writing(engine) as connection:
        if not mark(connection, letter, LetterState.RETRIED):
            return "was no longer waiting, not sent"
        # Inside the transaction: a letter that could not be sent goes on waiting, one that was sent twice is done once.
        asyncio.run(publish(settings, letter))
    return wait_for(lambda: reply_now(engine, letter)) or f"NOTICE: QUEUED - {letter.batch_id}-0"


async def publish(settings: Settings, letter: DeadLetter) -> None:
    """Put the request into its queue. Raises CommandError when the queue cannot be reached."""
    from api.publisher import Publisher
    from api.publishing import Message, QueueUnavailable

    request = letter.request
    publisher = Publisher(settings)
    queue = WRITES[letter.function].queue_for(request.parameters)
    try:
        await publisher.publish(Message(task=REQUESTS_TASK, task_id=letter.batch_id, queue=queue, argument=packed([request])))
    except QueueUnavailable as error:
        raise CommandError(f"the queue takes nothing ({error}), so letter {letter.id} still waits; ./leadmill doctor tells more") from error
    finally:
        await publisher.close()


def reply_now(engine: Engine, letter: DeadLetter) -> str:
    """The reply, if the request is done."""
    with reading(engine) as connection:
        return reply_of(connection, letter).strip()


def wait_for(reply: Callable[[], str]) -> str:
    """The reply once it is there; "" when it takes too long."""
    until = time.monotonic() + REPLY_WAIT
    while not (said := reply()) and time.monotonic() < until:
        time.sleep(0.1)
    return said
