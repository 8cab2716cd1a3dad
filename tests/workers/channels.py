"""A worker's channel to a Redis of its own, and messages sent to it as the API sends them."""

import asyncio

import redis

from api.publisher import Publisher
from api.publishing import Message
from settings import Settings
from workers.celery import create_celery


class WorkerChannel:
    """The channel of a worker that takes nothing by itself, and a client that looks at its Redis."""

    def __init__(self, redis_url: str) -> None:
        self.settings = Settings(redis_url=redis_url)
        self.redis = redis.Redis.from_url(redis_url, decode_responses=True)
        self.app = create_celery(self.settings)
        self.connection = self.app.connection_for_read()
        self.channel = self.connection.default_channel

    def publish(self, *messages: Message) -> None:
        """Send messages, one after the other."""

        async def publish() -> None:
            publisher = Publisher(self.settings)
            for message in messages:
                await publisher.publish(message)
            await publisher.close()

        asyncio.run(publish())

    def close(self) -> None:
        """Give everything back that was taken."""
        self.connection.close()
        self.redis.close()
