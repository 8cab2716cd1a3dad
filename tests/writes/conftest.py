"""The small dialer on each kind of database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event

from db.engine import open_engine
from db.schema import load_schema
from tests.databases import SQLITE, STORAGE
from tests.writes.bench import LeadBench

LeadBenchOf = Callable[[str], LeadBench]


@pytest.fixture(scope="session")
def lead_bench_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeadBenchOf]:
    """Makes the database of a kind once for all tests; each that asks for it finds the start in it."""
    made: dict[str, LeadBench] = {}

    def find(kind: str) -> LeadBench:
        if kind not in made:
            folder = tmp_path_factory.mktemp("writes")
            url = f"sqlite:///{folder / 'dialer.sqlite3'}" if kind == SQLITE else request.getfixturevalue("mariadb_database")()
            made[kind] = LeadBench(open_engine(url, pool_size=4))
            if kind == SQLITE:
                event.listen(made[kind].engine, "connect", not_waiting_for_the_disk)
            load_schema(made[kind].engine, storage=STORAGE[kind])
            made[kind].prepare()
        made[kind].reset()
        return made[kind]

    yield find
    for bench in made.values():
        bench.engine.dispose()


def not_waiting_for_the_disk(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
