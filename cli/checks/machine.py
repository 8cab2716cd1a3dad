"""Python and the data folder."""

import os
import platform
import shutil
import sys
from pathlib import Path

from cli.checks.findings import Finding, error, ok, warning
from settings import ROOT

LITTLE_SPACE = 500_000_000


def check_machine(data_dir: Path) -> list[Finding]:
    """The Python that runs this, its packages, and the folder for embedded data."""
    return [check_python(), check_packages(), check_folder(data_dir)]


def check_python() -> Finding:
    """Which Python this is; the launcher has seen to it that it is new enough."""
    return ok("Python", f"{platform.python_version()}, {sys.executable}")


def check_packages() -> Finding:
    """Whether the packages are those of requirements.txt, as far as the launcher installed them."""
    stamp = Path(sys.prefix) / "requirements.txt.installed"
    if not stamp.exists():
        return ok("Packages", "not installed by ./leadmill")
    if stamp.read_bytes() != (ROOT / "requirements.txt").read_bytes():
        return warning("Packages", "not those of requirements.txt", "run any command through ./leadmill, which brings them up to date")
    return ok("Packages", "those of requirements.txt")


def check_folder(data_dir: Path) -> Finding:
    """Whether the data folder can be written to and has space."""
    there = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        return error("Data folder", f"{data_dir} cannot be written to", "make it writable for this user or set LEADMILL_DATA_DIR")
    free = shutil.disk_usage(there).free
    if free < LITTLE_SPACE:
        return warning("Data folder", f"{data_dir}, only {free // 1_000_000} MB free", "free some space on that disk")
    return ok("Data folder", f"{data_dir}, {free // 1_000_000_000} GB free")
