"""The demo data, and the table of phone codes made of what is known of numbers and zones."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select

from db.custom_tables import custom_columns
from db.demo import load_demo, load_phone_codes
from db.demo.daylight import daylight_scheme, standard_time
from db.demo.phone_codes import north_america, other_countries
from db.engine import reading, writing
from db.schema import load_schema
from db.tables import ALL_LEGACY
from db.tables.campaigns import vicidial_campaigns
from db.tables.leads import vicidial_list
from db.tables.lists import vicidial_lists, vicidial_lists_fields
from db.tables.time_zones import vicidial_phone_codes
from db.tables.users import vicidial_users


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with the demo data."""
    from tests.db.conftest import opened

    url = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'x.sqlite3'}"
    yield from loaded(opened(url if request.param == "sqlite" else request.getfixturevalue("new_mariadb")()))


def loaded(engines: Iterator[Engine]) -> Iterator[Engine]:
    for engine in engines:
        load_schema(engine)
        assert load_demo(engine)
        yield engine


def test_it_is_loaded_once(demo: Engine) -> None:
    before = counts(demo)
    assert not load_demo(demo)
    assert load_phone_codes(demo) == 0
    assert counts(demo) == before


def test_the_user_of_the_document_may_do_everything(demo: Engine) -> None:
    with reading(demo) as connection:
        user = connection.execute(select(vicidial_users).where(vicidial_users.c.user == "6666")).mappings().one()
    assert (user["pass"], user["user_level"], user["api_allowed_functions"]) == ("1234", 9, " ALL_FUNCTIONS ")
    assert all(user[right] == "1" for right in ("vdc_agent_api_access", "modify_leads", "view_reports", "delete_lists", "modify_phones"))
    assert (user["api_list_restrict"], user["admin_hide_lead_data"], user["api_only_user"], user["active"]) == ("0", "0", "0", "Y")


def test_rows_belong_together(demo: Engine) -> None:
    with reading(demo) as connection:
        lists = set(connection.scalars(select(vicidial_lists.c.list_id)))
        assert {101, 102, 107, 999} <= lists
        assert set(connection.scalars(select(vicidial_list.c.list_id).distinct())) <= lists
        campaigns = set(connection.scalars(select(vicidial_campaigns.c.campaign_id)))
        assert set(connection.scalars(select(vicidial_lists.c.campaign_id))) <= campaigns
        with_fields = sorted(str(n) for n in connection.scalars(select(vicidial_lists_fields.c.list_id).distinct()))
        assert sorted(custom_columns(connection, with_fields)) == with_fields


def test_leads_have_fictional_numbers(demo: Engine) -> None:
    with reading(demo) as connection:
        rows = connection.execute(select(vicidial_list.c.phone_number, vicidial_list.c.gmt_offset_now, vicidial_list.c.email)).all()
    assert 300 < len(rows) < 1000
    assert all(re.fullmatch(r"\d{3}55501\d\d|999\d{7}", row.phone_number) for row in rows)
    assert all(row.email.endswith("@example.com") and -10 <= float(row.gmt_offset_now) <= -4 for row in rows)


def test_the_next_lead_gets_the_next_number(demo: Engine) -> None:
    with writing(demo) as connection:
        highest = connection.scalar(select(func.max(vicidial_list.c.lead_id)))
        made = connection.execute(vicidial_list.insert(), {"phone_number": "7275550100"}).inserted_primary_key
        assert made is not None
        assert made[0] == (highest or 0) + 1
        connection.execute(vicidial_list.delete().where(vicidial_list.c.lead_id == made[0]))


def test_all_values_were_taken_as_they_stand() -> None:
    """Nothing of the files is cut or refused by a column."""
    from datetime import datetime

    from db.demo.rows import DATA, read_rows

    changed = {}
    for path in DATA.glob("*.csv"):
        for row in read_rows(path.stem, datetime(2026, 10, 5)):
            for name, value in row.items():
                kept = ALL_LEGACY.tables[path.stem].c[name].type.fit(value)
                if value and str(kept) not in (value, f"{value}.0", f"{value}.00", f"{value} 00:00:00"):
                    changed[path.stem, name] = (value, kept)
    assert changed == {}


def test_phone_codes_of_north_america() -> None:
    codes = {str(row["areacode"]): row for row in north_america()}
    assert len(codes) > 400
    for areacode, country, state, offset, scheme, zone in [
        ("727", "USA", "FL", "-5", "SSM-FSN", "America/New_York"),
        ("312", "USA", "IL", "-6", "SSM-FSN", "America/Chicago"),
        ("602", "USA", "AZ", "-7", "", "America/Phoenix"),
        ("208", "USA", "ID", "-7", "SSM-FSN", "America/Boise"),
        ("775", "USA", "NV", "-8", "SSM-FSN", "America/Los_Angeles"),
        ("808", "USA", "HI", "-10", "", "Pacific/Honolulu"),
        ("416", "CAN", "ON", "-5", "SSM-FSN", "America/Toronto"),
        ("306", "CAN", "SK", "-6", "", "America/Regina"),
        ("709", "CAN", "NL", "-3.50", "SSM-FSN", "America/St_Johns"),
        ("787", "PRI", "", "-4", "", "America/Puerto_Rico"),
    ]:
        row = codes[areacode]
        assert (row["country"], row["state"], row["GMT_offset"], row["DST_range"], row["php_tz"]) == (country, state, offset, scheme, zone)
    assert not {"800", "888", "900", "600", "555", "911"} & codes.keys()
    assert all(row["state"] for row in codes.values() if row["country"] in ("USA", "CAN"))


def test_phone_codes_of_other_countries() -> None:
    rows = list(other_countries())
    found = {(row["country_code"], row["state"], row["areacode"]): (row["GMT_offset"], row["DST_range"]) for row in rows}
    assert found[44, "", ""] == ("0", "LSM-LSO")
    assert found[61, "NSW", ""] == ("10", "FSO-FSA")
    assert found[61, "QLD", ""] == ("10", "")
    assert found[64, "", ""] == ("12", "LSS-FSA")
    assert found[91, "", ""] == ("5.50", "")
    assert found[52, "", "664"] == ("-8", "SSM-FSN")


def test_phone_codes_keep_their_order(demo: Engine) -> None:
    """A number of an unknown area code gets the zone of the first row of its country."""
    with reading(demo) as connection:
        first = connection.execute(select(vicidial_phone_codes).where(vicidial_phone_codes.c.country_code == "1").limit(1)).mappings().one()
    assert first["areacode"] == "201"


@pytest.mark.parametrize(
    ("zone", "scheme"),
    [("America/Santiago", ""), ("Africa/Cairo", ""), ("Europe/Dublin", "LSM-LSO"), ("Africa/Casablanca", ""), ("UTC", "")],
)
def test_daylight_schemes(zone: str, scheme: str) -> None:
    assert daylight_scheme(zone, 2026) == scheme


def test_standard_time() -> None:
    assert standard_time("Asia/Kolkata", 2026) == (5.5, "IST")
    assert standard_time("America/Sao_Paulo", 2026) == (-3, "")


def counts(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {name: connection.scalar(select(func.count()).select_from(table)) or 0 for name, table in ALL_LEGACY.tables.items()}
