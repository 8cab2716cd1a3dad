"""compose.yaml and the Dockerfile: no engine runs in the tests, so what they say is held against the Compose schema and our own rules."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema

from cli.commands import COMMANDS
from cli.worker import QUEUES
from settings import Settings

ROOT = Path(__file__).resolve().parents[2]
OURS = ("schema", "api", "worker-requests", "worker-imports", "worker-maintenance")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_is_valid(compose: dict[str, Any]) -> None:
    jsonschema.validate(compose, get_builtin_schema("vendor.compose-spec"))


def test_the_schema_would_tell(compose: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**compose, "services": {"api": {"comand": []}}}, get_builtin_schema("vendor.compose-spec"))


def test_has_a_worker_for_every_queue(compose: dict[str, Any]) -> None:
    commands = [service.get("command") for service in compose["services"].values()]
    for queue in QUEUES:
        assert ["worker", "--queues", queue] in commands


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_commands_that_exist(compose: dict[str, Any], name: str) -> None:
    assert compose["services"][name]["command"][0] in COMMANDS


@pytest.mark.parametrize("name", OURS)
def test_our_services_set_variables_that_exist(compose: dict[str, Any], name: str) -> None:
    known = {f"LEADMILL_{field.upper()}{end}" for field in Settings.model_fields for end in ("", "_FILE")} | {"TZ"}
    assert set(compose["services"][name]["environment"]) <= known


def test_every_service_that_stays_has_a_health_check(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert "healthcheck" in service or name == "api", name
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


def test_the_queue_keeps_what_it_accepted(compose: dict[str, Any]) -> None:
    told = " ".join(compose["services"]["valkey"]["command"])
    for option in ("--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction", "--requirepass"):
        assert option in told


def test_waits_for_what_it_needs(compose: dict[str, Any]) -> None:
    for name in OURS[1:]:
        assert compose["services"][name]["depends_on"]["schema"] == {"condition": "service_completed_successfully"}
        assert compose["services"][name]["depends_on"]["valkey"] == {"condition": "service_healthy"}


def test_passwords_come_from_files(compose: dict[str, Any]) -> None:
    assert compose["secrets"] == {name: {"file": f"secrets/{name}"} for name in ("database", "redis")}
    given = re.findall(r"(\w*(?:PASSWORD|AUTH)\w*): +(.+)", (ROOT / "compose.yaml").read_text())
    assert {name for name, _ in given} == {
        "LEADMILL_DATABASE_PASSWORD_FILE",
        "LEADMILL_REDIS_PASSWORD_FILE",
        "MARIADB_PASSWORD_FILE",
        "MARIADB_RANDOM_ROOT_PASSWORD",
    }
    assert all(value.startswith("/run/secrets/") or value == '"yes"' for _, value in given)
    for name, service in compose["services"].items():
        used = set(re.findall(r"/run/secrets/(\w+)", str(service)))
        assert used <= set(service.get("secrets", ())), name
    assert "/secrets/" in (ROOT / ".gitignore").read_text()


def test_every_service_has_a_limit(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["deploy"]["resources"]["limits"]["memory"], name


def test_what_is_optional_starts_only_when_asked_for(compose: dict[str, Any]) -> None:
    assert {name: s["profiles"] for name, s in compose["services"].items() if "profiles" in s} == {
        "prometheus": ["figures"],
        "flower": ["flower"],
    }
    scraped = yaml.safe_load(compose["configs"]["prometheus"]["content"])
    assert scraped["scrape_configs"][0]["static_configs"] == [{"targets": ["api:8080"]}]


def test_the_example_has_every_variable() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    given = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked == given


def test_the_image_holds_every_package_that_runs_and_no_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for package in ("settings.py", "protocol/", "db/", "dialer/", "tasks/", "workers/", "api/", "cli/"):
        assert re.search(rf"^COPY {re.escape(package)} ", dockerfile, re.MULTILINE), package
        assert f"!{package.rstrip('/')}\n" in (ROOT / ".dockerignore").read_text()
    assert re.search(r"^USER leadmill$", dockerfile, re.MULTILINE)
    assert "--require-hashes" in dockerfile
