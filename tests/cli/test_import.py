"""./leadmill import and ./leadmill jobs, against a whole system."""

import contextlib
import csv
import fcntl
import gzip
import http.server
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.running import Announcement, announce, prepare_folder, take_lock
from tests.cli.conftest import PHONES, Command, Leads, assert_one_line
from tests.cli.running_up import Running, clean_environment
from tests.servers import free_port
from tests.waiting import wait_until


def test_all_rows_added(leadmill: Command, leads: Leads, here: dict[str, str]) -> None:
    ended = leadmill("import", str(leads(1500)), "--list", "101", **here)
    assert ended.returncode == 0, ended
    assert re.search(r"Import \w+: done\n", ended.stdout)
    assert re.search(r"1,500 +added", ended.stdout)
    assert list(leads(0).parent.glob("*.refused.csv")) == []


def test_refused_rows_can_be_corrected_and_loaded_again(leadmill: Command, leads: Leads, here: dict[str, str]) -> None:
    twice = next(PHONES)
    file = leads(3, f"{twice},Bob,Ray", f'{twice},"Bob ""B""",Ray', "12,Cy,Poe")
    ended = leadmill("import", str(file), "--list", "101", "--duplicates", "DUPSYS", "--dnc", **here)
    assert ended.returncode == 1, ended
    assert re.search(r"4 +added", ended.stdout)
    assert re.search(r"1 +not added: a duplicate", ended.stdout)
    assert re.search(r"1 +not added: refused", ended.stdout)

    refused = file.with_name("leads.refused.csv")
    with refused.open(newline="") as told:
        rows = list(csv.DictReader(told))
    assert [(row["phone_number"], row["first_name"], row["import_code"]) for row in rows] == [
        (str(twice), 'Bob "B"', "duplicate_in_system"),
        ("12", "Cy", "phone_length"),
    ]

    refused.write_text(refused.read_text().replace("\n", "\r\n").replace(",12,Cy", f",{next(PHONES)},Cy"))
    again = leadmill("import", str(refused), "--list", "101", "--refused", "rest.csv", **here)
    assert again.returncode == 0, again


def test_from_a_pipe(leadmill: Command, leads: Leads, here: dict[str, str], tmp_path: Path) -> None:
    text = leads(2, "12,Cy,Poe").read_text()
    ended = leadmill("import", "-", "--list", "101", "--refused", "rest.csv", given=text, **here)
    assert ended.returncode == 1, ended
    assert "12,Cy,Poe" in (tmp_path / "rest.csv").read_text()


def test_options_of_any_name(leadmill: Command, leads: Leads, here: dict[str, str]) -> None:
    ended = leadmill("import", str(leads(0, "9995551234,Ann,Lee")), "--list", "101", "--set", "usacan_areacode_check=Y", **here)
    assert ended.returncode == 1
    assert re.search(r"1 +not added: refused", ended.stdout)


def test_a_file_with_its_own_columns_is_tried_then_loaded(leadmill: Command, here: dict[str, str], tmp_path: Path) -> None:
    phone = next(PHONES)
    file = tmp_path / "crm.csv.gz"
    file.write_bytes(gzip.compress(f"Tel=2;Phone;Who\n{phone};1;Ann\n{phone};2;Bob\n12;3;Cy\n".encode()))
    options = ["--list", "101", "--map", "Tel=2=phone_number", "--map", "Phone=", "--map", "Who=first_name", "--default", "state=FL"]
    options += ["--duplicates", "DUPSYS", "--on-duplicate", "update"]
    tried = leadmill("import", str(file), *options, "--dry-run", **here)
    assert tried.returncode == 1, tried
    assert "(a dry run: nothing was stored)" in tried.stdout
    done = leadmill("import", str(file), *options, **here)
    assert done.stdout.splitlines()[1:] == tried.stdout.splitlines()[1:]
    assert re.search(r"1 +updated", done.stdout)
    assert file.with_name("crm.refused.csv").exists()
    stopped = leadmill("import", str(file), *options, "--max-errors", "0", **here)
    assert stopped.returncode == 2
    assert "max_errors=0" in stopped.stderr


def test_skipped_duplicates_are_no_refusals(leadmill: Command, leads: Leads, here: dict[str, str]) -> None:
    twice = next(PHONES)
    file = leads(1, f"{twice},Bob,Ray", f"{twice},Bob,Ray")
    ended = leadmill("import", str(file), "--list", "101", "--duplicates", "DUPLIST", "--on-duplicate", "skip", **here)
    assert ended.returncode == 0, ended
    assert re.search(r"1 +not added: a duplicate", ended.stdout)


