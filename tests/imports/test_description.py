"""The API's description and its answers agree: schemathesis, which makes requests of the one, finds nothing in the other."""

from contextlib import closing, suppress
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.app import create_app
from api.lenient_http import LenientHttp
from settings import Settings
from tests.api.serving import serving
from tests.conftest import Services
from tests.imports.conftest import ImportingOf
from tests.imports.importing import SIGNED_IN

PACKED = ("application/gzip", "application/octet-stream", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
"""Kinds of file of which an example would say nothing."""
EXAMPLES = 5
"""Requests of each kind for an operation: always the same ones."""
BEYOND = [positive_data_acceptance]
"""That what fits the description is done: no schema can say which lists are there."""
DESCRIPTION = create_app(Settings()).app.openapi()
PATHS = DESCRIPTION["paths"]
SCHEMAS = DESCRIPTION["components"]["schemas"]
OPERATIONS = [(method.upper(), path) for path in PATHS if path.startswith("/v1/") for method in PATHS[path]]


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
    operation = schemathesis.openapi.from_dict(DESCRIPTION)[path][method]
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
            case.call_and_validate(base_url=address, auth=SIGNED_IN, excluded_checks=BEYOND)

        run()

    # An application of its own: what holds connections to Redis belongs to one event loop.
    app = create_app(importing.wire.app.app.state.settings, importing.queue)
    with closing(app.app.state.database), serving(app, LenientHttp) as port:
        address = f"http://127.0.0.1:{port}"
        look(GenerationMode.POSITIVE, "")
        with suppress(Unsatisfiable):  # where nothing can be sent, nothing wrong can
            look(GenerationMode.NEGATIVE, "")
        if "{job_id}" in path:
            look(GenerationMode.POSITIVE, known)


def example_of(content: Any) -> tuple[Any, Any]:
    """The schema of a body, and its example."""
    schema = content.get("schema", {})
    schema = SCHEMAS.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return schema, content.get("example", next(iter(schema.get("examples", ())), None))


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_everything_has_an_example_that_fits(method: str, path: str) -> None:
    operation = PATHS[path][method.lower()]
    told = [
        (status, kind, content) for status, answer in operation["responses"].items() for kind, content in answer.get("content", {}).items()
    ]
    sent = [("body", kind, content) for kind, content in operation.get("requestBody", {}).get("content", {}).items() if kind not in PACKED]
    for where, kind, content in told + sent:
        schema, example = example_of(content)
        assert example is not None, (where, kind)
        if kind.endswith("json") and not isinstance(example, str):
            jsonschema.validate(example, {**schema, "components": DESCRIPTION["components"]})


def test_options_with_a_fixed_set_of_values_tell_it() -> None:
    told = {option["name"]: option["schema"].get("enum") for option in PATHS["/v1/imports"]["post"]["parameters"]}
    assert told["on_duplicate"] == ["refuse", "update", "skip"]
    assert {told[name][0] for name in ("add_to_hopper", "callback", "lookup_state", "custom_fields", "dnc_check")} == {"Y"}
    assert {told[name][0] for name in ("format", "delimiter", "encoding")} == {"auto"}
