"""Imports without a server: files go in as ASGI requests, chunks are kept, and run when the test says so."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
import orjson

from api.publishing import QueueUnavailable
from protocol.chunks import chunk_unpacked
from protocol.messages import CHUNK_TASK, TURN_TASK
from settings import Settings
from tests.api.wire import NotedQueue, Wire
from workers.imports import ChunkLoad
from workers.running import Running
from workers.turns import Turn

SIGNED_IN = ("6666", "1234")


@dataclass
class ChunkQueue(NotedQueue):
    """Stands for api.queue.WriteQueue. Messages are kept as the broker would: as bytes."""

    messages: list[tuple[str, bytes]] = field(default_factory=list)
    turns: list[tuple[str, int]] = field(default_factory=list)
    deepest: int = 0
    refuse_from: int | None = None

    async def publish(self, task: str, argument: Any, *, queue: str, task_id: str) -> None:
        if task == TURN_TASK:
            self.turns.append((argument["job"], argument["turn"]))
            return
        assert (task, queue) == (CHUNK_TASK, "imports")
        if self.refuse_from is not None and len(self.messages) >= self.refuse_from:
            raise QueueUnavailable
        self.messages.append((task_id, orjson.dumps(argument)))

    async def depth(self, queue: str) -> int:
        assert queue == "imports"
        self.deepest = max(self.deepest, len(self.messages))
        return len(self.messages)


@dataclass
class Importing:
    """An application, its database and the chunks that wait."""

    wire: Wire
    queue: ChunkQueue

    def post(self, file: Any, headers: Mapping[str, str] | None = None, path: str = "", **options: Any) -> httpx.Response:
        """Send a file; `options` are the query."""
        content = file.encode() if isinstance(file, str) else file
        return self.wire.request("POST", f"/v1/imports{path}", content=content, params=options, headers=headers or {}, auth=SIGNED_IN)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.wire.request("GET", f"/v1/imports{path}", params=options, auth=SIGNED_IN)

    def job(self, job_id: str) -> dict[str, Any]:
        told: dict[str, Any] = self.get(f"/{job_id}").json()
        return told

    def run(self, task_id: str = "") -> None:
        """Run the chunks that wait, or again the one with this id."""
        kept = [(t, m) for t, m in self.queue.messages if not task_id or t == task_id]
        self.queue.messages = [] if not task_id else self.queue.messages
        for _, message in kept:
            ChunkLoad(self.wire.engine, chunk_unpacked(orjson.loads(message)), transactional=self.running.transactional).run()

    @cached_property
    def running(self) -> Running:
        """What a worker holds."""
        running = Running(Settings(database_url=self.wire.engine.url.render_as_string(hide_password=False)))
        running.__dict__["engine"] = self.wire.engine
        return running

    def turn(self) -> bool:
        """Run the turn that has waited longest; whether there was one."""
        if not self.queue.turns:
            return False
        job_id, number = self.queue.turns.pop(0)
        if following := Turn(self.running, job_id, number).run():
            self.queue.turns.append((job_id, following))
        return True

    def run_all(self) -> None:
        """Run whatever waits."""
        self.run()
        while self.turn():
            pass

    def steer(self, job: Mapping[str, Any], step: str) -> httpx.Response:
        """Take a step with a job."""
        return self.wire.request("POST", f"/v1/imports/{job['id']}/{step}", auth=SIGNED_IN)

    def run_first(self) -> None:
        """Run the chunk that has waited longest."""
        _, message = self.queue.messages.pop(0)
        ChunkLoad(self.wire.engine, chunk_unpacked(orjson.loads(message)), transactional=self.running.transactional).run()

    def loaded(self, file: str, **options: Any) -> dict[str, Any]:
        """The job at its end, after a file was sent and run."""
        answer = self.post(file, **options)
        assert answer.status_code == 202, answer.text
        self.run()
        return self.job(answer.json()["id"])

    def results(self, job: Mapping[str, Any], outcome: str = "") -> list[dict[str, Any]]:
        text = self.get(f"/{job['id']}/results", format="ndjson", outcome=outcome).text
        return [orjson.loads(line) for line in text.splitlines()]

    def phones(self) -> Sequence[str]:
        return [row[0] for row in self.wire.rows("vicidial_list", "phone_number")]


async def in_pieces(data: bytes, *sizes: int) -> AsyncIterator[bytes]:
    """The data cut at these places, as a network would."""
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
        await asyncio.sleep(0)
    yield data[at:]
