"""What no file of this repository may hold."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 40
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
# Put together here, so that this file does not hold what it looks for.
MACHINE_PATHS = [f"/{folder}/" for folder in ("work", "home", "root", "tmp/w", "Users")]
# The dialer's own default of survey_camp_record_dir, cut as the pattern below finds it.
OF_THE_DIALER = MACHINE_PATHS[1] + "s"


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows of."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, so no list of files to look through")
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def test_no_path_of_a_machine() -> None:
    pattern = re.compile("|".join(rf"(?<![\w.}}])(?:{re.escape(path)})\w" for path in MACHINE_PATHS))
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path in tracked() for match in pattern.finditer(text(path))]
    assert [place for place in found if not place.endswith(OF_THE_DIALER)] == []


def test_no_package_index() -> None:
    pattern = re.compile(r"(index-url|find-links|trusted-host)[ =]|https?://[^\s/]*(pypi|pythonhosted)|\"resolved\": *\"http")
    files = [path for path in tracked() if re.search(r"requirements|\.lock$|\.toml$|\.cfg$|Dockerfile", path.name)]
    assert files
    assert [path.name for path in files if pattern.search(text(path))] == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    requirements = [block for block in blocks if not block.startswith("#")]
    assert len(requirements) > 30
    for block in requirements:
        assert re.match(r"[a-z0-9._-]+==\S+( ;.*)? \\\n", block), block.splitlines()[0]
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_development_has_the_same_versions() -> None:
    """One .venv serves both files, so they must never disagree."""
    pins = [dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in REQUIREMENTS]
    assert pins[0].items() <= pins[1].items()


def test_scripts_can_be_run() -> None:
    command = ["git", "ls-files", "--stage", "leadmill", ".ci/run"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in listed.splitlines()] == ["100755", "100755"]


def test_only_settings_reads_the_environment() -> None:
    """settings.py does; the launcher's installer and the supervisor hand the environment on to a program."""
    handing_on = {"settings.py", "cli/install.py", "cli/supervisor.py"}
    sources = [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] not in ("tests", "benchmarks")]
    readers = {str(path.relative_to(ROOT)) for path in sources if re.search(r"os\.(environ|getenv)", text(path))}
    assert readers <= handing_on


def test_functions_are_short() -> None:
    """Forty lines at most, so that each can be read at one glance."""
    ours = [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] not in ("tests", "benchmarks")]
    functions = [(path, node) for path in ours for node in ast.walk(ast.parse(text(path))) if isinstance(node, FUNCTION)]
    assert len(functions) > 100
    long = [f"{path.relative_to(ROOT)}:{node.lineno} {node.name}" for path, node in functions if length(node) > LONGEST]
    assert long == []


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, its docstring included."""
    return (function.end_lineno or 0) - function.lineno + 1


def test_every_test_folder_is_a_package() -> None:
    """Without an __init__.py in each, tests/tasks would hide our own package tasks."""
    folders = {path.parent for path in tracked() if path.is_relative_to(ROOT / "tests") and path.name.startswith("test_")}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()] == []
