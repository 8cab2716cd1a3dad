"""Imports that are cancelled, paused, resumed, tried again and undone at any moment, by messages that come late and twice.

Whatever happens, counters add up to the rows of the file, results are complete and in order, and nothing is stored twice.
"""

from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.chunks import chunk_unpacked
from tests.imports.conftest import ImportingOf
from tests.imports.importing import Importing
from workers.imports import ChunkLoad
from workers.turns import Turn

ROWS, CHUNK = 24, 5
FILE = "phone\n" + "".join(f"{7275550000 + n}\n" if n % 7 else "12\n" for n in range(ROWS))
NUMBERS = st.integers(0, 10)
ACTIONS = st.one_of(
    st.tuples(st.sampled_from(["cancel", "pause", "resume", "retry", "undo"]), NUMBERS),
    st.tuples(st.sampled_from(["chunk", "turn"]), st.just(0)),
    st.tuples(st.sampled_from(["chunk again", "turn again"]), NUMBERS),
)


class History:
    """One import, and all that is done to it and to the jobs made from it."""

    def __init__(self, importing: Importing) -> None:
        self.importing = importing
        self.jobs = [importing.post(FILE, list_id="101").json()]
        self.chunks = list(importing.queue.messages)
        self.turns: list[tuple[str, int]] = []

    def act(self, action: str, number: int) -> None:
        """Do one thing, if it can be done."""
        importing, queue = self.importing, self.importing.queue
        self.turns += [turn for turn in queue.turns if turn not in self.turns]
        if action == "chunk":
            if queue.messages:
                importing.run_first()
        elif action == "turn":
            importing.turn()
        elif action == "chunk again":
            _, message = self.chunks[number % len(self.chunks)]
            ChunkLoad(importing.wire.engine, chunk_unpacked(orjson.loads(message))).run()
        elif action == "turn again":
            if self.turns:
                job_id, turn = self.turns[number % len(self.turns)]
                if following := Turn(importing.running, job_id, turn).run():
                    queue.turns.append((job_id, following))
        else:
            self.steer(action, self.jobs[number % len(self.jobs)])

    def steer(self, step: str, job: dict[str, Any]) -> None:
        answer = self.importing.steer(job, step)
        assert answer.status_code in (200, 202, 409), answer.text
        if answer.status_code == 202:
            self.jobs.append(answer.json())

    def check(self) -> None:
        """What holds at every moment."""
        there, gone = set(), set()
        for job in self.jobs:
            told = self.importing.job(job["id"])
            counters = dict(told["counters"])
            received = counters.pop("received")
            assert sum(counters.values()) == received, told
            rows = self.importing.results(told)
            assert len(rows) == received - counters["waiting"]
            assert [row["line"] for row in rows] == sorted({row["line"] for row in rows})
            ids = {row["lead_id"] for row in rows if row["code"] in ("added", "deleted")}
            assert len(ids) == counters["added"] + counters.get("deleted", 0)
            (gone if told["kind"] == "undo" else there).update(ids)
        assert gone <= there
        stored = self.importing.wire.rows("vicidial_list", "lead_id", "phone_number")
        assert {row[0] for row in stored} == there - gone
        assert len({row[1] for row in stored}) == len(stored)

    def finish(self) -> None:
        """Let everything come to its end."""
        for job in self.jobs:
            self.importing.steer(job, "resume")
        self.importing.run_all()
        for job in self.jobs:
            told = self.importing.job(job["id"])
            assert told["finished"], told
            assert told["counters"]["waiting"] == 0
        assert len(self.importing.results(self.jobs[0])) == ROWS


def test_counters_and_results_always_add_up(importing_of: ImportingOf) -> None:
    @settings(max_examples=15, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ACTIONS, min_size=15, max_size=40))
    def run(actions: list[tuple[str, int]]) -> None:
        history = History(importing_of(import_chunk=CHUNK))
        for action, number in actions:
            history.act(action, number)
        history.check()
        history.finish()
        history.check()

    run()
