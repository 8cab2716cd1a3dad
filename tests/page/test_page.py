"""The page in a real browser, used as people use it."""

import csv
from pathlib import Path

from playwright.sync_api import expect

from tests.page.conftest import ImportWorker, PersonOf
from tests.page.person import DialerDatabase, Person, leads
from tests.page.relay import Relay
from tests.waiting import wait_until


def test_a_file_is_loaded_and_its_refused_rows_are_shown_and_downloaded(person: Person, database: DialerDatabase, tmp_path: Path) -> None:
    file = leads(tmp_path, 4, "12,Cy,Poe", "12345,Di,Fox")
    person.load(file)
    person.sees_state("Done, some refused")
    assert (person.counter("Rows"), person.counter("Added"), person.counter("Refused")) == (6, 4, 2)
    assert len(database.phones()) == 4
    expect(person.page.get_by_role("cell", name="The phone has fewer than 6 or more than 16 digits")).to_have_count(2)
    expect(person.page.locator(".cells").first).to_have_text("Mobile 12First Name CyLast Poe")
    with person.page.expect_download() as download:
        person.page.get_by_role("link", name="Download rows not added").click()
    assert download.value.suggested_filename == "leads.refused.csv"
    with Path(download.value.path()).open(newline="") as told:
        assert [(row["Mobile"], row["import_code"]) for row in csv.DictReader(told)] == [("12", "phone_length"), ("12345", "phone_length")]


def test_a_file_is_dropped(person: Person, tmp_path: Path) -> None:
    dropped = """(text) => {
      const carried = new DataTransfer();
      carried.items.add(new File([text], "dropped.csv"));
      return carried;
    }"""
    carried = person.page.evaluate_handle(dropped, leads(tmp_path, 2).read_text())
    person.page.dispatch_event("main", "drop", {"dataTransfer": carried})
    expect(person.page.get_by_role("heading", name="dropped.csv")).to_be_visible()
    expect(person.page.get_by_label("Field for Mobile")).to_have_value("phone_number")


def test_columns_are_mapped_by_hand(person: Person, database: DialerDatabase, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("who;ring;Phone\nAnn;7270010001;1\nBob;7270010002;2\n")
    person.choose(file)
    expect(person.page.get_by_text("CSV, separated by semicolon, UTF-8")).to_be_visible()
    expect(person.page.get_by_label("Field for Phone")).to_have_value("phone_number")
    person.page.get_by_label("Field for ring").select_option(label="Phone number")
    expect(person.page.get_by_label("Field for Phone")).to_have_value("")
    person.page.get_by_label("Field for who").select_option(label="First name")
    person.page.get_by_label("List", exact=True).select_option("101")
    person.page.get_by_role("button", name="Start import").click()
    person.sees_state("Done")
    assert sorted(database.phones()) == ["7270010001", "7270010002"]


def test_what_is_done_with_leads_afterwards(person: Person, database: DialerDatabase, tmp_path: Path) -> None:
    database.put(vicidial_campaigns=[{"campaign_id": "TESTCAMP"}])
    file = leads(tmp_path, 2)
    person.choose(file)
    page = person.page
    page.get_by_label("List", exact=True).select_option("101")
    page.get_by_text("More options").click()
    expect(page.get_by_label("Priority")).to_be_hidden()
    page.get_by_label("Put the leads in the hopper").check()
    page.get_by_label("Priority").fill("50")
    page.get_by_label("Schedule a callback").check()
    page.get_by_label("When (").fill("2036-12-31T17:00")
    page.get_by_label("Comments").fill("as agreed")
    page.get_by_label("Tell another system").check()
    page.get_by_label("URL that is posted to").fill("http://127.0.0.1:9/")
    page.get_by_label("Secret").fill("hush")
    page.get_by_label("Secret").blur()
    expect(page.get_by_text("its address is not public")).to_be_visible()
    page.get_by_label("URL that is posted to").fill("http://crm.invalid/ended")
    person.press("Start import")
    person.sees_state("Done")
    job = person.job()
    afterwards = {"add_to_hopper": "Y", "hopper_priority": "50", "callback": "Y", "callback_type": "ANYONE", "campaign_id": "TESTCAMP"}
    assert job["options"].items() >= {**afterwards, "callback_datetime": "2036-12-31 17:00:00", "callback_comments": "as agreed"}.items()
    assert job["webhook"]["url"] == "http://crm.invalid/ended"
    page.get_by_text("How it was loaded").click()
    expect(page.get_by_text("http://crm.invalid/ended, waiting")).to_be_visible()
    assert database.rows("vicidial_hopper", "priority") == [(50,), (50,)]
    assert database.rows("vicidial_callbacks", "callback_time", "comments") == [("2036-12-31 17:00:00", "as agreed")] * 2


def test_settings_are_saved_and_taken_again(person: Person, database: DialerDatabase, tmp_path: Path) -> None:
    file = tmp_path / "daily.csv"
    file.write_text("who,ring\nAnn,7270020001\n")
    person.choose(file)
    person.page.get_by_label("Field for ring").select_option(label="Phone number")
    person.page.get_by_label("List", exact=True).select_option("101")
    person.page.get_by_label("Duplicates").select_option("DUPSYS")
    person.page.get_by_label("phones of the do-not-call list").check()
    person.press("Save settings")
    person.page.get_by_role("dialog").get_by_label("Name").fill("daily file")
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_label("Saved settings")).to_have_value("daily file")
    person.page.reload()
    person.choose(file)
    expect(person.page.get_by_label("List", exact=True)).to_have_value("")
    person.page.get_by_label("Saved settings").select_option("daily file")
    expect(person.page.get_by_label("Field for ring")).to_have_value("phone_number")
    expect(person.page.get_by_label("List", exact=True)).to_have_value("101")
    expect(person.page.get_by_label("Duplicates")).to_have_value("DUPSYS")
    expect(person.page.get_by_label("phones of the do-not-call list")).to_be_checked()
    person.press("Forget")
    expect(person.page.get_by_label("Saved settings")).to_be_hidden()
    person.press("Start import")
    person.sees_state("Done")
    assert database.phones() == ["7270020001"]


