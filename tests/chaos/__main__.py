"""make chaos: rounds of load and faults, each with an audit. Ends with 1 after a round whose audit complains."""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.rounds import Round, decks, play, tally
from tests.chaos.scene import scene_of
from tests.databases import INNODB, KINDS
from tests.servers import Leash


def main() -> int:
    """Run as many rounds as were asked for."""
    asked = parsed()
    where = f"{asked.database} and {asked.broker}"
    print(f"seed {asked.seed}, {asked.rounds} rounds on {where}, an import of {asked.rows} rows in each", flush=True)
    leash, played = Leash(), list[Round]()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    rabbitmq = asked.broker == "rabbitmq"
    with scene_of(asked.database, folder, leash, rabbitmq=rabbitmq) as scene:
        deck = decks(asked.database, asked.seed, asked.faults, rabbitmq=rabbitmq)
        for number in range(1, asked.rounds + 1):
            faults = next(deck)
            print(f"{number:4}  {', '.join(fault.__name__ for fault in faults)}", flush=True)
            played.append(one := play(scene, number, asked.seed, faults, rows=asked.rows, seconds=asked.seconds))
            print(said(one), flush=True)
            if one.complaints and not asked.go_on:
                break
    leash.close()
    wrong = sum(bool(one.complaints) for one in played)
    counted = ", ".join(f"{name} {count}" for name, count in sorted(tally(played).items()))
    print(f"{len(played)} rounds, {wrong} with complaints, {sum(r.writes for r in played)} writes; {counted}")
    if wrong:
        print(f"logs of the processes: {folder}")
    else:
        shutil.rmtree(folder)
    return min(wrong, 1)


def parsed() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Load, faults and an audit, round by round.")
    parser.add_argument("--rounds", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="the same seed chooses the same faults and requests")
    parser.add_argument("--database", choices=KINDS, default=INNODB, help="kind of the dialer's database (default: innodb)")
    parser.add_argument("--broker", choices=("valkey", "rabbitmq"), default="valkey", help="what carries the messages (default: valkey)")
    parser.add_argument("--rows", type=int, default=50_000, help="rows of the import in each round (default: 50000)")
    parser.add_argument("--seconds", type=float, default=8, help="time within which the faults of a round begin (default: 8)")
    parser.add_argument("--faults", type=int, default=3, help="most faults of a round (default: 3)")
    parser.add_argument("--go-on", action="store_true", help="go on after a round whose audit complains")
    return parser.parse_args()


def said(one: Round) -> str:
    """A round in one line, and what the audit found."""
    head = f"      {one.writes} writes, {one.sent_again} sent again, {one.unknown} unknown, {one.seconds:.0f} s"
    shown = [f"      ! {complaint}" for complaint in one.complaints[:20]]
    if len(one.complaints) > len(shown):
        shown.append(f"      ! and {len(one.complaints) - len(shown)} more")
    return "\n".join([head, *shown])


if __name__ == "__main__":
    sys.exit(main())
