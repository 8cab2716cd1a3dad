"""What an import does with duplicates, with too many errors, and when it is only tried."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from db.engine import reading
from db.tables.own import leadmill_tried_leads
from tests.databases import INNODB, MYISAM, SQLITE
from tests.imports.conftest import ImportingOf
from tests.imports.importing import Importing
from tests.imports.test_import import counted

FILE = "phone,first_name,city\n7275551212,Pat,\n7275551213,Sam,Tampa\n7275551212,Kim,Miami\n7275551214,Lou,x\n"
STORED = {"list_id": 101, "phone_number": "7275551213", "first_name": "Old", "city": "Old", "entry_date": "2026-01-01 00:00:00"}
UPDATES = {"list_id": "101", "duplicate_check": "DUPLIST", "on_duplicate": "update"}


@pytest.fixture(params=[SQLITE, INNODB, MYISAM])
def everywhere(request: pytest.FixtureRequest, importing_of: ImportingOf) -> Importing:
    importing = importing_of(request.param, import_chunk=2)
    importing.wire.put(vicidial_list=[STORED])
    return importing


@pytest.fixture
def importing(importing_of: ImportingOf) -> Importing:
    importing = importing_of(import_chunk=2)
    importing.wire.put(vicidial_list=[STORED])
    return importing


def leads(importing: Importing) -> dict[str, tuple[str, str]]:
    return {phone: (name, city) for phone, name, city in importing.wire.rows("vicidial_list", "phone_number", "first_name", "city")}


def codes(importing: Importing, job: Mapping[str, Any]) -> list[tuple[int, str]]:
    return [(row["line"], row["code"]) for row in importing.results(job)]


def test_a_duplicate_is_updated_stored_or_in_the_file(everywhere: Importing) -> None:
    job = everywhere.loaded(FILE, **UPDATES)
    assert (job["state"], job["counters"]) == ("done", counted(received=4, added=2, updated=2))
    assert leads(everywhere) == {"7275551212": ("Kim", "Miami"), "7275551213": ("Sam", "Tampa"), "7275551214": ("Lou", "x")}
    rows = everywhere.results(job)
    assert [row["code"] for row in rows] == ["added", "updated", "updated", "added"]
    assert rows[2]["lead_id"] == rows[0]["lead_id"]
    assert rows[2]["reply"] == f"SUCCESS: update_lead LEAD HAS BEEN UPDATED - 6666|{rows[0]['lead_id']}|1"


def test_duplicates_within_one_chunk_are_updated_in_their_order(importing_of: ImportingOf) -> None:
    importing = importing_of()
    file = "phone,first_name,city\n" + "".join(f"727555{1000 + n % 7},n{n},c{n}\n" for n in range(60))
    job = importing.loaded(file, **UPDATES)
    assert job["counters"] == counted(received=60, added=7, updated=53)
    assert leads(importing) == {f"727555{1000 + n % 7}": (f"n{n}", f"c{n}") for n in range(60)}


def test_an_update_leaves_what_a_row_does_not_say(importing: Importing) -> None:
    job = importing.loaded("phone,first_name,list_id\n7275551213,,101\n", **UPDATES)
    assert codes(importing, job) == [(2, "updated")]
    assert leads(importing) == {"7275551213": ("Old", "Old")}


def test_an_update_into_a_list_of_others_is_refused(importing: Importing) -> None:
    importing.wire.change("vicidial_users", api_list_restrict="1")
    importing.wire.put(vicidial_user_groups=[{"user_group": "ADMIN", "allowed_campaigns": " TESTCAMP -"}])
    importing.wire.put(vicidial_lists=[{"list_id": 201, "campaign_id": "OTHER"}])
    importing.wire.put(vicidial_list=[{**STORED, "list_id": 201, "phone_number": "7275551299"}])
    for dry_run in ("true", "false"):
        job = importing.loaded(
            "phone,city\n7275551299,New\n7275551213,New\n", **UPDATES | {"duplicate_check": "DUPSYS", "dry_run": dry_run}
        )
        assert codes(importing, job) == [(2, "list_not_allowed"), (3, "updated")]
    assert leads(importing)["7275551299"] == ("Old", "Old")


def test_updates_take_the_right_to_update(importing: Importing) -> None:
    importing.wire.change("vicidial_users", api_allowed_functions=" add_lead ")
    answer = importing.post(FILE, **UPDATES)
    assert (answer.status_code, answer.json()["code"]) == (403, "no-permission")
    assert importing.post(FILE, list_id="101").status_code == 202


def test_a_skipped_duplicate_is_no_refusal(importing: Importing) -> None:
    job = importing.loaded(FILE, list_id="101", duplicate_check="DUPLIST", on_duplicate="skip")
    assert (job["state"], job["counters"]) == ("done", counted(received=4, added=2, duplicates=2))
    assert leads(importing)["7275551213"] == ("Old", "Old")
    assert importing.loaded(FILE, list_id="101", duplicate_check="DUPLIST")["state"] == "done_with_refusals"


@pytest.mark.parametrize("on_duplicate", ["refuse", "update"])
def test_a_dry_run_tells_what_the_real_one_does_and_stores_nothing(everywhere: Importing, on_duplicate: str) -> None:
    file = FILE + "7275551215,a,b\n7275551215,c,d\n12,x,y\n7275551213,e,f\n7275551216,DNC,\n"
    everywhere.wire.put(vicidial_dnc=[{"phone_number": "7275551216"}])
    options = {"list_id": "101", "duplicate_check": "DUPLIST", "dnc_check": "Y", "on_duplicate": on_duplicate}
    tried = everywhere.loaded(file, dry_run="true", **options)
    assert leads(everywhere) == {"7275551213": ("Old", "Old")}
    assert {row["reply"].split(",")[0] for row in everywhere.results(tried, "added,updated")} == {"NOTICE: import DRY RUN"}
    assert not any(row["lead_id"] for row in everywhere.results(tried, "added"))
    done = everywhere.loaded(file, **options)
    assert (tried["state"], tried["counters"]) == (done["state"], done["counters"])
    assert codes(everywhere, tried) == codes(everywhere, done)
    assert done["warnings"] == []


def test_the_chunks_of_a_dry_run_may_come_twice_and_in_any_order(everywhere: Importing) -> None:
    job_id = everywhere.post(FILE, list_id="101", duplicate_check="DUPLIST", dry_run="true").json()["id"]
    messages = [task_id for task_id, _ in everywhere.queue.messages]
    for task_id in (messages[1], messages[0], messages[1]):
        everywhere.run(task_id)
    job = everywhere.job(job_id)
    assert job["counters"] == counted(received=4, added=2, duplicates=2)
    assert codes(everywhere, job) == [(2, "duplicate_in_list"), (3, "duplicate_in_list"), (4, "added"), (5, "added")]
    with reading(everywhere.wire.engine) as connection:
        assert set(connection.scalars(select(leadmill_tried_leads.c.phone_number))) == {"7275551212", "7275551214"}


BAD = "phone\n" + "".join("12\n" if n in (2, 3, 7) else f"{7275550000 + n}\n" for n in range(12))


@pytest.mark.parametrize("dry_run", ["false", "true"])
@pytest.mark.parametrize(
    ("max_errors", "state", "done"),
    [
        *(("3", "done_with_refusals", 12), ("2", "failed", 8), ("1", "failed", 4), ("0", "failed", 4)),
        *(("50%", "done_with_refusals", 12), ("49.9%", "failed", 4)),
    ],
)
def test_an_import_ends_at_too_many_errors(importing_of: ImportingOf, max_errors: str, state: str, done: int, dry_run: str) -> None:
    importing = importing_of(import_chunk=2)
    job = importing.loaded(BAD, list_id="101", max_errors=max_errors, dry_run=dry_run)
    assert job["state"] == state
    assert job["counters"]["received"] == 12
    assert sum(job["counters"].values()) == 24
    assert job["counters"]["waiting"] == 0
    if state == "failed":
        assert job["problem"]["code"] == "too-many-errors"
        assert job["finished"]
        assert [row["code"] for row in importing.results(job)].count("not_run") == 12 - done


def test_an_import_ends_at_too_many_errors_on_mariadb(importing_of: ImportingOf) -> None:
    importing = importing_of(INNODB, import_chunk=4)
    assert importing.loaded(BAD, list_id="101", max_errors="49%")["problem"]["code"] == "too-many-errors"


def test_an_upload_ends_at_too_many_errors(importing_of: ImportingOf, monkeypatch: pytest.MonkeyPatch) -> None:
    importing = importing_of(import_chunk=1, import_ahead=1)
    depth = type(importing.queue).depth

    async def drained(queue: Any, name: str) -> int:
        importing.run()
        return await depth(queue, name)

    monkeypatch.setattr(type(importing.queue), "depth", drained)
    answer = importing.post("phone\n" + "12\n" * 50, list_id="101", max_errors="3")
    assert (answer.status_code, answer.json()["code"]) == (422, "too-many-errors")
    job = importing.job(answer.json()["job_id"])
    assert (job["state"], job["counters"]) == ("failed", counted(received=4, refused=4))


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"on_duplicate": "update"}, "on_duplicate"),
        ({"on_duplicate": "replace", "duplicate_check": "DUPLIST"}, "on_duplicate"),
        ({"dry_run": "perhaps"}, "dry_run"),
        ({"max_errors": "-1"}, "max_errors"),
        ({"max_errors": "many"}, "max_errors"),
        ({"date_format": "y/m"}, "date_format"),
        ({"defaults": "[]"}, "defaults"),
        ({"defaults": '{"phone_number": "7275551212"}'}, "defaults"),
        ({"defaults": '{"shoe_size": "9"}'}, "defaults"),
        ({"defaults": '{"state": true}'}, "defaults"),
        ({"defaults": '{"rank": "x"}'}, "rank"),
    ],
)
def test_options_that_mean_nothing_are_refused(importing_of: ImportingOf, options: dict[str, str], option: str) -> None:
    answer = importing_of().post(FILE, **{"list_id": "101", **options})
    assert (answer.status_code, answer.json()["code"], answer.json()["option"]) == (422, "bad-option", option)


def test_the_job_tells_how_rows_are_handled(importing_of: ImportingOf) -> None:
    job = importing_of().post(FILE, **UPDATES, dry_run="TRUE", max_errors="5%", defaults='{"state": "FL", "rank": 3}').json()
    assert job["options"] == {
        **{"list_id": "101", "duplicate_check": "DUPLIST", "on_duplicate": "update", "dry_run": True, "max_errors": "5%"},
        **{"state": "FL", "rank": "3"},
    }
