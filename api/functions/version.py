"""version: build and clock of the dialer. Needs no login. Source: spec 00, section 8."""

from datetime import UTC

from sqlalchemy import Connection

from dialer.time_zones import load_local_gmt, load_server_offset
from protocol.functions import Moment
from protocol.replies import Line, Reply, Result, reply

TEXT = "VERSION: 2.14-117|BUILD: 191107-1143|DATE: {date}|EPOCH: {epoch}|DST: {daylight}|TZ: {zone}|TZNOW: {zone_now}|"
VERSION = Line(Result.SUCCESS, TEXT, data=TEXT)


def answer(_function: str, moment: Moment, connection: Connection) -> Reply:
    """One line; the zone as the first active server has it, and as it is now."""
    zone = load_local_gmt(connection)
    return reply(
        VERSION(
            date=moment.text,
            epoch=int(moment.utc.replace(tzinfo=UTC).timestamp()),
            daylight=int(moment.daylight),
            zone=zone,
            zone_now=zone if zone and not moment.daylight else f"{load_server_offset(moment, connection):g}",
        )
    )
