"""How the database goes about looking for duplicates. What is found is tested in tests/writes and tests/conformance."""

from typing import Any

from sqlalchemy import Engine, event, insert, text

from db.engine import open_engine, writing
from db.remembered import REMEMBER
from db.tables.leads import vicidial_list
from dialer.clock import moment
from dialer.duplicates import Alike, load_duplicates
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


def test_leads_are_looked_for_by_the_index_that_a_dialer_has_for_it(mariadb_server: str, tmp_path: Any) -> None:
    """The planner would try each of the two that begin with the telephone before it chose. One that is dropped meanwhile is not missed."""
    url = create_database(INNODB, mariadb_server, tmp_path)
    engine = open_engine(url).execution_options(**{REMEMBER: 60})
    phones = [f"727555{number:04}" for number in range(300)]
    try:
        with writing(engine) as connection:
            connection.execute(insert(vicidial_list), [{"phone_number": phone, "list_id": 101} for phone in phones[:3]])
        assert {(step.possible_keys, step.key) for step in looked_up_by(engine, phones)} == {("phone_list", "phone_list")}
        with engine.connect() as connection:
            connection.execute(text("DROP INDEX phone_list ON vicidial_list"))
        assert found_by(engine, phones) == sorted(phones[:3])
        fresh = open_engine(url)
        assert "phone_list" not in {step.key for step in looked_up_by(fresh, phones)}
        fresh.dispose()
    finally:
        engine.dispose()
        drop_database(url)


def found_by(engine: Engine, phones: list[str]) -> list[Any]:
    """The telephones of which leads are found."""
    with writing(engine) as connection:
        asked = [AddLead(phone_number=phone, duplicate_check="DUPSYS") for phone in phones]
        return sorted(load_duplicates(asked, moment(None), connection).stored[Alike.PHONE, False])


def looked_up_by(engine: Engine, phones: list[str]) -> list[Any]:
    """The database's plans of the statements that look for duplicates of these phones."""
    said: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, given, *_: said.append((statement, given)))
    with writing(engine) as connection:
        load_duplicates([AddLead(phone_number=phone, duplicate_check="DUPSYS") for phone in phones], moment(None), connection)
        looked = [(statement, given) for statement, given in said if "vicidial_list" in statement]
        return [step for statement, given in looked for step in connection.exec_driver_sql(f"EXPLAIN {statement}", given)]
