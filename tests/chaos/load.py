"""What callers do meanwhile: writes that they send again until they are answered, an import, a reset; and what they were told."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError

from db.engine import writing
from db.tables.own import leadmill_jobs
from tests.chaos.scene import RESET_LIST
from tests.running import Leadmill

CALLERS = 32
CALLER = {"user": "6666", "pass": "1234", "source": "chaos"}
PATIENCE = 3.0
"""Seconds that a caller waits for an answer before it sends its request again."""
GIVEN_UP = 90.0
"""Seconds after which nobody waits any longer: what has no reply then is lost."""
OVER = ("done", "done_with_refusals", "failed", "cancelled")


@dataclass(slots=True)
class Write:
    """One request that a caller wanted done. `said`: the reply at last; `again`: what a further try was told after that."""

    function: str
    parameters: dict[str, str]
    said: str = ""
    again: str = ""
    tries: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether the reply tells that it was done."""
        return self.said.startswith("SUCCESS")

    @property
    def unknown(self) -> bool:
        """Whether the reply tells that nobody knows."""
        return "OUTCOME UNKNOWN" in self.said

    @property
    def lead_id(self) -> int:
        """The lead that add_lead said it made."""
        return int(self.said.split("|")[2])


@dataclass(slots=True)
class Caller:
    """A caller that waits for each answer, and sends again what it got none for."""

    name: str
    system: Leadmill
    chance: random.Random
    writes: list[Write] = field(default_factory=list)

    def work(self, over: threading.Event) -> None:
        """Add leads and change those it has added, until it is told to end."""
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            while not over.is_set():
                self.writes.append(write := self._next())
                self.insist(write, client)
                if not write.said:
                    return

    def insist(self, write: Write, client: httpx.Client) -> None:
        """Send the request until there is a reply, now and then once more after that."""
        write.parameters["request_id"] = str(UUID(int=self.chance.getrandbits(128)))
        until = time.monotonic() + GIVEN_UP
        while not write.said and time.monotonic() < until:
            write.said = self._answer(write, client)
        if write.said and self.chance.random() < 0.05:
            write.again = self._answer(write, client)

    def _next(self) -> Write:
        added = [w for w in self.writes if w.function == "add_lead" and w.done]
        if added and self.chance.random() < 0.3:
            number = str(len(self.writes))
            return Write("update_lead", {"lead_id": str(self.chance.choice(added).lead_id), "city": f"{self.name} {number}"})
        phone = f"{self.name}{len(self.writes):04}"
        return Write("add_lead", {"phone_number": phone, "list_id": "101", "source_id": "chaos"})

    def _answer(self, write: Write, client: httpx.Client) -> str:
        """The reply; empty when there is none yet."""
        write.tries += 1
        text = self._ask(client, function=write.function, **write.parameters)
        if text.startswith("NOTICE: ") and " QUEUED - " in text and self.chance.random() < 0.5:
            text = self._polled(text.partition(" - ")[2].partition("|")[0], write, client)
        return "" if " QUEUED - " in text else text

    def _polled(self, job_id: str, write: Write, client: httpx.Client) -> str:
        """What job_status tells of the job in the end; empty when it takes too long: then the request is sent again."""
        for _ in range(20):
            time.sleep(0.1)
            text = self._ask(client, function="job_status", job_id=job_id)
            if "JOB NOT FOUND" in text:
                write.problems.append(f"told of job {job_id} and then: {text.strip()}")
                return ""
            if text and " QUEUED - " not in text:
                return text
        return ""

    def _ask(self, client: httpx.Client, **parameters: str) -> str:
        """The text of an answer; empty where there was none, or one that says to try again."""
        try:
            answer = client.get(self.system.legacy_url, params={**CALLER, **parameters})
        except httpx.TransportError:
            time.sleep(0.05)
            return ""
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            time.sleep(0.1)
            return ""
        if answer.status_code != httpx.codes.OK:
            return f"HTTP {answer.status_code}: {answer.text}"
        return answer.text


@dataclass(slots=True)
class Import:
    """A file of leads that is sent under one key until the job is over. `told`: the job as it was seen last."""

    system: Leadmill
    engine: Engine
    name: str
    rows: int
    told: dict[str, Any] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def work(self) -> None:
        """Send it, wait for its end, send it again where it broke off."""
        until = time.monotonic() + GIVEN_UP
        with httpx.Client(base_url=self.system.address, auth=("6666", "1234"), timeout=60, trust_env=False) as client:
            while self.told.get("state") not in OVER and time.monotonic() < until:
                try:
                    self._go_on(client)
                except httpx.TransportError as error:
                    self.troubles.append(type(error).__name__)
                time.sleep(0.2)

    def _go_on(self, client: httpx.Client) -> None:
        if self.told.get("state") in (None, "interrupted", "receiving"):
            headers = {"Idempotency-Key": self.name, "Content-Type": "text/csv"}
            answer = client.post(f"/v1/imports?list_id=101&source_id={self.name}", content=self.file(), headers=headers)
            if answer.status_code != httpx.codes.ACCEPTED:
                self.troubles.append(f"{answer.status_code} {answer.json().get('code')}")
                if "in-use" in self.troubles[-1]:
                    self._hurry()
                return
            self.told = answer.json()
        answer = client.get(f"/v1/imports/{self.told['id']}?wait=2")
        if answer.status_code == httpx.codes.OK:
            self.told = answer.json()

    def _hurry(self) -> None:
        """Spare us the 90 seconds after which an upload whose API process is gone may be taken up again."""
        with suppress(DBAPIError), writing(self.engine) as connection:
            mine = leadmill_jobs.c.state == "receiving"
            connection.execute(update(leadmill_jobs).where(mine).values(touched="2026-01-01 00:00:00"))

    def file(self) -> bytes:
        """The file: telephones that nobody else adds."""
        return b"phone_number\n" + b"".join(b"%s%07d\n" % (self.name[1:].encode(), number) for number in range(self.rows))


@dataclass(slots=True)
class Load:
    """All that is going on in one round."""

    callers: list[Caller]
    resetting: Caller
    reset: Write
    imported: Import


@contextmanager
def going_on(system: Leadmill, engine: Engine, number: int, seed: int, rows: int) -> Iterator[Load]:
    """The load of a round, until the block ends; after that each caller still gets its last answer."""
    callers = [Caller(f"{100 + n}{number:04}", system, random.Random(f"{seed} {number} {n}")) for n in range(CALLERS)]
    reset = Write("update_list", {"list_id": str(RESET_LIST), "reset_list": "Y"})
    load = Load(
        callers, Caller("reset", system, random.Random(f"{seed} {number} reset")), reset, Import(system, engine, f"i{200 + number}", rows)
    )
    over = threading.Event()
    threads = [threading.Thread(target=caller.work, args=(over,)) for caller in callers]
    threads += [threading.Thread(target=load.imported.work), threading.Thread(target=_reset, args=(load,))]
    for thread in threads:
        thread.start()
    yield load
    over.set()
    for thread in threads:
        thread.join()


def _reset(load: Load) -> None:
    with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
        load.resetting.insist(load.reset, client)
