"""The API's description (OpenAPI), where what FastAPI makes by itself is not what happens: problems, and examples that hold null."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from api.problems import PROBLEM, ProblemResponse

PROBLEMS = ProblemResponse.media_type
_EXAMPLE = {
    "type": "about:blank",
    "title": "The request does not fit its description",
    "status": 422,
    "code": "invalid-request",
    "errors": [{"at": "query.limit", "says": "Input should be less than or equal to 100"}],
}
_UNFIT = {"description": "invalid-request", "content": {PROBLEMS: {"schema": PROBLEM, "example": _EXAMPLE}}}
_CODE = re.compile("[a-z]+(?:-[a-z]+)+")


def describe(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Make the app describe itself, made of these routers, as it is."""
    app.openapi = _described(app.openapi, dict(_examples(routers)))  # type: ignore[method-assign]


def _described(described: Callable[[], dict[str, Any]], examples: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
    def openapi() -> dict[str, Any]:
        description = described()
        for methods in description["paths"].values():
            for operation in methods.values():
                _tell_problems(operation["responses"])
        schemas = description.get("components", {}).get("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for name in examples.keys() & schemas.keys():
            schemas[name]["examples"] = examples[name]
        return description

    return openapi


def _tell_problems(answers: dict[str, Any]) -> None:
    """A request that does not fit is answered with a problem document; each of these has the first of its codes for an example."""
    if "application/json" in answers.get("422", {}).get("content", {}):
        answers["422"] = _UNFIT
    for status, answer in answers.items():
        content, code = answer.get("content", {}).get(PROBLEMS), _CODE.search(answer["description"])
        if content is not None and code is not None and "example" not in content:
            title = code[0].replace("-", " ").capitalize()
            content["example"] = {"type": "about:blank", "title": title, "status": int(status), "code": code[0]}


def _examples(routers: Iterable[APIRouter]) -> Iterator[tuple[str, Any]]:
    """The examples of what is answered, by the name of its schema: FastAPI leaves out whatever is null in them."""
    for route in (route for router in routers for route in router.routes if isinstance(route, APIRoute)):
        extra = getattr(route.response_model, "model_config", {}).get("json_schema_extra") or {}
        if "examples" in extra:
            yield route.response_model.__name__, extra["examples"]
