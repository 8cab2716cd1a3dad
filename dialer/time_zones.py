"""The offset from universal time at which a lead's telephone rings, and daylight time.

Source: spec timezones-and-call-times, sections 1 to 3 and 6.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Set
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Row, func, select

from db.remembered import remembered
from db.tables.system import servers
from db.tables.time_zones import vicidial_postal_codes
from dialer.collation import number
from dialer.phones import US_CANADA, Nanpa, PhoneCodes, country_number
from protocol.functions import Moment

NANPA_SCHEME = "SSM-FSN"
BY_AREACODE = frozenset({1, 52})
BY_STATE = 61
SHORTEST_POSTAL = 5
"""Characters that a postal code must have to be looked up."""


class Zone(NamedTuple):
    """Standard offset as stored, and the daylight scheme."""

    gmt_offset: str
    scheme: str


class Edge(NamedTuple):
    """A switch of daylight time: the n-th Sunday of a month (-1: the last) at an hour of local standard time."""

    month: int
    sunday: int
    hour: int

    def of(self, year: int) -> datetime:
        """The moment of the switch in a year."""
        if self.sunday > 0:
            first = 7 - date(year, self.month, 1).weekday()
            return datetime(year, self.month, first + 7 * (self.sunday - 1), self.hour)
        last = monthrange(year, self.month)[1]
        return datetime(year, self.month, last - date(year, self.month, last).isoweekday() % 7, self.hour)


SCHEMES: Mapping[str, tuple[Edge, Edge]] = {
    "SSM-FSN": (Edge(3, 2, 2), Edge(11, 1, 2)),
    "FSA-LSO": (Edge(4, 1, 2), Edge(10, -1, 2)),
    "LSM-LSO": (Edge(3, -1, 1), Edge(10, -1, 1)),
    "LSO-LSM": (Edge(10, -1, 1), Edge(3, -1, 1)),
    "FSO-LSM": (Edge(10, 1, 1), Edge(3, -1, 1)),
    "FSO-FSA": (Edge(10, 1, 1), Edge(4, 1, 2)),
    "FSO-TSM": (Edge(10, 1, 1), Edge(3, 3, 1)),
    "LSS-FSA": (Edge(9, -1, 1), Edge(4, 1, 2)),
    "TSO-LSF": (Edge(10, 3, 1), Edge(2, -1, 1)),
}
"""Daylight time by scheme: begin and end, by what the name says (FSO: First Sunday of October).

The legacy rules missed some of these dates; vectors/dst.yaml holds both.
"""


class ZoneRequest(Protocol):
    """What decides which zone rows a batch needs."""

    @property
    def tz_method(self) -> str: ...
    @property
    def postal_code(self) -> str: ...


def daylight(scheme: str, local_standard: datetime) -> bool:
    """Whether daylight time is on at a moment of local standard time; never for a scheme that is not known."""
    edges = SCHEMES.get(scheme)
    if edges is None:
        return False
    begin, end = (edge.of(local_standard.year) for edge in edges)
    if begin < end:
        return begin <= local_standard < end
    return not end <= local_standard < begin


class Zones:
    """The zone facts of one batch. What was decided once is remembered for the batch, so its clock stands still."""

    def __init__(self, codes: PhoneCodes, nanpa: Nanpa, postal: Mapping[str, Zone], now: datetime, server_offset: float) -> None:
        """`now` is the dialer's wall clock, `server_offset` its offset in hours; `postal` has the lower-case text asked for."""
        self._codes = codes
        self._nanpa = nanpa
        self._postal = postal
        self._now = now
        self._server_offset = server_offset
        self._by_place: dict[tuple[str, str, str], str] = {}
        self._by_zone: dict[Zone, str] = {}

    def offset(
        self, phone_code: str, phone_number: str, state: str = "", tz_method: str = "", postal_code: str = "", owner: str = ""
    ) -> str:
        """The present offset of a lead as text in hours: as stored in winter (`-5.00`), a plain number in summer (`-4`).

        "" if nothing at all is known about the country. NANPA in `tz_method` must be cut out where its data is not loaded.
        """
        if tz_method:
            zone = self._by_method(phone_code, phone_number, tz_method, postal_code, owner)
            if zone is not None:
                return self._printed(zone)
        place = (phone_code, phone_number[:3], state)
        offset = self._by_place.get(place)
        if offset is None:
            zone = self._of_place(*place)
            offset = self._by_place[place] = self._printed(zone) if zone else ""
        if not offset and tz_method == "TZCODE" and len(owner) > 1:
            return "0"
        return offset

    def _by_method(self, phone_code: str, phone_number: str, tz_method: str, postal_code: str, owner: str) -> Zone | None:
        method = tz_method.upper()
        zone = None
        # the text 1, not the number: 01 has no postal codes here (spec timezones-and-call-times, step 4)
        if "POSTAL" in method and len(postal_code) >= SHORTEST_POSTAL and phone_code == US_CANADA:
            zone = self._postal.get(postal_code.lower())
        if tz_method == "TZCODE" and len(owner) > 1:
            found = self._codes.zone(phone_code, owner)
            zone = Zone(*found) if found else None
        if "NANPA" in method and (prefix := self._nanpa.prefix(phone_number)):
            zone = Zone(prefix.gmt_offset, NANPA_SCHEME if prefix.daylight else "")
        return zone

    def _of_place(self, phone_code: str, areacode: str, state: str) -> Zone | None:
        country = country_number(phone_code)
        row = None
        if country in BY_AREACODE:
            row = self._codes.area(phone_code, areacode)
        elif country == BY_STATE:
            row = self._codes.state(phone_code, state)
        row = row or self._codes.country(phone_code)
        return Zone(row.gmt_offset, row.dst_range) if row else None

    def _printed(self, zone: Zone) -> str:
        text = self._by_zone.get(zone)
        if text is None:
            text = self._by_zone[zone] = self._offset_now(zone)
        return text

    def _offset_now(self, zone: Zone) -> str:
        text = zone.gmt_offset.replace("+", "")
        standard = number(text)
        if daylight(zone.scheme, self._now + timedelta(hours=standard - self._server_offset)):
            return f"{standard + 1:g}"
        return text


