"""A whole `./leadmill up`, as an operator starts it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from cli.running import alive
from tests.servers import Leash, free_port
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_BOUND = 90.0
STOP_BOUND = 60.0


class Running:
    """One `./leadmill up` on a data folder; it can be ended and started again."""

    def __init__(self, folder: Path, leash: Leash) -> None:
        self.folder = folder
        self.leash = leash
        self.port = free_port()
        self.output = folder.with_suffix(".out")
        self.start()

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        held = self.leash.descriptor
        command = [sys.executable, "-m", "cli", "up", "--port", str(self.port), "--data-dir", str(self.folder), "--leash-fd", str(held)]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(command, env=clean_environment(), stdout=output, stderr=output, pass_fds=(held,))
        wait_until(self.is_ready, "the ready line", timeout=START_BOUND)

    def is_ready(self) -> bool:
        """Whether it has said so. Fails when it has ended."""
        assert self.process.poll() is None, self.said
        return "Press Ctrl-C to stop." in self.said

    @property
    def said(self) -> str:
        """What it has printed since its last start."""
        return self.output.read_text()

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until every process of it is gone."""
        processes = self.processes()
        self.process.send_signal(number)
        self.process.wait(STOP_BOUND)
        wait_until(lambda: not [process for process in processes if alive(process)], "the end of every process", timeout=30)

    def processes(self) -> dict[int, str]:
        """The supervisor's processes: number and command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                command = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:  # it has ended meanwhile
                continue
            if int(parent) == self.process.pid:
                found[int(folder.name)] = command
        return found

    def process_of(self, words: str) -> int:
        """The number of the one whose command line holds these words."""
        (number,) = (number for number, command in self.processes().items() if words in command)
        return number

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add_lead(self, phone: str, **more: str) -> str:
        """The reply to an add_lead of the demo user."""
        query = {"source": "test", "user": "6666", "pass": "1234", "function": "add_lead", "phone_number": phone, "phone_code": "1"}
        answer = httpx.get(
            f"{self.address}/vicidial/non_agent_api.php", params={**query, "list_id": "101", **more}, timeout=30, trust_env=False
        )
        return answer.text


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment without any setting of Leadmill but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADMILL_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", **settings}
