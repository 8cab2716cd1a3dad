"""Opening the database, and what differs from one to another: the embedded SQLite, and a dialer's MariaDB or MySQL."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import partial
from importlib import import_module
from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, Row, Select, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.literals import BatchCursor, without_rows
from db.round_trips import NewId, SparingConnection
from db.sqlite import DEADLINE, WRITING, open_sqlite, watch_sqlite

CONNECT_TIMEOUT = 5
"""Seconds to wait for a server that does not answer."""

RECYCLE = 900
"""Seconds after which a connection is not used again: firewalls and wait_timeout drop what stays idle."""

_DRIVERS = {"mysql": "mysql+pymysql", "mariadb": "mysql+pymysql", "mariadb+pymysql": "mysql+pymysql", "mariadb+mysqldb": "mysql+mysqldb"}
IDLE = 1.0
"""Seconds of rest after which a connection is tried before it is used."""

ALWAYS_DIVE = "/*M!100403 , eq_range_index_dive_limit = 0 */"
"""Has MariaDB (others read a comment) see in the index how much it holds of each value that is looked for.

Of 200 values or more it would go by the table's statistics, which are ten seconds old at least: while a table grows fast they
have it read a whole index for each chunk of an import.
"""

_USED = "leadmill_used"

ROWS_READ_AT_ONCE = 1000
# Numbers of the MySQL protocol for column types; both drivers know a converter by them.
_DECIMALS = (0, 246)
_TEXTS = (4, 5, 7, 10, 11, 12, 14)  # float, double, timestamp, date, time, datetime, newdate


def open_engine(url: str, *, pool_size: int = 8, limit: float = 0) -> Engine:
    """An engine for sqlite:///path, mysql:// or mariadb:// (drivers pymysql and mysqldb); it connects when first used.

    Values come back as text or whole numbers; dates, times and decimals are text (db/types.py). The database ends a
    SELECT that takes more than `limit` seconds (Trouble.TOO_LONG), and no other begins in a transaction that has taken
    as long (TookTooLong); 0 means no limit. Raises ValueError, never with the password in it, for a URL that is none of these.
    """
    try:
        parsed = make_url(url)
    except (ValueError, ArgumentError):
        # not chained: with an "@" in the password its text may stand in the first error
        raise ValueError("the database's URL cannot be read; special characters of a password are written as %40 and the like") from None
    if parsed.drivername.partition("+")[0] == "sqlite":
        return _limited(open_sqlite(parsed, pool_size), limit, watch_sqlite)
    parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
    if parsed.drivername not in ("mysql+pymysql", "mysql+mysqldb"):
        raise ValueError(f"no such kind of database: {parsed.drivername}")
    return _limited(_open_mariadb(parsed, pool_size), limit, partial(_limit_mariadb, limit))


def safe_url(url: str) -> str:
    """The URL without its password, for people to read."""
    return re.sub(r"(?<=[?&])([^=&]*pass[^=&]*)=[^&]*", r"\1=***", re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write: committed at the end, rolled back on an error.

    SQLite takes its one write lock at the start (BEGIN IMMEDIATE): a transaction that reads first and writes later
    would fail when another has written in between.
    """
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: one moment's view on SQLite, what is committed at each statement on MariaDB."""
    with engine.connect() as connection, connection.begin():
        yield connection


