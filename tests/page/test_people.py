"""Who is in front of the page, for how long, and what it says when something is away."""

from pathlib import Path

import httpx
from playwright.sync_api import expect

from tests.page.conftest import ImportWorker, PersonOf
from tests.page.person import DialerDatabase, Person, leads
from tests.page.relay import Relay
from tests.running import Leadmill


def end_sessions(system: Leadmill) -> None:
    with system.redis() as client:
        for key in client.scan_iter("leadmill:session:*"):
            client.delete(key)


def test_a_wrong_password(person_of: PersonOf) -> None:
    person = person_of(expects="401")
    person.page.get_by_label("User").fill("6666")
    person.page.get_by_label("Password").fill("wrong")
    person.page.get_by_role("button", name="Sign in").click()
    expect(person.page.get_by_text("User or password is wrong")).to_be_visible()
    person.sign_in()


def test_a_session_lasts_over_a_reload_and_ends_by_signing_out(person_of: PersonOf) -> None:
    person = person_of()
    person.sign_in()
    person.page.reload()
    expect(person.page.get_by_role("heading", name="Load leads")).to_be_visible()
    (cookie,) = person.page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert person.page.evaluate("document.cookie") == ""
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page.get_by_label("Password")).to_be_visible()
    person.page.reload()
    expect(person.page.get_by_label("Password")).to_be_visible()
    assert person.page.context.cookies() == []


def test_a_session_that_ends_is_begun_again_where_it_was(person_of: PersonOf, system: Leadmill, tmp_path: Path) -> None:
    person = person_of(expects="401")
    person.sign_in()
    person.choose(leads(tmp_path, 3))
    person.page.get_by_label("List", exact=True).select_option("101")
    end_sessions(system)
    expect(person.page.get_by_text("Your session has ended.")).to_be_visible()
    person.sign_in()
    person.page.get_by_role("button", name="Start import").click()
    person.sees_state("Done")


def test_who_may_not_load_leads(person_of: PersonOf, database: DialerDatabase) -> None:
    database.change("vicidial_users", modify_leads="0")
    person = person_of()
    person.sign_in()
    expect(person.page.get_by_text("Your user may look at imports, but not load leads.")).to_be_visible()
    expect(person.page.get_by_label("choose a file")).to_be_hidden()


def test_a_server_that_is_away_and_back(person_of: PersonOf, network: Relay) -> None:
    person = person_of(expects="ERR_")
    person.sign_in()
    network.cut()
    banner = person.page.get_by_text("Leadmill cannot be reached. Trying again…")
    expect(banner).to_be_visible()
    network.mend()
    expect(banner).to_be_hidden()


def test_requests_are_shown_and_tried_again(person: Person, database: DialerDatabase, worker: ImportWorker) -> None:
    leads = [{"function": "add_lead", "phone_number": str(7_270_050_000 + n), "list_id": 101} for n in range(2)]
    asked = [*leads, {"function": "add_lead", "phone_number": "12", "list_id": 101}]
    with worker.halted():
        with httpx.Client(base_url=person.system.address, auth=("6666", "1234"), trust_env=False) as client:
            job = client.post("/v1/requests", json=asked).json()
        person.page.get_by_role("button", name="Requests").click()
        person.page.get_by_role("link", name="3 requests: add_lead").click()
        person.press("Cancel requests")
        person.confirm("Cancel requests")
        person.sees_state("Cancelled")
    assert person.page.url.endswith(f"#/requests/{job['id']}")
    person.press("Try 3 requests again")
    expect(person.page.get_by_role("heading", name="3 requests: add_lead, again")).to_be_visible()
    person.sees_state("Done, some refused")
    assert (person.counter("Done"), person.counter("Refused")) == (2, 1)
    expect(person.page.get_by_role("cell", name="INVALID PHONE NUMBER LENGTH")).to_be_visible()
    assert len(database.phones()) == 2


def test_imports_are_paged(person: Person, tmp_path: Path) -> None:
    for number in range(11):
        options = {"list_id": "101", "filename": f"paged-{number}.csv"}
        file = leads(tmp_path, 1).read_bytes()
        answer = httpx.post(f"{person.system.address}/v1/imports", params=options, content=file, auth=("6666", "1234"), trust_env=False)
        assert answer.status_code == 202
    person.page.reload()
    jobs = person.page.locator(".job-name")
    expect(jobs).to_have_count(10)
    expect(jobs.first).to_have_text("paged-10.csv")
    person.page.get_by_role("button", name="Older").click()
    expect(jobs.first).to_have_text("paged-0.csv")
    person.page.get_by_role("button", name="Newer").click()
    expect(jobs.first).to_have_text("paged-10.csv")
    expect(person.page.get_by_role("button", name="Newer")).to_be_disabled()