def load_zones(requests: Iterable[ZoneRequest], codes: PhoneCodes, nanpa: Nanpa, moment: Moment, connection: Connection) -> Zones:
    """The zone facts for a batch; postal codes are asked for only where a request wants them."""
    texts = {r.postal_code.lower() for r in requests if r.tz_method and "POSTAL" in r.tz_method.upper()}
    texts = {text for text in texts if len(text) >= SHORTEST_POSTAL}
    postal = load_postal_zones(texts, connection) if texts else {}
    return Zones(codes, nanpa, postal, moment.now, load_server_offset(moment, connection))


def load_postal_zones(texts: Iterable[str], connection: Connection) -> dict[str, Zone]:
    """By each text the zone of the first postal code of country 1 that begins with it; the code itself comes first.

    The texts are lower-case and longer than 4 characters.
    """
    table = vicidial_postal_codes.c
    columns = select(table.postal_code, table.GMT_offset, table.DST_range).where(table.country_code == int(US_CANADA))
    wanted = set(texts)
    found = _first_of(wanted, connection.execute(columns.where(table.postal_code.in_(sorted(wanted)))))
    missing = wanted - found.keys()
    if missing:
        # rarely any, and one look at the whole table costs less than a LIKE for each of them
        alike = func.lower(func.substr(table.postal_code, 1, SHORTEST_POSTAL)).in_(sorted({text[:SHORTEST_POSTAL] for text in missing}))
        found |= _first_of(missing, connection.execute(columns.where(alike)))
    return found


def _first_of(texts: Set[str], rows: Iterable[Row[Any, Any, Any]]) -> dict[str, Zone]:
    lengths = {len(text) for text in texts}
    found: dict[str, Zone] = {}
    for code, offset, scheme in sorted(rows, key=lambda row: str(row[0]).lower()):
        for text in {code.lower()[:length] for length in lengths} & texts:
            found.setdefault(text, Zone(offset or "", scheme or ""))
    return found


def load_server_offset(moment: Moment, connection: Connection) -> float:
    """The dialer's present offset in hours: local_gmt of the first active server plus daylight time, else its clock's own."""
    text = load_local_gmt(connection)
    return number(text) + moment.daylight if text else moment.zone_offset


def load_local_gmt(connection: Connection) -> str:
    """local_gmt of the first active server, such as `-5.00`; '' without one."""
    return remembered(connection, "servers.local_gmt", _read_local_gmt)


def _read_local_gmt(connection: Connection) -> str:
    first = connection.execute(select(servers.c.local_gmt).where(servers.c.active == "Y").limit(1)).first()
    return str(first.local_gmt or "") if first else ""
