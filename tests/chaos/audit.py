"""The audit at the end of a round: what callers were told against what is in the database, and that nothing is left over."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from db.engine import reading
from db.tables.leads import vicidial_list
from db.tables.lists import vicidial_lists
from db.tables.own import leadmill_chunks, leadmill_dead_letters, leadmill_ledger, leadmill_sweeps
from db.tables.web_logs import vicidial_api_log
from protocol.messages import QUEUES, SENT_AT_KEY, SENT_KEY
from tests.chaos.load import OVER, Caller, Import, Load, Write
from tests.chaos.scene import RESET_LIST, Scene
from tests.running import lasting_keys
from tests.waiting import wait_until

QUIET = 90.0
"""Seconds within which all that was queued must be done, once the callers have their answers."""

_leads = vicidial_list.c


def complaints(scene: Scene, load: Load) -> list[str]:
    """Everything that is not as it was told, or should not be there."""
    found = list(ended(scene)) + list(left_over(scene))
    with reading(scene.engine) as connection:
        for caller in load.callers:
            found += caller_complaints(caller, connection, scene.transactional)
        found += import_complaints(load.imported, connection, scene.transactional)
        found += reset_complaints(load.reset, connection)
        found += ledger_complaints(connection)
    return found


def ended(scene: Scene) -> Iterator[str]:
    """Processes that did not stay alive; they are started again."""
    for worker in scene.system.workers:
        if (code := worker.running.poll()) is not None:
            yield f"{worker.name} ended by itself with code {code}"
            worker.again()
    if scene.system.api is None or scene.system.api.running.poll() is not None:
        yield "the API ended by itself"
        scene.system.start_api()


def left_over(scene: Scene) -> Iterator[str]:
    """Messages, copies of messages and keys that nobody will ever take away."""
    with scene.redis() as client:

        def left() -> dict[str, int]:
            lengths = {queue: int(client.llen(queue)) for queue in QUEUES} | {"unacked": int(client.hlen("unacked"))}  # type: ignore[arg-type]
            lengths |= {f"{queue} of RabbitMQ": length for queue, length in scene.held().items()}
            for queue in QUEUES:
                lengths[SENT_KEY + queue] = int(client.hlen(SENT_KEY + queue))  # type: ignore[arg-type]
                lengths[SENT_AT_KEY + queue] = int(client.zcard(SENT_AT_KEY + queue))  # type: ignore[arg-type]
            return {name: length for name, length in lengths.items() if length}

        try:
            wait_until(lambda: not left(), "the queues are empty", timeout=QUIET)
        except AssertionError:
            yield f"left in the queues: {left()}"
        if lasting := lasting_keys(client):
            yield f"keys without an expiry: {sorted(lasting)[:5]}"


def caller_complaints(caller: Caller, connection: Connection, transactional: bool) -> Iterator[str]:
    """What is wrong with the writes of one caller."""
    for write in caller.writes:
        yield from reply_complaints(write, transactional)
    added = [w for w in caller.writes if w.function == "add_lead"]
    phones = [w.parameters["phone_number"] for w in added]
    leads: dict[str, list[Any]] = {phone: [] for phone in phones}
    for row in connection.execute(select(_leads.phone_number, _leads.lead_id, _leads.city).where(_leads.phone_number.in_(phones))):
        leads[row.phone_number].append(row)
    logged = log_rows(connection, phones) if transactional else {}
    for write in added:
        phone = write.parameters["phone_number"]
        ids = [row.lead_id for row in leads[phone]]
        if len(ids) > 1 or (write.done and ids != [write.lead_id]) or (ids and not write.done and not write.unknown):
            yield f"{phone}: told {write.said.strip()!r} after {write.tries} tries, and there are the leads {ids}"
        if write.done and logged.get(phone, 1) != 1:
            yield f"{phone}: {logged[phone]} rows in the API log"
    yield from update_complaints(caller, {row.lead_id: row.city for rows in leads.values() for row in rows})


def reply_complaints(write: Write, transactional: bool) -> Iterator[str]:
    """A reply that is none, that changes, or that says what must not be."""
    what = f"{write.function} {write.parameters}"
    yield from (f"{what}: {problem}" for problem in write.problems)
    if not (write.done or (write.unknown and not transactional) or write.function == "update_list"):
        yield f"{what}: {write.said.strip()!r} after {write.tries} tries"
    if write.again and write.again != write.said:
        yield f"{what}: first {write.said.strip()!r}, and then {write.again.strip()!r}"


def log_rows(connection: Connection, phones: list[str]) -> Counter[str]:
    """How often the API log tells that each telephone was added."""
    log = vicidial_api_log.c
    mine = (log.function == "add_lead", log.result == "SUCCESS", func.substr(log.data, 1, 11).in_([f"{phone}|" for phone in phones]))
    return Counter(data.partition("|")[0] for data in connection.scalars(select(log.data).where(*mine)))


def update_complaints(caller: Caller, cities: dict[int, str]) -> Iterator[str]:
    """A lead has what its last update that was done has put there."""
    last: dict[int, set[str]] = {}
    for write in caller.writes:
        if write.function == "update_lead":
            lead_id, city = int(write.parameters["lead_id"]), write.parameters["city"]
            before = last.get(lead_id, {""})
            last[lead_id] = {city} if write.done else before | {city}
    for lead_id, expected in last.items():
        if cities.get(lead_id) not in expected:
            yield f"lead {lead_id} has the city {cities.get(lead_id)!r}, and not one of {expected}"


def import_complaints(imported: Import, connection: Connection, transactional: bool) -> Iterator[str]:
    """The job has ended, its counters add up, and the rows are there."""
    told, rows = imported.told, imported.rows
    if told.get("state") not in OVER:
        yield f"the import has not ended: {told.get('state')}, {imported.troubles[-5:]}"
        return
    counters = told["counters"]
    parts = sum(counters[name] for name in ("added", "updated", "duplicates", "dnc", "refused", "failed", "waiting"))
    if counters["received"] != rows or parts != rows:
        yield f"the counters of the import do not add up to {rows}: {counters}"
    mine = _leads.source_id == imported.name
    count, distinct = connection.execute(select(func.count(), func.count(_leads.phone_number.distinct())).where(mine)).one()
    if count != distinct:
        yield f"the import has stored {count - distinct} rows twice"
    if not counters["added"] <= count <= counters["added"] + (0 if transactional else counters["failed"]):
        yield f"the import tells of {counters['added']} leads, and there are {count}"
    if transactional and counters["added"] != rows:
        yield f"the import has added {counters['added']} of {rows}: {counters}"


def reset_complaints(write: Write, connection: Connection) -> Iterator[str]:
    """The list was reset, once, as was told."""
    yield from reply_complaints(write, transactional=True)
    if f"update_list LEADS IN LIST HAVE BEEN RESET - 6666|{RESET_LIST}|" not in write.said:
        yield f"the reset was told {write.said.strip()!r}"
        return
    mine = _leads.list_id == RESET_LIST
    left = connection.scalar(select(func.count()).where(mine, _leads.called_since_last_reset != "N"))
    if left:
        yield f"{left} leads of the list have not been reset"
    resets = connection.scalar(select(vicidial_lists.c.resets_today).where(vicidial_lists.c.list_id == RESET_LIST))
    if resets != 1:
        yield f"the list counts {resets} resets"


def ledger_complaints(connection: Connection) -> Iterator[str]:
    """Nothing has been begun and not ended, and nothing was buried that was not poison."""
    for table, open_ in (
        (leadmill_ledger, leadmill_ledger.c.state != "done"),
        (leadmill_sweeps, leadmill_sweeps.c.state != "done"),
        (leadmill_chunks, leadmill_chunks.c.state == "waiting"),
        (leadmill_dead_letters, leadmill_dead_letters.c.id > 0),
    ):
        if count := connection.scalar(select(func.count()).select_from(table).where(open_)):
            yield f"{table.name} has {count} rows that nobody has ended"