@pytest.mark.parametrize("option", ["--map", "--default", "--set"])
def test_pairs_without_an_equals_sign_are_explained(leadmill: Command, leads: Leads, option: str) -> None:
    ended = leadmill("import", str(leads(1)), option, "state")
    assert_one_line(ended, f"{option} state: write it as", code=2)


def test_a_job_can_be_left_and_looked_at_later(leadmill: Command, leads: Leads, here: dict[str, str]) -> None:
    ended = leadmill("import", str(leads(20)), "--list", "101", "--detach", **here)
    assert ended.returncode == 0, ended
    (job,) = re.findall(r"Import (\w{10,})", ended.stdout)[:1]
    watched = leadmill("jobs", job, "--watch", **here)
    assert watched.returncode == 0, watched
    assert f"Import {job}: done\n" in watched.stdout
    assert re.search(r"20 +added", watched.stdout)
    listed = leadmill("jobs", **here).stdout
    assert job in listed.splitlines()[1]


def test_a_queued_request_is_a_job_too(leadmill: Command, up: Running, here: dict[str, str]) -> None:
    job = up.add_lead(str(next(PHONES)), **{"async": "Y"}).partition(" - ")[2].partition("|")[0]

    def told() -> str:
        return leadmill("jobs", job, **here).stdout

    wait_until(lambda: "SUCCESS: add_lead LEAD HAS BEEN ADDED" in told(), "the request is done", timeout=30)


def test_the_same_upload_under_its_key_goes_on(leadmill: Command, leads: Leads, here: dict[str, str]) -> None:
    file = str(leads(5))
    first, second = (leadmill("import", file, "--list", "101", "--key", "my-key", **here) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), second
    assert first.stdout.splitlines()[0] == second.stdout.splitlines()[0], "one job"


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--list", "55555"], ["no list 55555"]),
        (["--list", "101", "--set", "lst_id=1"], ["lst_id", "list_id"]),
        (["--list", "101", "--set", "lst_id"], ["NAME=VALUE"]),
        (["--list", "101", "--duplicates", "DUPNONE"], ["duplicate_check"]),
    ],
)
def test_an_import_that_is_refused(leadmill: Command, leads: Leads, here: dict[str, str], arguments: list[str], parts: list[str]) -> None:
    assert_one_line(leadmill("import", str(leads(1)), *arguments, **here), *parts, code=2)


def test_a_file_that_is_not_there(leadmill: Command, here: dict[str, str]) -> None:
    assert_one_line(leadmill("import", "nowhere.csv", "--list", "101", **here), "nowhere.csv", "No such file", code=2)


def test_a_refused_file_that_cannot_be_written(leadmill: Command, leads: Leads, here: dict[str, str]) -> None:
    ended = leadmill("import", str(leads(0, "12,Cy,Poe")), "--list", "101", "--refused", "nowhere/rest.csv", **here)
    assert_one_line(ended, "cannot write nowhere/rest.csv", "--refused", code=2)


def test_no_server(leadmill: Command, leads: Leads) -> None:
    settings = {"LEADMILL_USER": "u", "LEADMILL_PASSWORD": "p", "LEADMILL_PORT": str(free_port())}
    assert_one_line(leadmill("import", str(leads(1)), **settings), "no Leadmill answers at http://127.0.0.1:", "./leadmill up", code=2)


def test_something_else_than_a_leadmill(leadmill: Command) -> None:
    with another_server() as address:
        ended = leadmill("jobs", "--server", address, LEADMILL_USER="u", LEADMILL_PASSWORD="p")
    assert_one_line(ended, "404", "is that a Leadmill?")


def test_a_job_that_does_not_exist(leadmill: Command, here: dict[str, str]) -> None:
    assert_one_line(leadmill("jobs", "nowhere", **here), "no job nowhere")


class TestSigningIn:
    """Whose name and password are used, and where they are never sent."""

    def test_a_wrong_password(self, leadmill: Command, here: dict[str, str]) -> None:
        ended = leadmill("jobs", LEADMILL_USER="6666", LEADMILL_PASSWORD="hush", **here)
        assert_one_line(ended, "does not let user 6666 in")
        assert "hush" not in ended.stderr

    def test_a_password_from_a_file(self, leadmill: Command, here: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "password").write_text("1234\n")
        assert leadmill("jobs", "--user", "6666", "--password-file", "password", **here).returncode == 0

    def test_a_password_file_that_is_not_there(self, leadmill: Command, here: dict[str, str]) -> None:
        assert_one_line(leadmill("jobs", "--user", "6666", "--password-file", "nowhere", **here), "cannot read nowhere")

    def test_nobody_to_ask_for_a_password(self, leadmill: Command, here: dict[str, str]) -> None:
        assert_one_line(leadmill("jobs", "--user", "1001", **here), "no password for user 1001", "LEADMILL_PASSWORD")

    def test_no_user(self, leadmill: Command) -> None:
        assert_one_line(leadmill("jobs"), "no user", "LEADMILL_USER")

    def test_another_server_is_not_offered_the_demo_password(self, leadmill: Command, here: dict[str, str]) -> None:
        assert_one_line(leadmill("jobs", "--server", "http://127.0.0.1:1", **here), "no user")

    def test_a_leadmill_on_a_real_database_is_not_offered_the_demo_password(self, leadmill: Command, tmp_path: Path) -> None:
        prepare_folder(tmp_path / "data")
        lock = take_lock(tmp_path / "data", patience=0, end_remains=lambda: None)
        announce(lock, Announcement(pid=os.getpid(), address="http://127.0.0.1:8080", demo=False))
        assert_one_line(leadmill("jobs"), "no user")
        os.close(lock)


