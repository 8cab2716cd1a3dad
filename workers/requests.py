"""The task that answers a batch of legacy requests."""

from collections.abc import Callable, Mapping
from typing import Any

from protocol.messages import reply_packed, unpacked
from workers.batches import Batch
from workers.ledger import RequestLedger
from workers.running import Running


def run_requests(running: Running) -> Callable[..., list[Any]]:
    """The body of the task, for one worker process."""

    def leadmill_requests(task: Any, batch: Mapping[str, Any]) -> list[Any]:
        requests = unpacked(batch)
        ledger = RequestLedger(
            batch_id=task.request.id,
            transactional=running.transactional,
            redelivered=bool((task.request.delivery_info or {}).get("redelivered")),
        )
        replies = Batch(engine=running.engine, requests=requests, ledger=ledger, zone=running.settings.zone).settle()
        return [[reply_packed(r), q.function] for q, r in zip(requests, replies, strict=True)]

    return leadmill_requests
