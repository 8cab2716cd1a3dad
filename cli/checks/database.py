"""The dialer's database: reachable, complete, and what its storage engine and modes mean."""

from sqlalchemy import Connection, Engine, text

from cli.checks.findings import Finding, error, ok, warning
from cli.database import NEEDED, missing_tables, own_tables_are_newest, reach_database
from cli.errors import CommandError
from db.engine import reading, safe_url, storage_engine, transactional
from settings import Settings

OLDEST = {"MariaDB": (10, 2), "MySQL": (8, 0)}
LOAD = "run ./leadmill load-schema, which creates what is missing and touches nothing else"


def check_database(settings: Settings) -> tuple[list[Finding], Engine | None]:
    """What is found of the database, and an engine for further checks when it answers."""
    url = settings.database
    if not settings.database_url and not (settings.data_dir / "leadmill.sqlite3").exists():
        # Looking would make an empty one.
        return [
            warning("Database", "none was set, and there is no embedded one yet", "start ./leadmill up or set LEADMILL_DATABASE_URL")
        ], None
    try:
        engine = reach_database(url)
    except CommandError as fault:
        state, _, mend = str(fault).rpartition("; ")
        return [error("Database", state, mend)], None
    with reading(engine) as connection:
        found = [check_version(connection, url), *check_tables(engine), *check_storage(connection)]
        if engine.dialect.name != "sqlite":
            found.append(check_sql_mode(connection))
    return found, engine


def check_version(connection: Connection, url: str) -> Finding:
    """Kind and version of the server."""
    if connection.dialect.name == "sqlite":
        return ok("Database", f"SQLite {connection.scalar(text('SELECT sqlite_version()'))}, {safe_url(url)}")
    version = str(connection.scalar(text("SELECT VERSION()")))
    kind = "MariaDB" if "mariadb" in version.lower() else "MySQL"
    state = f"{kind} {version.partition('-')[0]} at {safe_url(url)}"
    numbers = tuple(int(part) for part in version.partition("-")[0].split(".")[:2])
    if numbers < OLDEST[kind]:
        oldest = ".".join(map(str, OLDEST[kind]))
        return warning("Database", f"{state} is older than what Leadmill is tested with", f"plan to move to {kind} {oldest} or newer")
    return ok("Database", state)


def check_tables(engine: Engine) -> list[Finding]:
    """Whether the dialer's tables and our own are there."""
    from db.tables import ALL_LEGACY

    lacking = missing_tables(engine, ALL_LEGACY.tables)
    needed = [name for name in lacking if name in NEEDED]
    if needed:
        dialer = error("Dialer's tables", f"{listed(needed)} missing", LOAD)
    elif lacking:
        dialer = warning("Dialer's tables", f"{listed(lacking)} missing; the functions that use them will fail", LOAD)
    else:
        dialer = ok("Dialer's tables", "all there")
    return [dialer, check_own_tables(engine)]


def check_own_tables(engine: Engine) -> Finding:
    """Whether Leadmill's own tables are there, as this version needs them."""
    from db.tables.own import leadmill_jobs

    subject, lacking = "Leadmill's tables", missing_tables(engine, leadmill_jobs.metadata.tables)
    if lacking:
        return error(subject, f"{listed(lacking)} missing", LOAD)
    if not own_tables_are_newest(engine):
        return error(subject, "those of another version", "run ./leadmill load-schema, which brings them up to date")
    return ok(subject, "all there, at the newest revision")


def check_storage(connection: Connection) -> list[Finding]:
    """What the storage engine of the leads means for a batch that is interrupted."""
    engine = storage_engine(connection, "vicidial_list")
    if not engine:
        return []
    if transactional(connection):
        return [ok("Storage engine", f"vicidial_list is {engine}: a batch is stored as a whole or not at all")]
    state = f"vicidial_list is {engine}: what an interrupted batch had stored stays, and some outcomes may be reported as unknown"
    mend = "when the dialer is idle: ALTER TABLE vicidial_list ENGINE=InnoDB; ask your dialer's vendor first"
    return [warning("Storage engine", state, mend)]


def check_sql_mode(connection: Connection) -> Finding:
    """Whether the server's own mode is what the dialer's other programs need; Leadmill sets its session's."""
    mode = str(connection.scalar(text("SELECT @@GLOBAL.sql_mode")))
    if "STRICT" in mode:
        mend = "sql_mode = NO_ENGINE_SUBSTITUTION in the server's configuration, if a dialer shares this database"
        return warning("sql_mode", "strict; Leadmill is not touched by it, but a dialer's own programs fail on it", mend)
    return ok("sql_mode", mode or "empty")


def listed(names: list[str]) -> str:
    """The first few names and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
