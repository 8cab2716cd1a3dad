"""The job id of a QUEUED notice that was given while Redis was full is known once it has room again."""

import asyncio
from pathlib import Path

import redis

from api.gathering import Ticket
from api.queue import WriteQueue
from protocol.functions import Caller
from protocol.messages import QueuedRequest
from settings import Settings
from tests.servers import Leash, start_valkey


def test_a_job_id_told_is_noted_later(tmp_path: Path, leash: Leash) -> None:
    server, url = start_valkey(tmp_path, leash)
    client = redis.Redis.from_url(url)

    async def tell() -> dict[str, object] | None:
        queue = WriteQueue(Settings(redis_url=url))
        request = QueuedRequest(function="add_lead", caller=Caller(user="6666"), parameters={})
        ticket = Ticket(request, False, asyncio.get_running_loop().create_future(), job_id="b-1-0")
        client.config_set("maxmemory", 1)
        telling = asyncio.create_task(queue._tell_queued([ticket]))
        await asyncio.wait_for(ticket.told, 10)
        assert await queue.job("b-1-0", "6666") is None
        client.config_set("maxmemory", 0)
        await asyncio.wait_for(telling, 30)
        job = await queue.job("b-1-0", "6666")
        await queue.stop()
        return job

    job = asyncio.run(tell())
    assert job is not None
    assert (job["id"], job["state"]) == ("b-1-0", "queued")
    client.close()
    server.stop()
