"""Invented data on which the examples of the API document work, to try Leadmill without a dialer."""

from datetime import datetime

from sqlalchemy import Engine, func, select

from db.demo.calls import load_calls
from db.demo.leads import load_leads
from db.demo.phone_codes import load_phone_codes
from db.demo.rows import load_rows
from db.demo.users import load_administrator
from db.engine import writing
from db.tables.system import system_settings

__all__ = ["load_demo", "load_phone_codes"]


def load_demo(engine: Engine) -> bool:
    """Fill a database that has no system_settings yet; False and nothing done if it has.

    All is the same each time but for the dates, which lie around the present day. On MyISAM tables, which know no
    ROLLBACK, system_settings comes last, so that an interrupted load is seen and can be begun again on an empty database.
    """
    load_phone_codes(engine)
    now = datetime.now()
    with writing(engine) as connection:
        if connection.scalar(select(func.count()).select_from(system_settings)):
            return False
        load_rows(connection, now)
        load_administrator(connection)
        leads = load_leads(connection, now)
        load_calls(connection, leads, now)
        load_rows(connection, now, only="system_settings")
    return True
