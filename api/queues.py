"""/v1/queues: how much waits, and who works on it."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from api.authentication import SignedIn
from api.importing.described import PROBLEMS
from api.queue import WriteQueue
from protocol.messages import QUEUES

router = APIRouter(prefix="/v1/queues", tags=["queues"], responses={status: PROBLEMS[status] for status in (401, 503)})


class QueueShown(BaseModel):
    """One queue."""

    name: str = Field(examples=["imports"])
    waiting: int = Field(description="Messages that no worker has taken yet")
    age: float = Field(description="Seconds since the oldest message that is not done was sent; 0 where the broker does not tell")
    workers: int = Field(description="Workers that have lately given a sign of life")


class Queues(BaseModel):
    """`requests` are single writes, `imports` chunks of files, `maintenance` sweeps of whole lists."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"queues": [{"name": "imports", "waiting": 3, "age": 0.4, "workers": 2}]}]})

    queues: list[QueueShown]


@router.get("")
async def get_queues(request: Request, _: SignedIn) -> Queues:
    """The queues as they stand. 503 while they cannot be reached."""
    queue: WriteQueue = request.app.state.queue
    found = await asyncio.gather(*map(queue.standing, QUEUES))
    return Queues(
        queues=[
            QueueShown(name=name, waiting=one.messages, age=round(one.age, 1), workers=one.workers)
            for name, one in zip(QUEUES, found, strict=True)
        ]
    )
