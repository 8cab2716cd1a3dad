"""How the database goes about looking for duplicates. What is found is tested in tests/writes and tests/conformance."""

from typing import Any

from sqlalchemy import Engine, event, text

from db.engine import open_engine, writing
from dialer.clock import moment
from dialer.duplicates import load_duplicates
from tasks.add_lead import AddLead
from tests.databases import INNODB, create_database, drop_database


def test_a_new_table_without_figures_is_not_gone_through_list_by_list(mariadb_server: str, tmp_path: Any) -> None:
    """Its figures say that it is empty, for up to ten seconds after the first import has begun."""
    url = create_database(INNODB, mariadb_server, tmp_path)
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("ANALYZE TABLE vicidial_list")).all()
        plan = looked_up_by(engine, [f"727555{number:04}" for number in range(50)])
        assert plan
        assert not [step for step in plan if "group-by" in str(step)]
    finally:
        engine.dispose()
        drop_database(url)


def looked_up_by(engine: Engine, phones: list[str]) -> list[Any]:
    """The database's plans of the statements that look for duplicates of these phones."""
    said: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, given, *_: said.append((statement, given)))
    with writing(engine) as connection:
        load_duplicates([AddLead(phone_number=phone, duplicate_check="DUPSYS") for phone in phones], moment(None), connection)
        looked = list(said)
        return [step for statement, given in looked for step in connection.exec_driver_sql(f"EXPLAIN {statement}", given)]
