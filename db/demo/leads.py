"""Leads with fictional numbers (555-01xx), some of them with the ids and numbers of the document's examples."""

import random
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection

from db.custom_tables import Time, create_custom_table, custom_table
from db.rows import insert_rows
from db.tables.leads import vicidial_callbacks, vicidial_hopper, vicidial_list, vicidial_list_alt_phones
from db.tables.time_zones import vicidial_nanpa_prefix_codes, vicidial_postal_codes
from db.types import Date, Enum, Text, Varchar

Row = dict[str, object]


class Place(NamedTuple):
    """Where demo leads live. `offset` is standard time."""

    areacode: str
    city: str
    state: str
    postal_code: str
    zone: str
    offset: str
    daylight: str = "SSM-FSN"


PLACES = (
    Place("727", "Clearwater", "FL", "33755", "America/New_York", "-5"),
    Place("312", "Chicago", "IL", "60601", "America/Chicago", "-6"),
    Place("212", "New York", "NY", "10001", "America/New_York", "-5"),
    Place("415", "San Francisco", "CA", "94105", "America/Los_Angeles", "-8"),
    Place("602", "Phoenix", "AZ", "85004", "America/Phoenix", "-7", ""),
    Place("303", "Denver", "CO", "80202", "America/Denver", "-7"),
    Place("214", "Dallas", "TX", "75201", "America/Chicago", "-6"),
    Place("808", "Honolulu", "HI", "96813", "Pacific/Honolulu", "-10", ""),
)
FIRST_NAMES = "Ann Bob Clara Dev Ed Fay Gus Hana Ian Joy Kim Lee Maya Ned Olga Pat Quinn Rosa Sam Tess".split()
LAST_NAMES = "Archer Baker Carter D'Arcy Ellis Fisher Garner Hunter Iyer Jones Knight Lopez Mason Nilsson O'Neil".split()
STREETS = ("Main St.", "Oak Ave.", "Mill Rd.", "Lake Dr.")
STATUSES = ("NEW", "NEW", "NEW", "NEW", "NA", "A", "B", "NI", "SALE", "CALLBK")
LISTS = (101, 101, 102, 107, 999)

LEADS = 320
CUSTOM: dict[str, tuple[Column[object], ...]] = {
    "101": (
        Column("favorite_color", Enum("red,blue,green"), server_default="blue"),
        Column("appointment_date", Date()),
        Column("best_time", Time()),
        Column("notes_area", Text()),
    ),
    "999": (Column("favorite_color", Varchar(30)),),
    "222": (Column("favorite_color", Varchar(30)), Column("renewal", Date())),
    "999888999777": (Column("cc_value", Varchar(20)),),
}
# Lead id, list, phone number and vendor lead code of leads that the document names.
NAMED = (
    (12345, 999, "3125550190", "12345"),
    (405794, 999, "7275550190", "405794"),
    (406757, 101, "7275550191", "406757"),
    (846446, 101, "2125550190", "846446"),
    (1139739, 999, "4155550190", "1139739"),
    (1139740, 999, "9999000029", "89763545"),
    (1139741, 8107, "9999000019", "1000019"),
    (1139742, 8107, "9999000019", "1000020"),
    (1139743, 107, "9998887112", "1000021"),
)


def load_leads(connection: Connection, now: datetime) -> list[Row]:
    """Insert leads and what hangs on them; the rows of vicidial_list, with their ids."""
    leads = make_leads(now)
    insert_rows(connection, vicidial_list, leads)
    insert_rows(connection, vicidial_list_alt_phones, _alt_phones(leads))
    insert_rows(connection, vicidial_callbacks, _callbacks(leads, now))
    insert_rows(connection, vicidial_hopper, _hopper(leads))
    _load_custom_values(connection, leads)
    insert_rows(connection, vicidial_postal_codes, [_postal_code(place) for place in PLACES])
    insert_rows(connection, vicidial_nanpa_prefix_codes, [_prefix(place) for place in PLACES])
    return leads


def make_leads(now: datetime) -> list[Row]:
    """The same leads each time, entered within the last ten days."""
    chance = random.Random(6666)
    leads = [
        _lead(chance, now, n, LISTS[n % len(LISTS)], f"{PLACES[n % len(PLACES)].areacode}55501{n // len(PLACES):02}", f"D{n:06}")
        for n in range(1, LEADS + 1)
    ]
    return leads + [_lead(chance, now, *named) for named in NAMED]


