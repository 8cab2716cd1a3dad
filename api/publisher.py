"""Sends messages to the broker."""

import redis

from api.publishing import BROKEN, Message, PerhapsQueued, QueueUnavailable, Way
from api.publishing_redis import ToRedis
from settings import Settings


class Publisher:
    """Publishes Celery messages in their order.

    A message is sent twice at most when a connection breaks in the middle: its id lets the worker see that, so that
    the effect is single.
    """

    def __init__(self, settings: Settings) -> None:
        self._way = _way(settings)

    async def publish(self, message: Message) -> None:
        """Return when the broker has the message. Raises QueueUnavailable, of which PerhapsQueued is one."""
        perhaps = False
        for last_try in (False, True):
            try:
                await self._way.send(message)
                return
            except (*BROKEN, PerhapsQueued) as error:
                perhaps = perhaps or isinstance(error, PerhapsQueued)
                if last_try or isinstance(error, redis.ResponseError):
                    raise (PerhapsQueued if perhaps else QueueUnavailable)(type(error).__name__) from error

    async def close(self) -> None:
        """Let what is being sent finish, then close the connections."""
        await self._way.close()


def _way(settings: Settings) -> Way:
    if settings.broker_is_redis:
        return ToRedis(settings)
    from api.publishing_amqp import ToAmqp

    return ToAmqp(settings)
