"""./leadmill on a machine that has only Python: a copy of the launcher, with one small package to install from a folder."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAIN = "import sys, tiny, os; print(tiny.VERSION, os.getcwd(), sys.argv[1:])"


def write_wheel(folder: Path, version: str, *, says: str = "") -> str:
    """A package `tiny` as a wheel; its hash."""
    folder.mkdir(exist_ok=True)
    wheel = folder / f"tiny-{version}-py3-none-any.whl"
    about = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", f"VERSION = {says or version!r}\n")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


class Copy:
    """A fresh copy of the launcher, beside a folder of wheels."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "with a space" / "leadmill"
        self.wheels = folder / "wheels"
        (self.root / "cli").mkdir(parents=True)
        shutil.copy(ROOT / "leadmill", self.root)
        shutil.copy(ROOT / "cli/install.py", self.root / "cli")
        (self.root / "cli/__init__.py").write_text("")
        (self.root / "cli/__main__.py").write_text(MAIN)
        self.require("1.0")

    def require(self, version: str) -> None:
        """Pin another version."""
        digest = write_wheel(self.wheels, version)
        (self.root / "requirements.txt").write_text(f"tiny=={version} \\\n    --hash=sha256:{digest}\n")

    def environment(self, **changes: str) -> dict[str, str]:
        offline = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri(), "PIP_EXTRA_INDEX_URL": ""}
        return {**os.environ, **offline, **changes}

    def start(self, *arguments: str, **changes: str) -> "subprocess.Popen[str]":
        where = self.root.parent.parent
        command = [str(self.root / "leadmill"), *arguments]
        environment = self.environment(**changes)
        return subprocess.Popen(command, cwd=where, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments: str, **changes: str) -> tuple[int, str, str]:
        """Exit code, output and errors of one run."""
        running = self.start(*arguments, **changes)
        output, errors = running.communicate(timeout=120)
        return running.returncode, output, errors


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Nothing is installed yet."""
    return Copy(tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Version 1.0 is installed; making an environment takes seconds, so the tests share this one."""
    found = Copy(tmp_path_factory.mktemp("launcher"))
    assert found.run()[0] == 0
    return found


def test_two_at_once_install_once(copy: Copy) -> None:
    both = [copy.start("up", "--port", "1") for _ in range(2)]
    told = [running.communicate(timeout=120) for running in both]
    assert [running.returncode for running in both] == [0, 0], told
    assert {output for output, _ in told} == {f"1.0 {copy.root.parent.parent} ['up', '--port', '1']\n"}
    (said,) = (errors for _, errors in told if errors)
    assert said.startswith("leadmill: first run: installing packages in ")
    assert said.count("\n") == 1


def test_installs_nothing_twice(installed: Copy) -> None:
    assert installed.run()[2] == ""


def test_imports_nothing_from_the_callers_folder(installed: Copy) -> None:
    (installed.root.parent.parent / "tiny.py").write_text("VERSION = 'the wrong one'")
    assert installed.run()[1].startswith("1.0 ")


def test_can_be_started_through_a_link(installed: Copy) -> None:
    link = installed.root.parent.parent / "linked"
    link.symlink_to(installed.root / "leadmill")
    ended = subprocess.run([str(link), "x"], env=installed.environment(), capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout.startswith("1.0 "), ended.stderr


def test_installs_what_changed(installed: Copy) -> None:
    installed.require("2.0")
    assert installed.run()[2].startswith("leadmill: updating packages in ")
    assert installed.run()[1].startswith("2.0 ")
    installed.require("1.0")
    assert installed.run()[1].startswith("1.0 ")


def test_prepare_installs_another_file_and_runs_nothing(installed: Copy) -> None:
    shutil.copy(installed.root / "requirements.txt", installed.root / "requirements-dev.txt")
    code, output, errors = installed.run("--prepare", "requirements-dev.txt")
    assert (code, output) == (0, ""), errors
    assert (installed.root / ".venv/requirements-dev.txt.installed").exists()


def assert_refused(ended: tuple[int, str, str], *parts: str) -> None:
    """The launcher failed, and its last line says why."""
    code, output, errors = ended
    assert code == 1
    assert output == ""
    line = errors.splitlines()[-1]
    assert line.startswith("leadmill: ")
    for part in parts:
        assert part in line
    assert "Traceback" not in errors


def test_without_a_network(installed: Copy) -> None:
    installed.require("3.0")
    nowhere = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    assert_refused(installed.run(**nowhere), "cannot reach the package index")
    installed.require("1.0")


def test_a_package_that_is_not_the_pinned_one(installed: Copy) -> None:
    installed.require("4.0")
    write_wheel(installed.wheels, "4.0", says="something else")
    assert_refused(installed.run(), "not the one pinned here")
    installed.require("1.0")


def test_without_python(copy: Copy) -> None:
    tools = copy.root.parent / "bin"
    tools.mkdir()
    for name in ("bash", "dirname", "readlink", "cmp"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    ended = subprocess.run(["bash", copy.root / "leadmill"], env={"PATH": str(tools)}, capture_output=True, text=True, check=False)
    assert_refused((ended.returncode, ended.stdout, ended.stderr), "no Python 3.11 or newer", "install one")


def test_in_a_folder_that_cannot_be_written_to() -> None:
    # Not in tmp_path, which other users may not even look into.
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder))
        for made in (copy.root.parent.parent, copy.root.parent, copy.root):
            made.chmod(0o555)
        environment = {**copy.environment(), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        command = [*another_user(), str(copy.root / "leadmill")]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        for made in (copy.root.parent.parent, copy.root.parent, copy.root):
            made.chmod(0o755)
    if "no Python 3.11" in ended.stderr:
        pytest.skip("another user finds no Python 3.11 on this machine")
    assert_refused((ended.returncode, ended.stdout, ended.stderr), "cannot write to", "make it writable")


def another_user() -> list[str]:
    """What a command begins with so that it may not write everywhere."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root may write anywhere, and there is no setpriv to be another user")
    return ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
