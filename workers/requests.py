"""The task that answers a batch of legacy requests."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from celery.exceptions import Reject

from db.engine import Trouble, trouble
from protocol.messages import QueuedRequest, unpacked
from workers.batches import Batch, StillUnderWay
from workers.deliveries import Suspect, delivery, is_redelivered
from workers.ledger import RequestLedger
from workers.running import Running
from workers.sweeps import Sweeping, TurnOver, turn_of


def run_requests(running: Running) -> Callable[..., list[str]]:
    """The body of the task, for one worker process: the reply texts, in the order of the requests."""

    def leadmill_requests(task: Any, batch: Mapping[str, Any]) -> list[str]:
        if tracked(batch):
            task.update_state(state="STARTED")
        try:
            with delivery(running.engine, task.request.id, redelivered=is_redelivered(task)) as suspect:
                return _done(running, task, unpacked(batch), suspect)
        except Exception as error:
            if isinstance(error, StillUnderWay | TurnOver) or trouble(error) is Trouble.OUTAGE:  # the message goes back to its queue
                raise Reject(error, requeue=True) from error
            raise

    return leadmill_requests


def tracked(batch: Mapping[str, Any]) -> bool:
    """Whether somebody may ask for a request of the batch before it is done."""
    return bool(batch.get("track"))


def _done(running: Running, task: Any, requests: Sequence[QueuedRequest], suspect: Suspect | None) -> list[str]:
    ledger = RequestLedger(batch_id=task.request.id, transactional=running.transactional, redelivered=is_redelivered(task))
    zone = running.settings.zone
    work = Batch(engine=running.engine, requests=requests, ledger=ledger, zone=zone, figures=running.figures, suspect=suspect)
    sweeping = Sweeping(
        engine=running.engine,
        batch_id=ledger.batch_id,
        transactional=ledger.transactional,
        zone=zone,
        turn=turn_of(running.settings),
        figures=running.figures,
        suspect=suspect,
    )
    return [reply.text for reply in sweeping.completed(requests, work.settle())]
