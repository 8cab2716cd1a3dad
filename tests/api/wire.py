"""The whole API without a server and without workers: requests go in as ASGI, writes end in a queue that only notes them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import Engine, Row, select

from api.publishing import QueueFull, QueueUnavailable
from api.standing import Standing
from db.engine import reading, writing
from db.tables.metadata import legacy
from protocol.messages import QueuedRequest
from protocol.replies import QUEUED, Reply, reply
from tests.dialer.rows import put

PATH = "/vicidial/non_agent_api.php"
USER = {
    "user": "6666",
    "pass": "1234",
    "user_level": 9,
    "user_group": "ADMIN",
    "active": "Y",
    "vdc_agent_api_access": "1",
    "modify_leads": "1",
    "view_reports": "1",
    "api_allowed_functions": " ALL_FUNCTIONS ",
}
ASKED = {"user": "6666", "pass": "1234", "source": "test"}


@dataclass
class NotedQueue:
    """Stands for api.queue.WriteQueue."""

    requests: list[QueuedRequest] = field(default_factory=list)
    down: bool = False
    full: bool = False
    workers: bool = True
    age: float = 0.25

    async def answer(self, request: QueuedRequest, *, queue: str, wait: float) -> Reply:
        self._note(request)
        return Reply(f"SUCCESS: {request.function} on {queue}, waited {wait}\n")

    async def accept(self, request: QueuedRequest, *, queue: str) -> tuple[str, Reply]:
        self._note(request)
        job_id = f"{queue}-1"
        return job_id, reply(QUEUED(function=request.function, job_id=job_id, user=request.caller.user))

    async def job(self, job_id: str, user: str) -> dict[str, Any] | None:
        self._note(None)
        return {"state": "done", "reply": f"SUCCESS: of {user}\n"} if job_id == "requests-1" else None

    async def standing(self, _queue: str) -> Standing:
        self._note(None)
        return Standing(messages=3, age=self.age, workers=int(self.workers))

    def _note(self, request: QueuedRequest | None) -> None:
        if self.down:
            raise QueueUnavailable
        if self.full and request is not None:
            raise QueueFull
        if request is not None:
            self.requests.append(request)


@dataclass
class Wire:
    """Sends requests to an application and looks into its database."""

    app: Any
    engine: Engine
    queue: NotedQueue
    client_ip: str = "127.0.0.1"

    def request(self, method: str, path: str = PATH, **options: Any) -> httpx.Response:
        return self.requests([{"method": method, "url": path, **options}])[0]

    def requests(self, all_options: Sequence[dict[str, Any]]) -> list[httpx.Response]:
        """Send requests at the same moment."""

        async def sent() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self.app, client=(self.client_ip, 50000))
            async with httpx.AsyncClient(transport=transport, base_url="http://dialer.example:8080") as client:
                return await asyncio.gather(*(client.request(**options) for options in all_options))

        return asyncio.run(sent())

    def get(self, **parameters: str) -> httpx.Response:
        """A GET as user 6666, unless the parameters say other."""
        return self.request("GET", params=ASKED | parameters)

    def lines(self, **parameters: str) -> str:
        """What a GET answers."""
        return self.get(**parameters).text

    def put(self, **tables: Sequence[dict[str, Any]]) -> None:
        with writing(self.engine) as connection:
            put(connection, **tables)

    def change(self, table: str, **columns: Any) -> None:
        with writing(self.engine) as connection:
            connection.execute(legacy.tables[table].update().values(**columns))

    def rows(self, table: str, *columns: str) -> Sequence[Row[Any]]:
        with reading(self.engine) as connection:
            return connection.execute(select(*(legacy.tables[table].c[name] for name in columns))).all()
