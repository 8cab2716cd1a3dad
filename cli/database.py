"""Opening the database for a command: what goes wrong is said in one line with the way out."""

from collections.abc import Callable, Iterable

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from cli.errors import CommandError, short
from db.engine import open_engine, reading, safe_url
from settings import Settings

# Error numbers of MariaDB and MySQL, and what mends them.
REMEDIES = {
    1044: "grant this user the rights on the database",
    1045: "check the user and the password",
    1049: "create the database first: CREATE DATABASE name CHARACTER SET utf8mb4",
    2003: "start the server or check host and port",
    2005: "check the host's name",
    2013: "check that the port is the database's",
}
# Without these no request can be answered; a dialer may lack others that its version does not have.
NEEDED = ("vicidial_users", "vicidial_user_groups", "vicidial_list", "vicidial_lists", "system_settings")
ADDRESS = "LEADMILL_DATABASE_URL=mysql+pymysql://USER:PASSWORD@HOST/DATABASE"


def reach_database(url: str) -> Engine:
    """An engine whose database has answered. Raises CommandError when it does not."""
    try:
        engine = open_engine(url)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
        raise CommandError(f"the database's address {safe_url(url)} is not usable: {short(error)}; write it as {ADDRESS}") from error
    except DBAPIError as error:
        raise CommandError(unreachable(url, error)) from error
    return engine


def unreachable(url: str, error: DBAPIError) -> str:
    """Why the database did not answer, and what to do."""
    cause = error.orig if error.orig is not None else error
    number = cause.args[0] if cause.args and isinstance(cause.args[0], int) else 0
    said = str(cause.args[1]) if number and len(cause.args) > 1 else short(cause)
    remedy = REMEDIES.get(number, "check LEADMILL_DATABASE_URL")
    if url.startswith("sqlite"):
        remedy = "check that LEADMILL_DATA_DIR is a folder this user can write to"
    return f"cannot reach the database {safe_url(url)}: {said.rstrip('.')}; {remedy}"


def prepare_database(settings: Settings, say: Callable[[str], None]) -> None:
    """Make the embedded database with its demo data, or see that the one that was set has its tables.

    Raises CommandError when the database does not answer or lacks tables.
    """
    from db.demo import load_demo
    from db.schema import load_schema

    engine = reach_database(settings.database)
    if settings.database_url:
        require_tables(engine, settings.database)
    else:
        if missing_tables(engine, NEEDED):
            say("First start: making a database with demo data ...")
        load_schema(engine)
        load_demo(engine)
    engine.dispose()


def require_tables(engine: Engine, url: str) -> None:
    """Raises CommandError unless the tables are there without which nothing works."""
    from db.tables.own import leadmill_jobs

    lacking = missing_tables(engine, (*NEEDED, *leadmill_jobs.metadata.tables))
    if not lacking and not own_tables_are_newest(engine):
        remedy = "run ./leadmill load-schema, which brings them up to date and touches nothing else"
        raise CommandError(f"Leadmill's own tables in {safe_url(url)} are those of another version; {remedy}")
    if lacking:
        remedy = "run ./leadmill load-schema, which creates what is missing and touches nothing else"
        more = f" and {len(lacking) - 3} more" if lacking[3:] else ""
        raise CommandError(f"the database {safe_url(url)} lacks the tables {', '.join(lacking[:3])}{more}; {remedy}")


def own_tables_are_newest(engine: Engine) -> bool:
    """Whether they are those of this version."""
    from db.own import is_newest

    with reading(engine) as connection:
        return is_newest(connection)


def missing_tables(engine: Engine, names: Iterable[str]) -> list[str]:
    """Those of the tables that the database does not have."""
    present = set(inspect(engine).get_table_names())
    return sorted(set(names) - present)
