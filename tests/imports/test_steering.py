"""Pausing, resuming, cancelling, retrying and undoing imports: nothing lost, nothing doubled, impossible steps refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Column, String, func, select, text, update

from api.waking import Waker
from db.custom_tables import create_custom_table
from db.engine import writing
from db.rows import insert_rows
from db.tables.leads import vicidial_callbacks, vicidial_hopper, vicidial_list, vicidial_list_alt_phones
from db.tables.own import leadmill_chunks, leadmill_jobs
from dialer.import_jobs import utc_text
from settings import Settings
from tests.databases import INNODB, MYISAM, SQLITE
from tests.imports.conftest import ImportingOf
from tests.imports.importing import SIGNED_IN, Importing
from tests.imports.test_import import counted
from workers import undoing
from workers.imports import ChunkLoad
from workers.turns import Turn

ROWS = 50
FILE = "phone\n" + "".join(f"{7275550000 + n}\n" for n in range(ROWS))
PHONES = FILE.split()[1:]


@pytest.fixture(params=[SQLITE, INNODB, MYISAM])
def anywhere(request: pytest.FixtureRequest, importing_of: ImportingOf) -> Importing:
    """Ten rows a chunk, on each kind of database."""
    return importing_of(request.param, import_chunk=10)


@pytest.fixture
def small(importing_of: ImportingOf) -> Importing:
    return importing_of(import_chunk=10)


def state_of(importing: Importing, job: Any) -> tuple[str, dict[str, int]]:
    told = importing.job(job["id"])
    return told["state"], told["counters"]


def refused(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_a_paused_import_waits_in_the_database_and_goes_on(anywhere: Importing) -> None:
    job = anywhere.post(FILE, list_id="101").json()
    anywhere.run_first()
    paused = anywhere.steer(job, "pause")
    assert (paused.status_code, paused.json()["state"], paused.json()["estimate"]) == (200, "paused", None)
    anywhere.run()
    assert anywhere.queue.messages == []
    assert state_of(anywhere, job) == ("paused", counted(received=ROWS, added=10, waiting=40))
    resumed = anywhere.steer(job, "resume")
    assert (resumed.status_code, resumed.json()["state"]) == (200, "running")
    anywhere.run_all()
    assert state_of(anywhere, job) == ("done", counted(received=ROWS, added=ROWS))
    assert sorted(anywhere.phones()) == PHONES
    assert [row["line"] for row in anywhere.results(job)] == list(range(2, ROWS + 2))


def test_the_time_of_a_pause_is_no_part_of_the_pace(anywhere: Importing) -> None:
    job = anywhere.post(FILE, list_id="101").json()
    anywhere.run_first()
    anywhere.steer(job, "pause")
    now = datetime.now(UTC)
    with writing(anywhere.wire.engine) as connection:  # as if it had run for 10 seconds, and then been paused for an hour
        moments = {"started": utc_text(now - timedelta(seconds=3610)), "paused": utc_text(now - timedelta(seconds=3600))}
        connection.execute(update(leadmill_jobs).values(**moments))
    paused = anywhere.job(job["id"])
    assert 3600 <= paused["held"] < 3660
    assert paused["rate"] == pytest.approx(1.0, abs=0.2)
    anywhere.steer(job, "resume")
    anywhere.run_all()
    done = anywhere.job(job["id"])
    assert (done["state"], 3600 <= done["held"] < 3660) == ("done", True)
    assert 50 / 60 < done["rate"] <= 5.0


def test_chunks_of_a_paused_import_leave_the_queue_to_others(small: Importing) -> None:
    first, second = (small.post(FILE, list_id=list_id).json() for list_id in ("101", "999"))
    small.steer(first, "pause")
    small.run()
    assert state_of(small, second) == ("done", counted(received=ROWS, added=ROWS))
    assert state_of(small, first) == ("paused", counted(received=ROWS, waiting=ROWS))


def test_a_message_that_comes_late_or_twice_changes_nothing(anywhere: Importing) -> None:
    job = anywhere.post(FILE, list_id="101").json()
    messages = list(anywhere.queue.messages)
    anywhere.steer(job, "pause")
    anywhere.run()
    anywhere.queue.messages = list(messages)
    anywhere.run()
    anywhere.steer(job, "resume")
    turn = anywhere.queue.turns[0]
    anywhere.steer(job, "pause")
    anywhere.steer(job, "resume")
    assert Turn(anywhere.running, *turn).run() == 0, "its turn is over"
    assert state_of(anywhere, job)[1] == counted(received=ROWS, waiting=ROWS)
    anywhere.queue.messages = list(messages[:2])
    anywhere.run_all()
    anywhere.queue.messages = list(messages)
    anywhere.run_all()
    assert state_of(anywhere, job) == ("done", counted(received=ROWS, added=ROWS))
    assert sorted(anywhere.phones()) == PHONES


def test_a_chunk_that_is_parked_while_its_import_is_resumed_is_run(small: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    job = small.post(FILE[:16], list_id="101").json()
    small.steer(job, "pause")
    park = ChunkLoad._park

    def resumed_before(load: ChunkLoad) -> bool:
        small.steer(job, "resume")
        return park(load)

    monkeypatch.setattr(ChunkLoad, "_park", resumed_before)
    small.run()
    assert state_of(small, job) == ("done", counted(received=1, added=1))


def test_a_turn_whose_message_is_lost_is_sent_again(small: Importing) -> None:
    job = small.post(FILE, list_id="101").json()
    small.steer(job, "pause")
    small.run()
    small.steer(job, "resume")
    small.turn()
    small.queue.turns.clear()
    state = small.wire.app.app.state
    waker = Waker(Settings(visibility_timeout=60), state.database, small.queue)
    asyncio.run(waker.look())
    assert small.queue.turns == [], "it may still come"
    with writing(small.wire.engine) as connection:
        connection.execute(text("UPDATE leadmill_jobs SET woken = '2026-01-01 00:00:00'"))
    asyncio.run(waker.look())
    asyncio.run(waker.look())
    assert len(small.queue.turns) == 1
    small.run_all()
    assert state_of(small, job) == ("done", counted(received=ROWS, added=ROWS))


def test_a_paused_import_can_be_cancelled_and_tried_again(anywhere: Importing) -> None:
    job = anywhere.post(FILE, list_id="101", owner="Ann").json()
    anywhere.run_first()
    anywhere.steer(job, "pause")
    anywhere.run_first()
    assert anywhere.steer(job, "cancel").json()["state"] == "cancelled"
    anywhere.run_all()
    told = anywhere.job(job["id"])
    assert (told["state"], told["counters"], told["retryable"]) == ("cancelled", counted(received=ROWS, added=10, failed=40), 40)
    assert told["finished"]
    answer = anywhere.steer(job, "retry")
    assert answer.status_code == 202
    again = answer.json()
    assert answer.headers["location"] == f"/v1/imports/{again['id']}"
    assert (again["state"], again["source"], again["filename"], again["counters"]["waiting"]) == ("queued", job["id"], job["filename"], 40)
    assert anywhere.job(job["id"])["retried_by"] == again["id"]
    anywhere.run_all()
    assert state_of(anywhere, again) == ("done", counted(received=40, added=40))
    assert [row["line"] for row in anywhere.results(again)] == list(range(12, ROWS + 2))
    assert sorted(anywhere.phones()) == PHONES
    assert {row[0] for row in anywhere.wire.rows("vicidial_list", "owner")} == {"Ann"}


def test_rows_that_could_not_be_read_are_not_tried_again(small: Importing) -> None:
    job = small.post("phone,first_name\n7275550001,Ann\n7275550002,\0\n", list_id="101").json()
    small.steer(job, "cancel")
    small.run()
    assert [row["code"] for row in small.results(job)] == ["not_run", "nul_in_row"]
    again = small.steer(job, "retry").json()
    small.run_all()
    assert state_of(small, again) == ("done", counted(received=1, added=1))


def test_an_undo_deletes_what_nobody_has_touched(anywhere: Importing) -> None:
    others = anywhere.loaded("phone\n7275559999\n", list_id="101")
    job = anywhere.loaded(FILE + "12\n", list_id="101")
    leads = [row["lead_id"] for row in anywhere.results(job, "added")]
    touched = {
        leads[3]: {"called_count": 1},
        leads[14]: {"status": "SALE"},
        leads[15]: {"user": "7777"},
        leads[27]: {"first_name": "Ann", "modify_date": "2037-01-01 00:00:00"},
    }
    with writing(anywhere.wire.engine) as connection:
        for lead_id, columns in touched.items():
            connection.execute(update(vicidial_list).where(vicidial_list.c.lead_id == lead_id), columns)
        connection.execute(vicidial_list.delete().where(vicidial_list.c.lead_id == leads[40]))
        insert_rows(
            connection, vicidial_hopper, [{"lead_id": leads[n], "list_id": 101, "status": s} for n, s in ((5, "READY"), (6, "QUEUE"))]
        )
    answer = anywhere.steer(job, "undo")
    assert answer.status_code == 202
    undo = answer.json()
    assert (undo["kind"], undo["source"]) == ("undo", job["id"])
    anywhere.run_all()
    told = anywhere.job(undo["id"])
    assert told["state"] == "done_with_refusals"
    assert told["counters"] == {**counted(received=ROWS, refused=6), "deleted": 44}
    kept = {row["lead_id"]: row["code"] for row in anywhere.results(undo, "refused")}
    changed = dict.fromkeys((leads[14], leads[15], leads[27]), "lead_changed")
    assert kept == {leads[3]: "lead_called", leads[6]: "lead_called", **changed, leads[40]: "lead_gone"}
    left = {row[0] for row in anywhere.wire.rows("vicidial_list", "lead_id")}
    assert left == {*touched, leads[6], *(row["lead_id"] for row in anywhere.results(others))}
    assert [row[0] for row in anywhere.wire.rows("vicidial_hopper", "lead_id")] == [leads[6]]
    assert anywhere.job(job["id"])["undone_by"] == undo["id"]
    assert refused(anywhere.steer(job, "undo")) == (409, "already-undone")


def test_an_undo_takes_along_what_hangs_on_a_lead(anywhere: Importing) -> None:
    hanging = (vicidial_hopper, vicidial_callbacks, vicidial_list_alt_phones)
    anywhere.wire.put(vicidial_campaigns=[{"campaign_id": "TESTCAMP"}], vicidial_lists_fields=[{"list_id": 101, "field_label": "shoe"}])
    anywhere.wire.change("system_settings", custom_fields_enabled="1")
    with writing(anywhere.wire.engine) as connection:
        connection.execute(text("DROP TABLE IF EXISTS custom_101"))
        create_custom_table(connection, "101", [Column("shoe", String(20))])
    options = {"custom_fields": "Y", "add_to_hopper": "Y", "callback": "Y", "callback_type": "ANYONE", "campaign_id": "TESTCAMP"}
    job = anywhere.loaded(
        "phone,shoe,multi_alt_phones\n7275550001,44,7275550002_1_home\n",
        list_id="101",
        callback_datetime="2037-01-01 10:00:00",
        **options,
    )
    assert job["counters"]["added"] == 1

    def hanging_rows() -> list[int]:
        with writing(anywhere.wire.engine) as connection:
            counts = [connection.scalar(select(func.count()).select_from(table)) or 0 for table in hanging]
            return [*counts, connection.scalar(text("SELECT COUNT(*) FROM custom_101")) or 0]

    assert hanging_rows() == [1, 1, 1, 1]
    undo = anywhere.steer(job, "undo").json()
    anywhere.run_all()
    assert anywhere.job(undo["id"])["counters"]["deleted"] == 1
    assert hanging_rows() == [0, 0, 0, 0]
    with writing(anywhere.wire.engine) as connection:
        connection.execute(text("DROP TABLE custom_101"))


def test_an_undo_that_was_cut_off_tells_its_own_work_from_others(anywhere: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    job = anywhere.loaded(FILE, list_id="101")
    undo = anywhere.steer(job, "undo").json()

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(undoing, "finish_chunk", cut_off)
        with pytest.raises(KeyboardInterrupt):
            Turn(anywhere.running, *anywhere.queue.turns[0]).run()
    anywhere.run_all()
    assert anywhere.job(undo["id"])["counters"] == {**counted(received=ROWS), "deleted": ROWS}
    assert anywhere.phones() == []


def test_a_cancelled_undo_can_be_gone_on_with(small: Importing) -> None:
    job = small.loaded(FILE, list_id="101")
    undo = small.steer(job, "undo").json()
    small.turn()
    small.steer(undo, "cancel")
    small.run_all()
    told = small.job(undo["id"])
    assert (told["state"], told["counters"]) == ("cancelled", {**counted(received=ROWS, failed=40), "deleted": 10})
    again = small.steer(undo, "retry").json()
    small.run_all()
    assert small.job(again["id"])["counters"] == {**counted(received=40), "deleted": 40}
    assert small.phones() == []


def test_a_chunk_whose_rows_are_gone_ends_its_job(small: Importing) -> None:
    job = small.loaded(FILE, list_id="101")
    undo = small.steer(job, "undo").json()
    with writing(small.wire.engine) as connection:
        connection.execute(update(leadmill_chunks).where(leadmill_chunks.c.job_id == job["id"]).values(outcomes=None))
    small.run_all()
    assert state_of(small, undo) == ("done_with_refusals", {**counted(received=ROWS, failed=ROWS), "deleted": 0})
    assert {row["code"] for row in small.results(undo)} == {"outcome_unknown"}


def test_an_undone_import_does_not_go_on_with_its_file(small: Importing) -> None:
    key = {"Idempotency-Key": "k1"}
    job = small.post(FILE, headers=key, list_id="101").json()
    small.run()
    with writing(small.wire.engine) as connection:
        connection.execute(update(leadmill_jobs).values(state="interrupted"))
    small.steer(job, "undo")
    small.run_all()
    assert small.post(FILE, headers=key, list_id="101").json()["state"] == "cancelled"
    assert small.phones() == []


STEPS = ("cancel", "pause", "resume", "retry", "undo")
TRANSITIONS = {
    "queued": {"resume": "not-paused", "retry": "not-ended", "undo": "not-ended"},
    "paused": {"pause": "already-paused", "retry": "not-ended", "undo": "not-ended"},
    "cancelling": {**dict.fromkeys(("cancel", "pause", "resume"), "already-cancelled"), **dict.fromkeys(("retry", "undo"), "not-ended")},
    "done": {**dict.fromkeys(("cancel", "pause", "resume"), "already-ended"), "retry": "nothing-to-retry"},
    "cancelled": {**dict.fromkeys(("cancel", "pause", "resume"), "already-ended"), "undo": "nothing-to-undo"},
    "undo": {**dict.fromkeys(("cancel", "pause", "resume"), "already-ended"), "retry": "nothing-to-retry", "undo": "nothing-to-undo"},
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", TRANSITIONS)
def test_steps_that_can_and_cannot_be_taken(small: Importing, state: str, step: str) -> None:
    job = small.post(FILE[:25], list_id="101").json()
    if state in ("done", "undo"):
        small.run()
    if state == "undo":
        job = small.steer(job, "undo").json()
        small.run_all()
    if state == "paused":
        small.steer(job, "pause")
    if state in ("cancelling", "cancelled"):
        small.steer(job, "cancel")
    if state == "cancelled":
        small.run()
    answer = small.steer(job, step)
    code = TRANSITIONS[state].get(step)
    if code is None:
        assert answer.status_code == (202 if step in ("retry", "undo") else 200)
    else:
        assert refused(answer) == (409, code)


def test_who_may_steer(small: Importing) -> None:
    job = small.loaded(FILE, list_id="101")
    assert refused(small.steer({"id": "nowhere"}, "pause")) == (404, "no-such-import")
    small.wire.change("vicidial_users", api_allowed_functions=" add_lead ")
    assert refused(small.steer(job, "undo")) == (403, "no-permission")
    small.wire.change("vicidial_users", api_allowed_functions=" version ")
    assert refused(small.steer(job, "retry")) == (403, "no-permission")
    small.wire.change("vicidial_users", user="7777", user_level=8, api_allowed_functions=" ALL_FUNCTIONS ")
    answer = small.wire.request("POST", f"/v1/imports/{job['id']}/undo", auth=("7777", SIGNED_IN[1]))
    assert refused(answer) == (404, "no-such-import")


def test_an_import_whose_results_are_forgotten_cannot_be_gone_back_to(small: Importing) -> None:
    job = small.loaded(FILE, list_id="101")
    with writing(small.wire.engine) as connection:
        connection.execute(update(leadmill_jobs).values(results_expire="2026-01-01 00:00:00"))
    assert refused(small.steer(job, "undo")) == (410, "results-expired")