def test_what_is_missing_is_said_before_anything_is_sent(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "nothing.csv"
    file.write_text("who,what\nAnn,that\n")
    person.choose(file)
    expect(person.page.get_by_text("None of the columns is a phone number")).to_be_visible()
    person.page.get_by_role("button", name="Start import").click()
    expect(person.page.get_by_text("Choose the list that the leads go into.")).to_be_visible()
    expect(person.page.get_by_label("List", exact=True)).to_be_focused()


def test_a_file_that_cannot_be_read(person_of: PersonOf, tmp_path: Path) -> None:
    person = person_of(expects="422")
    person.sign_in()
    file = tmp_path / "leads.pdf"
    file.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    person.choose(file)
    expect(person.page.locator("#new-import .note.bad")).to_contain_text("leads.pdf: The file is")


def test_the_bar_moves(person: Person, tmp_path: Path, worker: ImportWorker) -> None:
    with worker.halted():
        person.load(leads(tmp_path, 160))
        expect(person.bar).to_have_attribute("aria-valuenow", "0")

        def loaded() -> int:
            worker.nudge()
            return int(person.job()["counters"]["added"])

        assert 0 < wait_until(loaded, "the first rows are loaded", timeout=60) < 160
        expect(person.bar).not_to_have_attribute("aria-valuenow", "0")
        assert 0 < int(person.bar.get_attribute("aria-valuenow")) < 100
        expect(person.page.get_by_text("rows/s")).to_be_visible()
    person.sees_state("Done")
    expect(person.bar).to_have_attribute("aria-valuenow", "100")
    expect(person.page.locator("#announcer")).to_have_text("leads.csv: Done. 160 rows loaded, 0 rows not")


def test_an_import_is_cancelled(person: Person, database: DialerDatabase, tmp_path: Path, worker: ImportWorker) -> None:
    with worker.halted():
        person.load(leads(tmp_path, 30))
        person.press("Cancel import")
        person.confirm("Go on")
        person.press("Cancel import")
        person.confirm("Cancel import")
        person.sees_state("Cancelled")
    # The worker may have had the first rows in its hand.
    wait_until(lambda: person.counter("Failed") + person.counter("Added") == 30, "every row is counted", timeout=30)
    assert len(database.phones()) == person.counter("Added")
    expect(person.page.locator(".refusals .mark.failed")).to_have_count(10)
    person.page.get_by_role("button", name="Show more").click()
    expect(person.page.locator(".refusals .mark.failed")).to_have_count(person.counter("Failed"))


def test_an_import_is_held_and_goes_on(person: Person, database: DialerDatabase, tmp_path: Path, worker: ImportWorker) -> None:
    with worker.halted():
        person.load(leads(tmp_path, 20))
        person.press("Pause")
        person.sees_state("Paused")
    person.press("Resume")
    person.sees_state("Done")
    assert len(database.phones()) == 20


def test_what_was_cancelled_is_tried_again(person: Person, database: DialerDatabase, tmp_path: Path, worker: ImportWorker) -> None:
    with worker.halted():
        person.load(leads(tmp_path, 20))
        person.press("Cancel import")
        person.confirm("Cancel import")
        person.sees_state("Cancelled")
    person.press("Try ")
    expect(person.page.get_by_role("heading", name="leads.csv, again")).to_be_visible()
    person.sees_state("Done")
    assert len(database.phones()) == 20
    person.page.get_by_role("link", name="Tries the failed rows of an earlier import again").click()
    expect(person.page.get_by_role("link", name="Its failed rows were tried again")).to_be_visible()


def test_an_import_is_undone(person: Person, database: DialerDatabase, tmp_path: Path) -> None:
    person.load(leads(tmp_path, 5))
    person.sees_state("Done")
    database.call_one()
    person.press("Undo import")
    person.confirm("Delete the leads")
    expect(person.page.get_by_role("heading", name="Undo of leads.csv")).to_be_visible()
    person.sees_state("Done, some kept")
    assert (person.counter("Deleted"), person.counter("Kept")) == (4, 1)
    assert len(database.phones()) == 1
    expect(person.page.get_by_role("heading", name="Leads kept")).to_be_visible()


def test_a_trial_stores_nothing_until_it_is_loaded(person: Person, database: DialerDatabase, tmp_path: Path) -> None:
    person.choose(leads(tmp_path, 4, "12,Cy,Poe"))
    person.page.get_by_label("List", exact=True).select_option("101")
    person.page.get_by_label("Trial").check()
    person.press("Start import")
    person.sees_state("Done, some refused")
    expect(person.page.get_by_text("A trial: everything is checked, nothing is stored.")).to_be_visible()
    assert database.phones() == []
    person.press("Load it now")
    expect(person.page.get_by_role("button", name="Undo import")).to_be_visible()
    assert len(database.phones()) == 4


def test_an_upload_that_breaks_off_goes_on(
    person_of: PersonOf, database: DialerDatabase, network: Relay, tmp_path: Path, worker: ImportWorker
) -> None:
    person = person_of(expects="ERR_|409")
    person.sign_in()
    with worker.halted():
        # More than may wait for the workers, so that the server stops reading in the middle.
        person.load(leads(tmp_path, 80))
        network.cut()
        again = person.page.get_by_role("button", name="Send it again")
        expect(again).to_be_visible()
        network.mend()

    def loaded() -> bool:
        if again.is_visible():
            again.click()
        return person.page.locator("#view-job .badge").inner_text() == "Done"

    wait_until(loaded, "all rows are loaded", timeout=90)
    assert len(database.phones()) == len(set(database.phones())) == 80


def test_by_keyboard_alone(person_of: PersonOf, database: DialerDatabase, tmp_path: Path) -> None:
    person = person_of()
    page = person.page
    expect(page.get_by_label("User")).to_be_focused()
    page.keyboard.type("6666")
    page.keyboard.press("Tab")
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Load leads")).to_be_visible()
    person.tab_to("choose a file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(leads(tmp_path, 3))
    expect(page.get_by_role("heading", name="leads.csv")).to_be_focused()
    person.tab_to("Field for Last")
    page.keyboard.type("Leave")
    expect(page.get_by_label("Field for Last")).to_have_value("")
    person.tab_to("List")
    page.keyboard.type("Spring")
    person.tab_to("Start import")
    page.keyboard.press("Enter")
    person.sees_state("Done")
    assert len(database.phones()) == 3
    person.tab_to("All jobs")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="leads.csv").first).to_be_visible()


