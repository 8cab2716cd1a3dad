"""Area codes and prefixes of telephone numbers, and what makes a number unfit.

Source: spec add_lead section 2, steps 6 to 8; check_phone_number section 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, func, select, tuple_

from db.remembered import remembered
from db.tables.time_zones import vicidial_nanpa_prefix_codes, vicidial_phone_codes
from dialer.collation import folded, whole_number

SHORTEST, LONGEST = 6, 16
US_CANADA = "1"
CODES_REMEMBERED = 60
"""Seconds for which the phone codes are remembered: thousands of rows, changed when a country has a new area code."""
NANPA_LOADED = 10
"""Fewer rows than this in vicidial_nanpa_prefix_codes mean that the data was never loaded."""


class NumberFault(Enum):
    """Why a phone number is refused, in the order of the checks."""

    LENGTH = auto()
    PREFIX = auto()
    AREACODE = auto()
    NANPA = auto()


class PhoneCode(NamedTuple):
    """A row of vicidial_phone_codes. `gmt_offset` is standard time as stored, `dst_range` the daylight scheme."""

    country_code: int
    areacode: str
    state: str
    gmt_offset: str
    dst_range: str
    tz_code: str


class NanpaPrefix(NamedTuple):
    """A row of vicidial_nanpa_prefix_codes: standard offset as stored, and whether daylight time is kept."""

    gmt_offset: str
    daylight: bool


class NumberRequest(Protocol):
    """What the checks of a phone number read."""

    @property
    def phone_number(self) -> str: ...
    @property
    def usacan_prefix_check(self) -> str: ...
    @property
    def usacan_areacode_check(self) -> str: ...
    @property
    def nanpa_ac_prefix_check(self) -> str: ...


class NanpaRequest(Protocol):
    """What decides whether the NANPA data is needed."""

    @property
    def phone_number(self) -> str: ...
    @property
    def nanpa_ac_prefix_check(self) -> str: ...
    @property
    def tz_method(self) -> str: ...


class PhoneCodes:
    """A snapshot of vicidial_phone_codes. Where several rows fit, the first in table order counts."""

    def __init__(self, rows: Sequence[PhoneCode]) -> None:
        self._rows = rows
        self._countries: dict[int, PhoneCode] = {}
        self._areas: dict[tuple[int, str], PhoneCode] = {}
        for row in rows:
            self._countries.setdefault(row.country_code, row)
            self._areas.setdefault((row.country_code, folded(row.areacode)), row)

    def country(self, phone_code: str) -> PhoneCode | None:
        """The country's first row."""
        return self._countries.get(country_number(phone_code))

    def area(self, phone_code: str, areacode: str) -> PhoneCode | None:
        """The row of an area code."""
        return self._areas.get((country_number(phone_code), folded(areacode)))

    def state(self, phone_code: str, state: str) -> PhoneCode | None:
        """The first row of a state of a country."""
        return self._states.get((country_number(phone_code), folded(state)))

    def zone(self, phone_code: str, tz_code: str) -> tuple[str, str] | None:
        """Standard offset of the first row with this time zone code, and the highest daylight scheme of all of them."""
        return self._zones.get((country_number(phone_code), folded(tz_code)))

    @cached_property
    def _states(self) -> Mapping[tuple[int, str], PhoneCode]:
        found: dict[tuple[int, str], PhoneCode] = {}
        for row in self._rows:
            found.setdefault((row.country_code, folded(row.state)), row)
        return found

    @cached_property
    def _zones(self) -> Mapping[tuple[int, str], tuple[str, str]]:
        found: dict[tuple[int, str], tuple[str, str]] = {}
        for row in self._rows:
            key = (row.country_code, folded(row.tz_code))
            offset, scheme = found.get(key, (row.gmt_offset, row.dst_range))
            found[key] = (offset, max(scheme, row.dst_range, key=folded))
        return found


