"""Batches on each kind of database, without queue or HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, Table, delete, func, select

from db.engine import open_engine, writing
from db.schema import load_schema
from db.tables.leads import vicidial_list
from db.tables.own import leadmill_dead_letters, leadmill_ledger, leadmill_request_ids
from db.tables.web_logs import vicidial_api_log
from protocol.functions import Caller
from protocol.messages import LogContext, QueuedRequest
from protocol.parameters import cleaned
from protocol.replies import Reply
from tests.databases import KINDS, SQLITE, STORAGE
from workers.batches import Batch
from workers.ledger import RequestLedger

CALLER = Caller(user="6666", level=9)
EMPTIED = (vicidial_list, leadmill_ledger, leadmill_request_ids, leadmill_dead_letters, vicidial_api_log)


@dataclass(frozen=True, slots=True)
class Bench:
    """A database with every table, and batches on it."""

    kind: str
    engine: Engine

    @property
    def transactional(self) -> bool:
        """Whether its tables know a ROLLBACK."""
        return self.kind != "myisam"

    def request(self, phone_number: str, **parameters: str) -> QueuedRequest:
        """One add_lead."""
        sent = {"phone_number": phone_number, "list_id": "101", **parameters}
        log = LogContext(user="6666", function="add_lead", source="test", client_ip="127.0.0.1")
        return QueuedRequest(function="add_lead", caller=CALLER, parameters=cleaned(sent), raw=sent, log=log)

    def ledger(self, batch_id: str = "") -> RequestLedger:
        """The ledger of a batch."""
        return RequestLedger(batch_id=batch_id or uuid4().hex, transactional=self.transactional)

    def settle(self, requests: list[QueuedRequest], ledger: RequestLedger | None = None) -> list[Reply]:
        """The replies to a batch."""
        return Batch(engine=self.engine, requests=requests, ledger=ledger or self.ledger(), zone=None).settle()

    def count(self, table: Table) -> int:
        """Rows of a table."""
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def phones(self) -> list[str]:
        """The telephone of every lead, in the order of their ids."""
        with self.engine.connect() as connection:
            return list(connection.scalars(select(vicidial_list.c.phone_number).order_by(vicidial_list.c.lead_id)))


BenchOf = Callable[[str], Bench]


@pytest.fixture(scope="session")
def bench_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BenchOf]:
    """Makes the database of a kind once for all tests."""
    made: dict[str, Bench] = {}

    def find(kind: str) -> Bench:
        if kind not in made:
            folder = tmp_path_factory.mktemp("workers")
            url = f"sqlite:///{folder / 'dialer.sqlite3'}" if kind == SQLITE else request.getfixturevalue("mariadb_database")()
            made[kind] = Bench(kind, open_engine(url, pool_size=12))
            load_schema(made[kind].engine, storage=STORAGE[kind])
        return made[kind]

    yield find
    for bench in made.values():
        bench.engine.dispose()


@pytest.fixture(params=KINDS)
def bench(request: Any, bench_of: BenchOf) -> Bench:
    """An empty database of each kind in turn."""
    made = bench_of(request.param)
    with writing(made.engine) as connection:
        for table in EMPTIED:
            connection.execute(delete(table))
    return made
