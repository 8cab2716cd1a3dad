"""kombu's Redis transport, with fewer steps for each message.

kombu makes a new client for each step; here one serves them all. And with the message that is done goes the copy that the
API keeps of it (api/resending.py), in the same step.
"""

from typing import Any

from kombu.transport import redis, virtual

from protocol.messages import SENT_AT_KEY, SENT_KEY


class Delivered(redis.QoS):  # type: ignore[misc]  # kombu has no types
    """The messages that a worker has taken and not yet done."""

    def ack(self, delivery_tag: str) -> None:
        """Forget a message that is done: as one taken, and as one that may have to be sent again.

        Where that fails it comes again, finds its work done and is forgotten then.
        """
        message = self.get(delivery_tag)
        queue, task_id = message.delivery_info["routing_key"], message.headers["id"]
        done = self._remove_from_indices(delivery_tag)
        done.hdel(SENT_KEY + queue, task_id).zrem(SENT_AT_KEY + queue, task_id).execute()
        virtual.QoS.ack(self, delivery_tag)


class Channel(redis.Channel):  # type: ignore[misc]
    """A channel with one client for everything but the wait for messages."""

    QoS = Delivered
    _shared: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous)
        if self._shared is None or self._shared.connection_pool is not self.pool:  # a lost connection has a new pool after it
            self._shared = super()._create_client()
        return self._shared


class Transport(redis.Transport):  # type: ignore[misc]
    """The transport of the workers, where the broker is a Redis."""

    Channel = Channel
