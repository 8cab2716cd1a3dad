"""The dialer's wall clock. Its tables hold naive local time in the zone of the dialer's server."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from protocol.functions import Moment


def moment(zone: ZoneInfo | None, at: datetime | None = None) -> Moment:
    """The clock values of now, or of an aware moment; `zone` None means this machine's own zone."""
    utc = (at or datetime.now(UTC)).astimezone(UTC)
    local = utc.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    return Moment(
        now=local.replace(tzinfo=None, microsecond=0),
        utc=utc.replace(tzinfo=None, microsecond=0),
        daylight=_daylight(local),
        zone_offset=offset.total_seconds() / 3600,
    )


def _daylight(local: datetime) -> bool:
    daylight = local.dst()
    if daylight is None:  # the fixed offset of astimezone(None) knows nothing of daylight time; the C library does
        return time.localtime(local.timestamp()).tm_isdst > 0
    return bool(daylight)
