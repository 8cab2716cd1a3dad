"""Keeps the processes of one Leadmill running, and ends them in the right order.

Each process is a program of its own with its output in the log file. One that dies is started again, after a pause that
doubles each time; one that lived a minute counts as sound again.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from cli.errors import CommandError

PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
SOUND_AFTER = 60.0
POLL = 0.1
# What is left of each bound once the operator asked a second time.
HASTE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What one process runs.

    Those of a lower `stage` are ended first. `bound` is how many seconds it gets to end in good order. `descriptors`
    are the open files that it is given.
    """

    name: str
    command: Sequence[str]
    stage: int
    bound: float
    descriptors: tuple[int, ...] = ()


class Child:
    """One program and its present process, if it has one."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.running: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        self.started_at = 0.0
        self.next_start = 0.0

    def start(self, environment: Mapping[str, str], log: IO[bytes]) -> None:
        """Start its process, away from the terminal: Ctrl-C must reach the supervisor only."""
        self.started_at = time.monotonic()
        self.running = subprocess.Popen(
            self.program.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=self.program.descriptors,
            start_new_session=True,
        )

    def died(self) -> str:
        """How its process ended since the last look, in words; empty while it runs or is not there."""
        if self.running is None or (code := self.running.poll()) is None:
            return ""
        self.running = None
        self.deaths = 1 if time.monotonic() - self.started_at > SOUND_AFTER else self.deaths + 1
        self.next_start = time.monotonic() + PAUSES[min(self.deaths, len(PAUSES)) - 1]
        number = -code if code < 0 else code - 128
        return f"killed by {signal.Signals(number).name}" if number in set(signal.Signals) else f"ended with code {code}"

    def send(self, number: signal.Signals) -> None:
        """Signal its process, if it has one."""
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(number)

    def over(self) -> bool:
        """Whether no process of it runs."""
        return self.running is None or self.running.poll() is not None


class Supervisor:
    """The processes of one Leadmill. `say` prints a short line for the operator."""

    def __init__(self, log: IO[bytes], say: Callable[[str], None]) -> None:
        self.environment: Mapping[str, str] = environment_for_children()
        self.log = log
        self.say = say
        self.children: list[Child] = []
        self.interruptions = 0

    def listen_to_signals(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal ask for the end; a second time, for a quick one."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.interrupt)

    def interrupt(self, *_: object) -> None:
        """Note that the end is asked for."""
        self.interruptions += 1

    def start(self, program: Program) -> None:
        """Start one more program and keep it running from now on."""
        child = Child(program)
        child.start(self.environment, self.log)
        self.children.append(child)

    def run(self) -> None:
        """Keep every program running until the end is asked for."""
        while not self.interruptions:
            self.mend()
            time.sleep(POLL)

    def wait_for(self, condition: Callable[[], bool], *, bound: float, otherwise: Callable[[], str], most_deaths: int = 3) -> bool:
        """Keep the programs running until a condition holds; False when the end was asked for meanwhile.

        Raises CommandError when it does not hold in time, or when a program keeps dying.
        """
        deadline = time.monotonic() + bound
        while not self.interruptions:
            if condition():
                return True
            self.mend()
            hopeless = [child.program.name for child in self.children if child.deaths >= most_deaths]
            if hopeless:
                raise CommandError(f"the {hopeless[0]} does not stay alive; {otherwise()}")
            if time.monotonic() > deadline:
                raise CommandError(f"not ready after {bound:.0f} s; {otherwise()}")
            time.sleep(POLL)
        return False

    def mend(self) -> None:
        """Note who died, and start again whose pause is over."""
        for child in self.children:
            if how := child.died():
                self.say(f"{child.program.name} {how}; starting it again in {child.next_start - time.monotonic():.1f} s")
            elif child.running is None and time.monotonic() >= child.next_start:
                child.start(self.environment, self.log)
                self.say(f"{child.program.name} started again (process {child.running.pid if child.running else ''})")

    def stop(self) -> None:
        """End the programs in stages, each when the one before is over; by force what exceeds its bound."""
        for stage in sorted({child.program.stage for child in self.children}):
            group = [child for child in self.children if child.program.stage == stage]
            for child in group:
                child.send(signal.SIGTERM)
            bound = max((child.program.bound for child in group), default=0.0)
            self.await_end(group, bound)

    def await_end(self, group: Sequence[Child], bound: float) -> None:
        """Wait until every process of the group is over; a second interruption cuts the waiting short."""
        deadline = time.monotonic() + bound
        while not all(child.over() for child in group):
            if self.interruptions > 1:
                deadline = min(deadline, time.monotonic() + HASTE)
            if time.monotonic() > deadline:
                for child in group:
                    if not child.over():
                        self.say(f"{child.program.name} ended by force")
                        child.send(signal.SIGKILL)
                break
            time.sleep(POLL)
        for child in group:
            if child.running is not None:
                child.running.wait()


def environment_for_children(**changes: str) -> dict[str, str]:
    """This process's environment with changes; nothing is imported from the working directory, output is not held back."""
    return {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1", **changes}
