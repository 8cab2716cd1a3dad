"""The API's description and its answers agree: schemathesis, which makes requests of the one, finds nothing in the other."""

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.app import create_app
from settings import Settings
from tests.conftest import Services
from tests.imports.conftest import ImportingOf
from tests.imports.importing import SIGNED_IN

EXAMPLES = 5
"""Requests of each kind for an operation: always the same ones."""
BEYOND = [positive_data_acceptance]
"""That what fits the description is done: no schema can say which lists are there."""
DESCRIPTION = create_app(Settings()).app.openapi()
PATHS = DESCRIPTION["paths"]
SCHEMAS = DESCRIPTION["components"]["schemas"]
OPERATIONS = [(method.upper(), path) for path in PATHS if path.startswith("/v1/") for method in PATHS[path]]


def without_lifespan(app: Any) -> Any:
    """The application without what it does beside its answers."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})

    return answer


@pytest.fixture
def unlimited_logins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request is sent with a wrong login too, and all from one address."""
    for limit in ("OF_ONE_USER", "OF_ADDRESS"):
        monkeypatch.setattr(f"api.login_attempts.{limit}", 1_000_000)


@pytest.mark.usefixtures("unlimited_logins")
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nothing_is_found(method: str, path: str, importing_of: ImportingOf, services: Services) -> None:
    importing = importing_of(redis_url=services.redis_database())
    importing.wire.change("vicidial_users", modify_lists="1", delete_lists="1")
    known = importing.loaded("phone\n7275551212\n12\n", list_id="101")["id"]
    operation = schemathesis.openapi.from_asgi("/openapi.json", without_lifespan(importing.wire.app))[path][method]
    steady = settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def look(mode: GenerationMode, job_id: str) -> None:
        @steady
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Case) -> None:
            if job_id:
                case.path_parameters["job_id"] = job_id
            case.call_and_validate(auth=SIGNED_IN, excluded_checks=BEYOND)

        run()

    look(GenerationMode.POSITIVE, "")
    with suppress(Unsatisfiable):  # where nothing can be sent, nothing wrong can
        look(GenerationMode.NEGATIVE, "")
    if "{job_id}" in path:
        look(GenerationMode.POSITIVE, known)


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path in OPERATIONS if "/functions/" not in path])
def test_every_answer_has_an_example(method: str, path: str) -> None:
    for status, answer in PATHS[path][method.lower()]["responses"].items():
        for content in answer.get("content", {}).values() if status.startswith("2") else ():
            schema = SCHEMAS.get(content.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
            assert "example" in content or schema.get("examples"), (status, schema)
