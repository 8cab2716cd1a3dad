"""Creating the tables a database lacks; what is there is never touched."""

from typing import Literal

from sqlalchemy import Engine, inspect

from db.engine import writing
from db.own import upgrade
from db.tables.definitions import for_mariadb, for_sqlite, touches

Storage = Literal["InnoDB", "MyISAM"]


def load_schema(engine: Engine, *, storage: Storage = "InnoDB") -> list[str]:
    """Create the legacy tables that are missing, with this storage engine on MariaDB, and Leadmill's own.

    With MyISAM the tables that a classic dialer keeps in memory stay MEMORY. Returns the names of the legacy tables made.
    """
    upgrade(engine)
    sqlite = engine.dialect.name == "sqlite"
    definitions = for_sqlite() if sqlite else for_mariadb(storage)
    with writing(engine) as connection:
        there = {name.lower() for name in inspect(connection).get_table_names()}
        missing = [table for table in definitions.sorted_tables if table.name not in there]
        definitions.create_all(connection, tables=missing, checkfirst=False)
        for table in missing if sqlite else ():
            for trigger in touches(table):
                connection.execute(trigger)
    return [table.name for table in missing]