@dataclass(frozen=True, slots=True)
class Nanpa:
    """What the batch needs of the NANPA data: rows of the (area code, prefix) pairs asked for.

    `count` is the number of rows of the table where that is below NANPA_LOADED; it is not counted further.
    """

    count: int = NANPA_LOADED
    rows: Mapping[tuple[str, str], NanpaPrefix] = field(default_factory=dict)

    @property
    def loaded(self) -> bool:
        """Whether the table holds the NANPA data at all."""
        return self.count >= NANPA_LOADED

    def prefix(self, phone_number: str) -> NanpaPrefix | None:
        """The row of a number's area code and prefix."""
        return self.rows.get((phone_number[:3], phone_number[3:6]))


def load_phone_codes(connection: Connection) -> PhoneCodes:
    """The whole table, from memory where it was read just before."""
    return remembered(connection, "vicidial_phone_codes", _read_phone_codes, least=CODES_REMEMBERED)


def wants_nanpa(request: NanpaRequest) -> bool:
    """Whether a request asks for anything that needs the NANPA data."""
    return request.nanpa_ac_prefix_check == "Y" or (request.tz_method != "" and "NANPA" in request.tz_method.upper())


def load_nanpa(requests: Iterable[NanpaRequest], connection: Connection) -> Nanpa:
    """The NANPA rows of the requests that want them; no query where none does."""
    numbers = [r.phone_number for r in requests if (r.nanpa_ac_prefix_check or r.tz_method) and wants_nanpa(r)]
    if not numbers:
        return Nanpa()
    table = vicidial_nanpa_prefix_codes.c
    few = select(table.areacode).limit(NANPA_LOADED).subquery()
    count = connection.execute(select(func.count()).select_from(few)).scalar_one()
    pairs = sorted({(number[:3], number[3:6]) for number in numbers if len(number) >= SHORTEST})
    wanted = select(table.areacode, table.prefix, table.GMT_offset, table.DST).where(tuple_(table.areacode, table.prefix).in_(pairs))
    rows: dict[tuple[str, str], NanpaPrefix] = {}
    for areacode, prefix, offset, daylight in connection.execute(wanted):
        rows.setdefault((areacode, prefix), NanpaPrefix(offset or "", daylight == "Y"))
    return Nanpa(count, rows)


def number_fault(request: NumberRequest, codes: PhoneCodes, nanpa: Nanpa, *, ten_digits: bool) -> NumberFault | None:
    """What is wrong with a request's phone number by the checks it asks for; None: nothing.

    `ten_digits`: the area code check wants a number of 10 digits, as the document promises for add_lead.
    The NANPA check is off where its data is not loaded.
    """
    phone = request.phone_number
    if not SHORTEST <= len(phone) <= LONGEST:
        return NumberFault.LENGTH
    if request.usacan_prefix_check == "Y" and phone[3] in "01,":
        return NumberFault.PREFIX
    if request.usacan_areacode_check == "Y" and not _known_area(phone, codes, ten_digits=ten_digits):
        return NumberFault.AREACODE
    if request.nanpa_ac_prefix_check == "Y" and nanpa.loaded and nanpa.prefix(phone) is None:
        return NumberFault.NANPA
    return None


def looked_up_state(phone_code: str, phone_number: str, codes: PhoneCodes) -> str:
    """The state of a number's area code, "" if that is not known."""
    row = codes.area(phone_code, phone_number[:3])
    return row.state if row else ""


@lru_cache(maxsize=1024)
def country_number(phone_code: str) -> int:
    """A phone code as country_code compares it: 01 is 1."""
    return whole_number(phone_code)


def _known_area(phone: str, codes: PhoneCodes, *, ten_digits: bool) -> bool:
    if ten_digits and not (len(phone) == 10 and phone.isdecimal()):
        return False
    return codes.area(US_CANADA, phone[:3]) is not None


def _read_phone_codes(connection: Connection) -> PhoneCodes:
    table = vicidial_phone_codes.c
    columns = (table.areacode, table.state, table.GMT_offset, table.DST_range, table.tz_code)
    rows = connection.execute(select(table.country_code, *columns).where(table.country_code.is_not(None)))
    return PhoneCodes([PhoneCode(country, *(text or "" for text in texts)) for country, *texts in rows])
