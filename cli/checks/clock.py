"""The clock of this machine against the clock of the database: leads, callbacks and call times depend on both."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, text

from cli.checks.findings import Finding, error, ok, warning
from db.engine import reading
from settings import Settings

TOLERATED = timedelta(seconds=5)
QUARTER = timedelta(minutes=15)


def check_clock(settings: Settings, engine: Engine) -> Finding:
    """Whether both show the same wall clock."""
    zone = settings.timezone or "this machine's zone"
    here = datetime.now(settings.zone).replace(tzinfo=None)
    if engine.dialect.name == "sqlite":
        return ok("Clock", f"{here:%Y-%m-%d %H:%M:%S} in {zone}; SQLite has none of its own")
    with reading(engine) as connection:
        there = datetime.fromisoformat(str(connection.scalar(text("SELECT NOW(6)"))))
    return compare(here, there, zone)


def compare(here: datetime, there: datetime, zone: str) -> Finding:
    """What the difference of two wall clocks means."""
    ahead = there - here
    if abs(ahead) <= TOLERATED:
        return ok("Clock", f"{here:%Y-%m-%d %H:%M:%S} in {zone}, as in the database")
    quarters = round(ahead / QUARTER)
    state = f"the database shows {there:%Y-%m-%d %H:%M:%S}, Leadmill {here:%Y-%m-%d %H:%M:%S} in {zone}"
    if quarters and abs(ahead - quarters * QUARTER) <= TOLERATED:
        return error("Clock", f"{state}: another time zone", "set LEADMILL_TIMEZONE to the zone of the dialer, such as America/New_York")
    return warning("Clock", f"{state}: {abs(ahead).total_seconds():.0f} s apart", "let both machines keep time by NTP")
