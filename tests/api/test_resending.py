"""Messages that were lost between queue and worker are sent again, marked as such."""

import asyncio
import time

import orjson
import redis

from api.jobs import text_of
from api.resending import Resender
from protocol.figures import Figures
from protocol.messages import SENT_AT_KEY, SENT_KEY
from settings import Settings
from tests.conftest import Services

MESSAGE = {"body": "", "headers": {"id": "b-1"}, "properties": {"delivery_info": {"exchange": "", "routing_key": "requests"}}}


def test_a_lost_message_is_marked_as_one_that_may_have_been_done(services: Services) -> None:
    url = services.redis_database()

    async def resend() -> int:
        resender = Resender(Settings(redis_url=url, visibility_timeout=5), Figures())
        try:
            return await resender.resend("requests")
        finally:
            await resender.close()

    with redis.Redis.from_url(url) as client:
        client.hset(SENT_KEY + "requests", "b-1", orjson.dumps(MESSAGE))
        client.zadd(SENT_AT_KEY + "requests", {"b-1": time.time() - 60})
        assert asyncio.run(resend()) == 1
        (sent,) = client.lrange("requests", 0, -1)
        client.flushdb()
    message = orjson.loads(sent)
    assert message["headers"] == {"id": "b-1", "redelivered": True}
    assert message["properties"]["delivery_info"]["redelivered"] is True


def test_a_job_whose_task_failed_is_not_said_to_have_changed_nothing() -> None:
    said = text_of({"state": "failed", "function": "update_list", "id": "b-1-0", "user": "6666"})
    assert said == "ERROR: update_list OUTCOME UNKNOWN AFTER AN INTERRUPTION, CHECK BEFORE SENDING AGAIN - b-1-0|6666\n"
