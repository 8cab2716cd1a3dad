"""vicidial_phone_codes: where a number is, from the metadata of telephone numbers and the rules of time zones."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from phonenumbers import PhoneNumber, geocoder, region_code_for_number, timezone
from phonenumbers.tzdata import TIMEZONE_DATA
from sqlalchemy import Engine, select

from db.demo.daylight import daylight_scheme, standard_time
from db.demo.places import CODE_1, COUNTRIES, STATES
from db.engine import writing
from db.rows import insert_rows
from db.tables.time_zones import vicidial_phone_codes

Row = dict[str, object]

# Where an area code spans zones, the metadata lists them by name and the larger part is the last; but for these.
FIRST_OF_TWO = ("208", "986")
MEXICO = 52


def load_phone_codes(engine: Engine) -> int:
    """Fill the table if it is empty; the number of rows inserted."""
    with writing(engine) as connection:
        if connection.execute(select(vicidial_phone_codes.c.country_code).limit(1)).first():
            return 0
        rows = [*north_america(), *other_countries()]
        insert_rows(connection, vicidial_phone_codes, rows)
        return len(rows)


def north_america() -> Iterator[Row]:
    """A row for each area code of the USA, Canada and the countries that share their code."""
    for areacode in map(str, range(201, 990)):
        number = PhoneNumber(country_code=1, national_number=int(f"{areacode}5550100"))
        zones = TIMEZONE_DATA.get(f"1{areacode}") or timezone.time_zones_for_number(number)
        region = region_code_for_number(number)
        if len(zones) > 2 or zones[0] == "Etc/Unknown" or region not in CODE_1:  # not a place: toll-free, personal, mobile data
            continue
        country, name = CODE_1[region]
        state, described = _state(geocoder.description_for_number(number, "en"))
        zone = zones[0 if areacode in FIRST_OF_TWO else -1]
        yield _row(1, country, areacode, state, zone, described if country in ("USA", "CAN") else name)


def other_countries() -> Iterator[Row]:
    """A row for each main country, or each state where the dialer looks for it; the area codes of Mexico."""
    for code, country, state, zone, name in COUNTRIES:
        yield _row(code, country, "", state, zone, name)
    for prefix in sorted(TIMEZONE_DATA):
        if prefix.startswith(str(MEXICO)) and len(prefix) == 5 and len(TIMEZONE_DATA[prefix]) == 1:
            yield _row(MEXICO, "MEX", prefix[2:], "", TIMEZONE_DATA[prefix][0], "Mexico")


def _state(description: str) -> tuple[str, str]:
    """Code and name of the state in a description such as `Ohio`, or `Chicago, IL`."""
    last = description.rpartition(", ")[2].replace("Colombia", "Columbia")
    name = next((name for name, code in STATES.items() if last in (name, code)), "")
    return STATES.get(name, ""), name or description


def _row(country_code: int, country: str, areacode: str, state: str, zone: str, described: str) -> Row:
    offset, abbreviation, scheme = _rules(zone)
    return {
        "country_code": country_code,
        "country": country,
        "areacode": areacode,
        "state": state,
        "GMT_offset": offset,
        "DST": "Y" if scheme else "N",
        "DST_range": scheme,
        "geographic_description": described,
        "tz_code": abbreviation,
        "php_tz": zone,
    }


@lru_cache(256)
def _rules(zone: str) -> tuple[str, str, str]:
    """Offset as the dialer writes it (-5, 5.50), abbreviation and scheme, by this year's rules."""
    year = date.today().year
    hours, abbreviation = standard_time(zone, year)
    return f"{hours:.0f}" if hours.is_integer() else f"{hours:.2f}", abbreviation, daylight_scheme(zone, year)
