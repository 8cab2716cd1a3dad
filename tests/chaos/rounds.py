"""One round of chaos: load, faults at random moments, quiet, audit."""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, update

from db.engine import writing
from db.tables.leads import vicidial_list
from db.tables.lists import vicidial_lists
from tests.chaos.audit import complaints
from tests.chaos.faults import Fault, befall, faults_on
from tests.chaos.load import Load, Write, going_on
from tests.chaos.scene import RESET_LIST, Scene

RESET_LEADS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What happened in one round."""

    number: int
    faults: Sequence[str]
    writes: int
    sent_again: int
    unknown: int
    seconds: float
    complaints: Sequence[str]


def play(scene: Scene, number: int, seed: int, faults: Sequence[Fault], *, rows: int, seconds: float) -> Round:
    """Run one round."""
    began = time.monotonic()
    prepare(scene)
    with going_on(scene.system, scene.engine, number, seed, rows) as load:
        befall(scene, faults, random.Random(f"{seed} {number}"), seconds)
    writes = all_writes(load)
    return Round(
        number=number,
        faults=[fault.__name__ for fault in faults],
        writes=len(writes),
        sent_again=sum(write.tries - 1 for write in writes),
        unknown=sum(write.unknown for write in writes),
        complaints=complaints(scene, load),
        seconds=time.monotonic() - began,
    )


def prepare(scene: Scene) -> None:
    """A list whose leads have all been called, and that has not been reset today."""
    leads = {"list_id": RESET_LIST, "status": "NEW", "called_since_last_reset": "Y"}
    with writing(scene.engine) as connection:
        connection.execute(update(vicidial_lists).where(vicidial_lists.c.list_id == RESET_LIST).values(resets_today=0))
        mine = update(vicidial_list).where(vicidial_list.c.list_id == RESET_LIST)
        if connection.execute(mine.values(called_since_last_reset="Y")).rowcount == 0:
            connection.execute(insert(vicidial_list), [{**leads, "phone_number": f"555{n:07}"} for n in range(RESET_LEADS)])


def all_writes(load: Load) -> list[Write]:
    """The writes of all callers."""
    return [write for caller in load.callers for write in caller.writes] + [load.reset]


def decks(kind: str, seed: int, most: int, *, rabbitmq: bool = False) -> Iterator[list[Fault]]:
    """The faults of each round, so many at most; over the rounds each comes up as often as any other."""
    chance, deck = random.Random(f"{seed} faults"), list[Fault]()
    while True:
        hand: list[Fault] = []
        for _ in range(chance.randint(1, most)):
            if not deck:
                deck = faults_on(kind, rabbitmq=rabbitmq)
                chance.shuffle(deck)
            hand.append(deck.pop())
        yield hand


def tally(rounds: Sequence[Round]) -> Counter[str]:
    """How often each fault happened."""
    return Counter(name for one in rounds for name in one.faults)
