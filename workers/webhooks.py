"""Tells the ends of jobs to their webhooks: from a thread of the workers of the maintenance queue, again and again with growing pauses.

What is to be told stands in the database, so that no restart loses it. Before a call its next attempt is noted: of all
workers one makes the call, and one that dies in the middle is followed by another.
"""

import random
import ssl
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpcore
import orjson
import structlog
from sqlalchemy import Connection, Engine, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from db.engine import reading, writing
from db.tables.own import leadmill_jobs, leadmill_webhooks
from dialer.import_jobs import COUNTERS, Kind, WebhookState, chunks, jobs, utc_text
from protocol.public_addresses import networks_of
from protocol.webhooks import TYPE, signed_headers
from settings import Settings
from workers.calling import NotAllowed, post

EVERY = 2.0
"""Seconds between two looks."""
AT_ONCE = 20
PAUSES = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)
"""Seconds from one attempt to the next; after the last the webhook has failed."""
LEASE = 120
"""Seconds after which another worker may try, if one died in a call."""
GONE = 410
"""The status by which a receiver says that it wants no more."""
NOT_PUBLIC = "its name leads to an address that is not public"

log = structlog.get_logger(__name__)
hooks = leadmill_webhooks.c

Row = Mapping[Any, Any]


def start_webhooks(engine: Engine, settings: Settings) -> None:
    """Deliver from a thread, until the process ends."""
    threading.Thread(target=_deliver_always, args=(engine, settings), name="webhooks", daemon=True).start()


def _deliver_always(engine: Engine, settings: Settings) -> None:
    pause = threading.Event()
    while not pause.wait(EVERY * random.uniform(0.8, 1.2)):
        try:
            deliver_due(engine, settings)
        except SQLAlchemyError as error:
            log.warning("no webhook could be delivered", error=type(error).__name__)
        except Exception:  # the thread must live
            log.exception("delivering webhooks failed")


def deliver_due(engine: Engine, settings: Settings) -> int:
    """Make the calls that are due; how many."""
    ended = (hooks.job_id == jobs.id, hooks.state == WebhookState.WAITING, jobs.finished.is_not(None))
    due = or_(hooks.due.is_(None), hooks.due <= utc_text())
    query = select(leadmill_jobs, hooks.url, hooks.secret, hooks.due, hooks.attempts).where(*ended, due).limit(AT_ONCE)
    with reading(engine) as connection:
        found = connection.execute(query).mappings().all()
    claimed = [row for row in found if _claimed(engine, row)]
    for row in claimed:
        _deliver(engine, settings, row)
    return len(claimed)


def _claimed(engine: Engine, row: Row) -> bool:
    same = hooks.due.is_(None) if row["due"] is None else hooks.due == row["due"]
    mine = (hooks.job_id == row["id"], hooks.state == WebhookState.WAITING, hooks.attempts == row["attempts"], same)
    values = {"due": _later(LEASE), "attempts": row["attempts"] + 1}
    with writing(engine) as connection:
        return connection.execute(update(leadmill_webhooks).where(*mine), values).rowcount == 1


def _deliver(engine: Engine, settings: Settings, row: Row) -> None:
    with reading(engine) as connection:
        body = orjson.dumps(document(row, connection))
    error, final = attempt(row, body, settings)
    attempts = row["attempts"] + 1
    if not error:
        values = {"state": WebhookState.DELIVERED, "secret": None, "ended": utc_text(), "due": None, "error": None}
    elif final or attempts > len(PAUSES):
        values = {"state": WebhookState.FAILED, "secret": None, "ended": utc_text(), "due": None, "error": error}
    else:
        values = {"due": _later(PAUSES[attempts - 1] * random.uniform(0.9, 1.1)), "error": error}
    log.info("webhook called", job_id=row["id"], attempt=attempts, error=error or None)
    with writing(engine) as connection:
        mine = (hooks.job_id == row["id"], hooks.attempts == attempts, hooks.state == WebhookState.WAITING)
        connection.execute(update(leadmill_webhooks).where(*mine), values)


def attempt(row: Row, body: bytes, settings: Settings) -> tuple[str, bool]:
    """Call once: why it did not succeed, "" if it did, and whether trying again is of no use."""
    message_id = f"{row['id']}-{row['finished']}".replace(" ", "T")
    headers = signed_headers(row["secret"] or settings.webhook_secret, message_id, int(time.time()), body)
    try:
        status = post(row["url"], headers, body, networks_of(settings.webhook_networks))
    except NotAllowed:
        return NOT_PUBLIC, True
    except (httpcore.TimeoutException, TimeoutError):
        return "no answer in time", False
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
        return f"no connection: {type(error).__name__}", False
    if 200 <= status < 300:
        return "", False
    return f"answered {status}" + ("; redirects are not followed" if 300 <= status < 400 else ""), status == GONE


def document(row: Row, connection: Connection) -> dict[str, Any]:
    """What the webhook is told."""
    names = [*COUNTERS, "rows", "retryable"]
    sums = [func.coalesce(func.sum(chunks[name]), 0) for name in names]
    counted = dict(zip(names, map(int, connection.execute(select(*sums).where(chunks.job_id == row["id"])).one()), strict=True))
    path = f"/v1/{'requests' if row['kind'] == Kind.REQUESTS else 'imports'}/{row['id']}"
    data = {name: row[name] for name in ("id", "kind", "state", "user", "filename", "source")}
    data |= {name: f"{row[name]}Z".replace(" ", "T") if row[name] else None for name in ("created", "started", "finished")}
    counters = {"received": counted.pop("rows"), **counted, **({"deleted": counted["done"]} if row["kind"] == Kind.UNDO else {})}
    data |= {"counters": counters, "job": path, "results": f"{path}/results"}
    return {"type": TYPE, "timestamp": data["finished"], "data": data}


def _later(seconds: float) -> str:
    return utc_text(datetime.now(UTC) + timedelta(seconds=seconds))