def _lead(chance: random.Random, now: datetime, lead_id: int, list_id: int, phone_number: str, vendor_lead_code: str) -> Row:
    place = next((p for p in PLACES if phone_number.startswith(p.areacode)), PLACES[0])
    status = chance.choice(STATUSES)
    entered = now - timedelta(days=chance.randint(2, 10), minutes=chance.randint(0, 1439))
    called = "2008-01-01 00:00:00" if status == "NEW" else f"{now - timedelta(days=1, minutes=lead_id % 400):%Y-%m-%d %H:%M:%S}"
    hours = (now.replace(tzinfo=ZoneInfo(place.zone)).utcoffset() or timedelta()) / timedelta(hours=1)
    first_name, last_name = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    return {
        "lead_id": lead_id,
        "entry_date": f"{entered:%Y-%m-%d %H:%M:%S}",
        "status": status,
        "user": "" if status == "NEW" else f"100{lead_id % 2}",
        "vendor_lead_code": vendor_lead_code,
        "source_id": "DEMO",
        "list_id": list_id,
        "gmt_offset_now": f"{hours:.2f}",
        "called_since_last_reset": "N" if status == "NEW" else "Y",
        "phone_code": "1",
        "phone_number": phone_number,
        "title": chance.choice(("Mr", "Ms", "")),
        "first_name": first_name,
        "last_name": last_name,
        "address1": f"{chance.randint(1, 999)} {chance.choice(STREETS)}",
        "city": place.city,
        "state": place.state,
        "postal_code": place.postal_code,
        "country_code": "USA",
        "gender": chance.choice("MFU"),
        "date_of_birth": f"{chance.randint(1940, 2000)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        "email": f"{first_name}.{lead_id}@example.com".lower(),
        "comments": "Invented for the demo",
        "called_count": 0 if status == "NEW" else chance.randint(1, 5),
        "last_local_call_time": called,
        "rank": lead_id % 4,
        "entry_list_id": list_id if str(list_id) in CUSTOM and lead_id % 2 else 0,
    }


def _alt_phones(leads: list[Row]) -> list[Row]:
    notes = ("work", "sister house")
    return [
        {
            "lead_id": lead["lead_id"],
            "phone_code": "1",
            "phone_number": f"{str(lead['phone_number'])[:3]}55501{80 + n}",
            "alt_phone_note": note,
            "alt_phone_count": n,
            "active": "Y",
        }
        for lead in leads[:20:4]
        for n, note in enumerate(notes, 1)
    ]


def _callbacks(leads: list[Row], now: datetime) -> list[Row]:
    return [
        {
            "lead_id": lead["lead_id"],
            "list_id": lead["list_id"],
            "campaign_id": "TESTCAMP",
            "status": "ACTIVE",
            "entry_time": lead["last_local_call_time"],
            "callback_time": f"{now + timedelta(days=1):%Y-%m-%d} 10:00:00",
            "modify_date": lead["last_local_call_time"],
            "user": lead["user"],
            "recipient": "USERONLY",
            "comments": "Asked to be called in the morning",
            "user_group": "AGENTS",
            "lead_status": "CALLBK",
        }
        for lead in leads
        if lead["status"] == "CALLBK"
    ]


def _hopper(leads: list[Row]) -> list[Row]:
    ready = [lead for lead in leads if lead["status"] == "NEW" and lead["list_id"] == 101]
    same = ("lead_id", "list_id", "gmt_offset_now", "state", "vendor_lead_code")
    more = {"campaign_id": "TESTCAMP", "status": "READY", "user": "", "alt_dial": "NONE", "priority": 0, "source": "S"}
    return [{name: lead[name] for name in same} | more for lead in ready[:10]]


def _load_custom_values(connection: Connection, leads: list[Row]) -> None:
    for list_id, columns in CUSTOM.items():
        create_custom_table(connection, list_id, [column._copy() for column in columns])
    with_values = [lead for lead in leads if lead["entry_list_id"]]
    colors = ("red", "blue", "green")
    for list_id in ("101", "999"):
        rows: list[Row] = [
            {"lead_id": lead["lead_id"], "favorite_color": colors[int(str(lead["rank"])) % 3]}
            for lead in with_values
            if str(lead["list_id"]) == list_id
        ]
        insert_rows(connection, custom_table(connection, list_id, ["favorite_color"]), rows)
    insert_rows(connection, custom_table(connection, "999888999777", ["cc_value"]), [{"lead_id": 1139739, "cc_value": "1234567890"}])


def _postal_code(place: Place) -> Row:
    return {
        "postal_code": place.postal_code,
        "state": place.state,
        "GMT_offset": place.offset,
        "DST": "Y" if place.daylight else "N",
        "DST_range": place.daylight,
        "country": "USA",
        "country_code": 1,
    }


def _prefix(place: Place) -> Row:
    return {
        "areacode": place.areacode,
        "prefix": "555",
        "GMT_offset": place.offset,
        "DST": "Y" if place.daylight else "N",
        "city": place.city,
        "state": place.state,
        "postal_code": place.postal_code,
        "country": "US",
        "lata_type": "S",
    }