def test_on_a_phone(person_of: PersonOf, tmp_path: Path) -> None:
    person = person_of(viewport={"width": 375, "height": 720}, color_scheme="dark", has_touch=True)
    assert person.fits()
    person.sign_in()
    assert person.fits()
    file = leads(tmp_path, 2, "12," + "Long" * 40 + ",Name", name=f"{'long' * 30}.csv")
    person.choose(file)
    expect(person.page.get_by_label("Field for Mobile")).to_be_visible()
    assert person.fits()
    person.page.get_by_label("List", exact=True).select_option("101")
    person.page.get_by_role("button", name="Start import").tap()
    person.sees_state("Done, some refused")
    expect(person.page.get_by_text("Line 4")).to_be_visible()
    assert person.fits()
    person.page.get_by_role("link", name="All jobs").tap()
    person.page.locator("#queues summary").tap()
    expect(person.page.get_by_role("cell", name="1").first).to_be_visible()
    assert person.fits()


def test_markup_in_names_is_text(person: Person, tmp_path: Path) -> None:
    name = "<img src=x onerror=window.hit=1><script>window.hit=1<b>.csv"
    file = tmp_path / name
    file.write_text("phone,<script>window.hit=1</script>\n12,<img src=x onerror=window.hit=1>\n")
    person.load(file)
    person.sees_state("Done, some refused")
    expect(person.page.get_by_role("heading", name=name)).to_be_visible()
    expect(person.page.locator(".cells")).to_contain_text("<script>window.hit=1</script> <img src=x onerror=window.hit=1>")
    assert person.page.evaluate("window.hit") is None
    assert person.page.locator("main img").count() == 0


def test_the_browser_refuses_markup_and_inline_scripts(person_of: PersonOf) -> None:
    person = person_of(expects="Content Security Policy|TrustedHTML|TrustedScript")
    markup = "() => { try { document.body.innerHTML = '<p>'; } catch (error) { return error.name; } }"
    assert person.page.evaluate(markup) == "TypeError"
    person.page.evaluate(
        """() => {
          const made = document.createElement("script");
          made.append("window.hit = 1");
          try { document.body.append(made); } catch { return; }
        }"""
    )
    assert person.page.evaluate("() => window.hit") is None
