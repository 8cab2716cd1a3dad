"""Many rows in one statement, on each database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, event, func, select

import db.rows
from db.engine import writing
from db.rows import insert_columns, insert_rows
from db.tables.dnc import vicidial_dnc
from db.tables.leads import vicidial_list
from db.tables.lists import vicidial_lists

LEAD = vicidial_list.c


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as connected:
        connected.execute(vicidial_list.delete())
        yield connected
        for table in (vicidial_list, vicidial_dnc, vicidial_lists):
            connected.execute(table.delete())


@pytest.mark.parametrize("count", [1, 999, 5000])
def test_ids_come_in_the_order_of_the_rows(count: int, connection: Connection) -> None:
    ids = insert_rows(connection, vicidial_list, leads(count), ids=True)
    stored = connection.execute(select(LEAD.lead_id, LEAD.phone_number).order_by(LEAD.lead_id)).all()
    assert [(lead_id, str(n)) for n, lead_id in enumerate(ids)] == [tuple(row) for row in stored]


@pytest.mark.parametrize("count", [1, 2345])
def test_rows_given_by_column_are_the_same(count: int, connection: Connection) -> None:
    rows = leads(count)
    ids = insert_columns(connection, vicidial_list, {name: [row[name] for row in rows] for name in rows[0]})
    columns = [LEAD.lead_id, *(LEAD[name] for name in rows[0])]
    stored = connection.execute(select(*columns).order_by(LEAD.lead_id)).all()
    assert [(lead_id, *map(str, row.values())) for lead_id, row in zip(ids, rows, strict=True)] == [
        (lead_id, *map(str, values)) for lead_id, *values in stored
    ]


@pytest.mark.parametrize("wsrep", ["OFF", "ON"])
def test_ids_of_a_server_that_counts_in_steps(wsrep: str, connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        pytest.skip("SQLite counts by one")
    connection.exec_driver_sql("SET SESSION auto_increment_increment = 7")
    connection.info.pop(db.rows.STEP, None)
    if wsrep == "ON":  # a node of a cluster: the ids are asked for
        connection.info[db.rows.STEP] = 0
    try:
        ids = insert_rows(connection, vicidial_list, leads(2500), ids=True)
    finally:
        connection.exec_driver_sql("SET SESSION auto_increment_increment = 1")
        del connection.info[db.rows.STEP]
    assert ids == list(connection.scalars(select(LEAD.lead_id).order_by(LEAD.lead_id)))
    assert ids[1] - ids[0] == 7


def test_ids_that_the_rows_bring_along(connection: Connection) -> None:
    assert insert_rows(connection, vicidial_list, [{"lead_id": n, "phone_number": "1"} for n in (9, 3, "5")], ids=True) == [9, 3, 5]


def test_no_ids_unless_asked_for_or_made(connection: Connection) -> None:
    assert insert_rows(connection, vicidial_list, leads(2)) == []
    assert insert_rows(connection, vicidial_dnc, [{"phone_number": "7275550100"}], ids=True) == []
    assert insert_rows(connection, vicidial_lists, [{"list_id": "999"}], ids=True) == []
    assert insert_rows(connection, vicidial_list, [], ids=True) == []


def test_values_come_back_as_they_were(connection: Connection) -> None:
    values = ["it's", 'say "x"', "back\\slash\\", "100% %s %(a)s", "nul\0nul", "?", ":a", "ünï", "", " x"]
    insert_rows(connection, vicidial_list, [{"phone_number": "1", "comments": value} for value in values])
    assert list(connection.scalars(select(LEAD.comments).order_by(LEAD.lead_id))) == values


def test_an_emoji_is_no_error(connection: Connection) -> None:
    insert_rows(connection, vicidial_list, [{"phone_number": "1", "comments": "go \N{ROCKET}"}])
    # the tables of a dialer have 3 bytes for a character
    wanted = "go \N{ROCKET}" if connection.dialect.name == "sqlite" else "go ?"
    assert connection.scalar(select(LEAD.comments)) == wanted


@pytest.mark.parametrize("count", [1, 2])
def test_none(count: int, connection: Connection) -> None:
    insert_rows(connection, vicidial_list, [{"phone_number": None, "rank": None, "comments": None, "owner": None}] * count)
    rows = connection.execute(select(LEAD.phone_number, LEAD.rank, LEAD.comments, LEAD.owner)).all()
    assert [tuple(row) for row in rows] == [("", 0, None, None)] * count


def test_values_are_fitted(connection: Connection) -> None:
    insert_rows(connection, vicidial_list, [{"phone_number": 7275550100, "title": "Professor", "list_id": "101x", "entry_date": "soon"}])
    row = connection.execute(select(LEAD.phone_number, LEAD.title, LEAD.list_id, LEAD.entry_date)).one()
    assert row == ("7275550100", "Prof", 101, "0000-00-00 00:00:00")


def test_statements_stay_below_the_servers_limit(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.dialect.name == "sqlite":
        pytest.skip("SQLite limits placeholders, not bytes")
    monkeypatch.setattr(db.rows, "packet", lambda _: 50_000)
    sizes: list[int] = []
    event.listen(connection, "before_cursor_execute", lambda *seen: sizes.append(len(seen[2]) + sum(len(str(v)) for v in seen[3])))
    insert_rows(connection, vicidial_list, [{"phone_number": "1", "comments": "\\'" * 100} for _ in range(300)])
    assert len(sizes) > 2
    assert max(sizes) < 50_000
    assert connection.scalar(select(func.count()).select_from(vicidial_list)) == 300


def leads(count: int) -> list[dict[str, object]]:
    return [{"phone_number": str(n), "list_id": "101", "entry_date": "2026-10-05 10:00:00", "comments": "x"} for n in range(count)]