def streamed(statement: Select[*tuple[Any, ...]], connection: Connection) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows of a statement as the server sends them, so that there may be any number of them.

    On MariaDB nothing else can be asked of the connection before the last one.
    """
    yield from connection.execute(statement.execution_options(yield_per=ROWS_READ_AT_ONCE))


def transactional(connection: Connection) -> bool:
    """False where leads stay after a ROLLBACK, because vicidial_list is a MyISAM table."""
    return storage_engine(connection, "vicidial_list").lower() not in ("myisam", "aria", "memory")


def storage_engine(connection: Connection, table: str) -> str:
    """Storage engine of a table, such as InnoDB; SQLite's own name there; '' where there is no such table.

    Asked once a database connection: an operator who converts tables restarts the workers (or waits for RECYCLE).
    """
    if connection.dialect.name == "sqlite":
        return "SQLite"
    known: dict[str, str] = connection.info.setdefault("leadmill_storage_engines", {})
    if table not in known:
        query = text("SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = :name")
        known[table] = str(connection.scalar(query, {"name": table}) or "")
    return known[table]


def _limited(engine: Engine, limit: float, prepare: Callable[[Any, Any], None]) -> Engine:
    """The engine with a limit on what is read in one transaction; `prepare` has the database end a statement by itself."""
    if limit:
        event.listen(engine, "connect", prepare)
        event.listen(engine, "checkout", lambda _connection, record, _proxy: record.info.update({DEADLINE: monotonic() + limit}))
        event.listen(engine, "before_cursor_execute", _look_at_clock)
    return engine


def _look_at_clock(connection: Connection, *_: object) -> None:
    if monotonic() > connection.info.get(DEADLINE, float("inf")):
        raise TookTooLong


def _open_mariadb(url: URL, pool_size: int) -> Engine:
    options: dict[str, Any] = {
        "charset": "utf8mb4",
        "local_infile": False,
        # Not strict: a dialer's own programs rely on values being cut to fit. Zero dates are data here.
        "init_command": f"SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION' {ALWAYS_DIVE}",
        "conv": _converters(url.get_driver_name()),
    }
    if url.get_driver_name() == "pymysql":
        options["cursorclass"] = BatchCursor
    if "connect_timeout" not in url.query:
        options["connect_timeout"] = CONNECT_TIMEOUT
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # errors go to logs and dead letters, parameters may be passwords
        pool_recycle=RECYCLE,
        pool_reset_on_return=None,  # whoever takes a connection ends its transaction: saves a round trip
        isolation_level="READ COMMITTED",  # a look-up after a lock must see what others committed meanwhile
        connect_args=options,
    )
    if url.get_driver_name() == "pymysql":
        event.listen(engine, "do_connect", lambda _dialect, _record, _args, given: SparingConnection(**given))
    event.listen(engine, "handle_error", _leave_rows_out)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_try_if_idle, engine))
    return engine


def _leave_rows_out(context: ExceptionContext) -> None:
    """Rows hold names, numbers, and passwords of users and phones."""
    error = context.sqlalchemy_exception
    if error is not None and error.statement is not None:
        error.statement = without_rows(error.statement)


def _note_use(_connection: object, record: Any) -> None:
    record.info[_USED] = monotonic()


def _try_if_idle(engine: Engine, connection: Any, record: Any, _proxy: object) -> None:
    """Try a connection that was idle: a server that came back must not cost a batch. One just used needs no round trip."""
    if monotonic() - record.info.get(_USED, monotonic()) > IDLE:
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise InvalidatePoolError from error  # SQLAlchemy opens another, and so with all opened before


def _limit_mariadb(limit: float, connection: Any, _record: object) -> None:
    """Have the server end SELECTs that take too long: MariaDB counts in seconds, MySQL in milliseconds."""
    is_mariadb = "mariadb" in connection.get_server_info().lower()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET SESSION max_statement_time = %s" if is_mariadb else "SET SESSION max_execution_time = %s",
            (limit if is_mariadb else max(1, round(limit * 1000)),),
        )


def _converters(driver: str) -> Mapping[Any, Any]:
    """The driver's own converters, but text for dates, times and decimals: zero dates have no Python value."""
    of_driver = import_module("pymysql.converters" if driver == "pymysql" else "MySQLdb.converters").conversions
    return {**of_driver, **dict.fromkeys(_TEXTS, str), **dict.fromkeys(_DECIMALS, _decimal), NewId: _new_id}


def _new_id(value: NewId, _converters: object) -> str:
    return f"LAST_INSERT_ID() + {value.after_first}"


def _decimal(value: str) -> str | int:
    # SUM() of whole numbers is a DECIMAL without a point, and a number on SQLite
    return value if "." in value else int(value)


class TookTooLong(Exception):
    """What was read in one transaction took longer than the engine's limit."""


class Trouble(Enum):
    """What an exception says about the database."""

    OUTAGE = "it cannot be reached or cannot work; nothing of this transaction was stored, the same may work later"
    CONFLICT = "another transaction was in the way; the same works when tried again"
    TOO_LONG = "it took longer than the engine's limit, and was ended"
    OTHER = "not the database's state: what was asked is at fault"


def trouble(error: BaseException) -> Trouble:
    """What kind of trouble an exception is; anything that is not the database's is OTHER."""
    if isinstance(error, PoolTimeout):
        return Trouble.OUTAGE
    if not isinstance(error, DBAPIError):
        return Trouble.OTHER
    sqlite = getattr(error.orig, "sqlite_errorcode", None)
    if sqlite is not None:
        return _SQLITE_TROUBLE.get(sqlite & 0xFF, Trouble.OTHER)
    code = next(iter(getattr(error.orig, "args", ())), None)
    if code in _CONFLICTS:
        return Trouble.CONFLICT
    if code in _TOO_LONG:
        return Trouble.TOO_LONG
    return Trouble.OUTAGE if error.connection_invalidated or code in _OUTAGES else Trouble.OTHER


# BUSY and LOCKED; interrupted; I/O error, disk full, cannot open
_SQLITE_TROUBLE = {
    5: Trouble.CONFLICT,
    6: Trouble.CONFLICT,
    9: Trouble.TOO_LONG,
    10: Trouble.OUTAGE,
    13: Trouble.OUTAGE,
    14: Trouble.OUTAGE,
}

# row changed since read, lock wait timeout, deadlock, table definition changed, lock given up, NOWAIT
_CONFLICTS = frozenset({1020, 1205, 1213, 1412, 1689, 3572})

# MariaDB's max_statement_time, MySQL's max_execution_time
_TOO_LONG = frozenset({1969, 3024})

_OUTAGES = frozenset(
    {
        *(2002, 2003, 2005, 2006, 2013, 2014, 2045, 2055, 4031, 0),  # no connection, or lost
        *(1040, 1203, 1226),  # too many connections
        *(1044, 1045, 1049),  # the server does not let us in
        *(1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1927, 3169),  # shut down, killed, network
        *(1290, 1836, 1047),  # read only, node not ready
        *(1021, 1030, 1194, 1195),  # disk full, storage engine failed, table crashed
    }
)
