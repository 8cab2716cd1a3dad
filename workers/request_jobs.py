"""One chunk of a job of requests: done as any batch of requests, with the outcomes in the transaction of the effects."""

from collections.abc import Sequence

from db.engine import writing
from dialer.import_jobs import ChunkState
from protocol.chunks import OutcomeRow
from protocol.import_codes import CODES, DONE, NOT_RUN, OUTCOME_UNKNOWN, REQUEST_FAILED, UNKNOWN
from protocol.replies import OUTCOME_UNKNOWN as UNKNOWN_LINE
from protocol.replies import REQUEST_FAILED as FAILED_LINE
from protocol.replies import Reply, Result
from protocol.request_jobs import RequestsChunk, cells_of, requests_unpacked
from workers.batches import Batch
from workers.deliveries import Suspect
from workers.import_ledger import ChunkLedger, finish_chunk
from workers.parked import Parked
from workers.running import Running
from workers.sweeps import Sweeping, turn_of

SKIPPED = Reply(CODES[NOT_RUN].says)


def run_requests_chunk(running: Running, parked: Parked, suspect: Suspect | None) -> None:
    """Do the requests of a chunk, however often the message comes. Raises AlreadyDone, StillUnderWay, TurnOver."""
    chunk = requests_unpacked(parked.payload)
    if parked.cancelled:
        with writing(running.engine) as connection:
            # What was refused at once stays refused.
            finish_chunk(connection, parked, outcomes_of(chunk, chunk.woven([SKIPPED] * len(chunk.requests))), ChunkState.SKIPPED)
        return
    ledger = ChunkLedger(
        batch_id=parked.task_id,
        transactional=running.transactional,
        chunk=parked,
        size=len(chunk.requests),
        outcomes=lambda replies: outcomes_of(chunk, chunk.woven(replies)),
    )
    work = Batch(
        engine=running.engine,
        requests=chunk.requests,
        ledger=ledger,
        zone=running.settings.zone,
        figures=running.figures,
        suspect=suspect,
    )
    sweeping = Sweeping(
        engine=running.engine,
        batch_id=ledger.batch_id,
        transactional=running.transactional,
        zone=running.settings.zone,
        turn=turn_of(running.settings),
        figures=running.figures,
        suspect=suspect,
    )
    replies = sweeping.completed(chunk.requests, work.settle())
    if not ledger.finished:  # done in parts, swept, or nothing to be done
        with writing(running.engine) as connection:
            ledger.finish(connection, replies)


def outcomes_of(chunk: RequestsChunk, replies: Sequence[Reply]) -> list[OutcomeRow]:
    """What became of every request, in their order."""
    outcomes: list[OutcomeRow] = []
    for position, function, request, said in zip(chunk.positions, chunk.functions, chunk.asked(), replies, strict=True):
        code = code_of(function, said)
        outcomes.append((position, code, said.lead_id, said.text.rstrip("\n"), "", cells_of(function, code, request)))
    return outcomes


def code_of(function: str, said: Reply) -> str:
    """Done, unless every line of the reply that is no notice is an error."""
    if said is SKIPPED:
        return NOT_RUN
    reasons = {entry.reason for entry in said.log}
    for line, code in ((FAILED_LINE, REQUEST_FAILED), (UNKNOWN_LINE, OUTCOME_UNKNOWN)):
        if line.reason.format_map({"function": function}) in reasons:
            return code
    words = {text.partition(":")[0] for text in said.text.splitlines()}
    return UNKNOWN if Result.ERROR in words and Result.SUCCESS not in words else DONE
