"""Make or refresh .venv. Run by the launcher with any Python 3.11+, so it imports nothing but the standard library."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

# A machine that is offline should hear so in seconds; pip's own default tries for minutes.
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--retries", "2", "--timeout", "20")
UNREACHABLE = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ReadTimeoutError", "ProxyError", "Connection refused")


class InstallError(Exception):
    """Why the packages cannot be installed, and what to do, in one line."""


def main(arguments: list[str]) -> int:
    """Install the packages of a requirements file into ROOT/.venv; 0, or 1 with one line on stderr."""
    root, requirements = Path(arguments[0]), arguments[1]
    try:
        with alone(root):
            if not installed(root, requirements):
                install(root, requirements)
    except InstallError as reason:
        print(f"leadmill: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("leadmill: installation interrupted; run this again to go on", file=sys.stderr)
        return 130
    return 0


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the folder's lock, so that of two launchers started at once one installs and the other waits."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def installed(root: Path, requirements: str) -> bool:
    """Whether .venv works and holds exactly what the requirements file asks for."""
    stamp = root / ".venv" / f"{requirements}.installed"
    return (root / ".venv/bin/python").exists() and stamp.exists() and stamp.read_bytes() == (root / requirements).read_bytes()


def install(root: Path, requirements: str) -> None:
    """Make .venv when it is missing or broken, bring its packages to the file's versions, and note that."""
    folder = root / ".venv"
    if not os.access(root, os.W_OK) or (folder.exists() and not os.access(folder, os.W_OK)):
        raise InstallError(f"cannot write to {root}; make it writable for this user, or copy Leadmill to a folder that is")
    doing = "updating" if folder.exists() else "first run: installing"
    print(f"leadmill: {doing} packages in {folder} (less than a minute) ...", file=sys.stderr, flush=True)
    stamp = folder / f"{requirements}.installed"
    stamp.unlink(missing_ok=True)
    if not works(folder):
        create(folder)
    fetch(folder, root / requirements)
    shutil.copyfile(root / requirements, stamp)


def works(folder: Path) -> bool:
    """Whether the environment's Python is new enough and has pip; an upgrade of the system's Python may break it."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([folder / "bin/python", "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def create(folder: Path) -> None:
    """Make an empty environment in place of whatever lies there."""
    try:
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=True).create(folder)
    except OSError as error:
        raise InstallError(f"cannot make {folder}: {error.strerror or error}") from error
    except (subprocess.CalledProcessError, SystemExit, ImportError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        remedy = "install its venv module (Debian: apt-get install python3-venv), then run this again"
        raise InstallError(f"{sys.executable} cannot make a virtual environment; {remedy}") from error


def fetch(folder: Path, requirements: Path) -> None:
    """Install the pinned packages, as wheels only: nothing is compiled here."""
    log = folder / "install.log"
    command = [str(folder / "bin/python"), *PIP, "--require-hashes", "--only-binary", ":all:", "--requirement", str(requirements)]
    # PYTHONPATH would show pip our own packages.
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    with log.open("wb") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False, env=environment).returncode
    if code:
        raise InstallError(why(log.read_text(errors="replace"), log))


def why(output: str, log: Path) -> str:
    """What pip's output means, in one line."""
    if "No space left on device" in output:
        line = "the disk is full; free some space, then run this again"
    elif any(sign in output for sign in UNREACHABLE):
        line = "cannot reach the package index; connect this machine to the network or set PIP_INDEX_URL to a mirror, then run this again"
    elif "DO NOT MATCH THE HASHES" in output:
        line = "a downloaded package is not the one pinned here; the package index or a proxy is at fault, nothing of it was installed"
    else:
        errors = [line for line in output.splitlines() if line.startswith("ERROR: ")]
        line = errors[-1].removeprefix("ERROR: ") if errors else "pip failed"
    return f"{line} (details: {log})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