class Answers(http.server.BaseHTTPRequestHandler):
    """No Leadmill."""

    def do_GET(self) -> None:
        """Answer every request alike."""
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Nothing to see."""


@contextlib.contextmanager
def another_server() -> Iterator[str]:
    """A web server that is no Leadmill; its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Terminal:
    """A command at a terminal, with somebody who types."""

    def __init__(self, *arguments: str, **settings: str) -> None:
        ours, its = pty.openpty()
        environment = {**clean_environment(**settings), "TERM": "xterm", "COLUMNS": "120"}
        command = [sys.executable, "-m", "cli", *arguments]
        self.process = subprocess.Popen(
            command, env=environment, stdin=its, stdout=its, stderr=its, preexec_fn=own_terminal, close_fds=True
        )
        os.close(its)
        self.ours = ours
        self.shown = ""

    def see(self, pattern: str) -> None:
        """Read until something stands on the screen."""
        wait_until(lambda: re.search(pattern, self.read()), f"{pattern!r} on the screen", timeout=60)

    def read(self) -> str:
        """What has been shown since something was typed."""
        while select.select([self.ours], [], [], 0)[0]:
            try:
                piece = os.read(self.ours, 65_536)
            except OSError:  # the command has ended
                break
            if not piece:
                break
            self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", piece.decode(errors="replace"))
        return self.shown

    def type(self, keys: str) -> None:
        """Press keys."""
        self.shown = ""
        os.write(self.ours, keys.encode())

    def end(self) -> int:
        """The exit code of the command."""
        wait_until(lambda: self.read() is not None and self.process.poll() is not None, "the end of the command", timeout=60)
        self.read()
        os.close(self.ours)
        return self.process.wait()


def own_terminal() -> None:
    """Make stdin the terminal that Ctrl-C comes from."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def halted(up: Running) -> Iterator[Callable[[], None]]:
    """Imports stand still until what it gives is called."""
    worker = up.process_of("worker --queues imports")
    os.kill(worker, signal.SIGSTOP)
    yield lambda: os.kill(worker, signal.SIGCONT)
    os.kill(worker, signal.SIGCONT)


def test_ctrl_c_can_cancel(leads: Leads, here: dict[str, str], halted: Callable[[], None]) -> None:
    terminal = Terminal("import", str(leads(3000)), "--list", "101", **here)
    terminal.see("queued.* 3,000 rows, 0 added")
    terminal.type("\x03")
    terminal.see("c: cancel it")
    terminal.type("c\n")
    terminal.see("cancelled.* 3,000 rows")
    halted()
    assert terminal.end() == 2, terminal.shown
    assert "cancelled" in terminal.shown
    assert re.search(r"3,000 +not added: failed, can be tried again", terminal.shown)


def test_ctrl_c_can_leave(leads: Leads, here: dict[str, str], halted: Callable[[], None], leadmill: Command) -> None:
    terminal = Terminal("import", str(leads(30)), "--list", "101", **here)
    terminal.see("queued.* 30 rows, 0 added")
    terminal.type("\x03")
    terminal.see("l: leave")
    terminal.type("\n")
    terminal.see("queued.* 30 rows, 0 added")
    terminal.type("\x03")
    terminal.see("l: leave")
    terminal.type("l\n")
    assert terminal.end() == 0, terminal.shown
    job = re.findall(r"Import (\w+) goes on", terminal.shown)[0]
    halted()
    assert re.search(r"30 +added", leadmill("jobs", job, "--watch", **here).stdout)


def test_asks_for_a_password(here: dict[str, str]) -> None:
    terminal = Terminal("jobs", "--user", "6666", **{**here, "LEADMILL_DATA_DIR": "/nonexistent"})
    terminal.see("Password of 6666: ")
    terminal.type("1234\n")
    assert terminal.end() == 0, terminal.shown
    assert "1234" not in terminal.shown
