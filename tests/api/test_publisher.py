"""What a message that could not be sent may say of itself."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url

from api.publisher import Publisher
from api.publishing import Message, PerhapsQueued, QueueUnavailable
from protocol.messages import REQUESTS_TASK
from settings import Settings
from tests.chaos.proxy import Network
from tests.servers import Leash, start_valkey

MESSAGE = Message(task=REQUESTS_TASK, task_id="b-1", queue="requests", argument={})


def test_whether_the_broker_has_it_is_unknown_only_where_the_connection_broke(tmp_path: Path, leash: Leash) -> None:
    server, url = start_valkey(tmp_path, leash)
    network = Network(make_url(url).port or 0)
    publisher = Publisher(Settings(redis_url=f"redis://127.0.0.1:{network.port}/0"))

    async def publish() -> None:
        await publisher.publish(MESSAGE)

    async def all_of_it() -> None:
        await publish()
        with network.dead(), pytest.raises(PerhapsQueued):
            await publish()
        await publish()
        server.kill()
        for _ in range(2):
            with pytest.raises(QueueUnavailable):
                await publish()
        with pytest.raises(QueueUnavailable) as refused:
            await publish()
        assert not isinstance(refused.value, PerhapsQueued)
        await publisher.close()

    asyncio.run(all_of_it())
    network.close()
