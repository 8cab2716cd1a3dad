"""Conversations of our own for the lines that no recording has (more.yaml)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conformance.recorded import Case, Row, cases_of

HERE = Path(__file__).parent


@dataclass(frozen=True)
class LikeCase(Case):
    """A recorded case with other parameters and rows: {name: None} takes one out, rows are put on top of the recorded ones."""

    name: str
    other: Mapping[str, Any]

    @property
    def setup(self) -> Mapping[str, Sequence[Row]]:
        """The recorded rows with ours on top."""
        ours: Mapping[str, Sequence[Row] | None] = self.other.get("setup", {})
        recorded = {table: rows for table, rows in super().setup.items() if ours.get(table, ()) is not None}
        return {**recorded, **{table: [*recorded.get(table, []), *rows] for table, rows in ours.items() if rows is not None}}

    @property
    def requests(self) -> list[dict[str, str]]:
        """The recorded request with our parameters."""
        (asked,) = super().requests
        return [{name: value for name, value in {**asked, **self.other.get("request", {})}.items() if value is not None}]


def more_cases() -> list[LikeCase]:
    """Every conversation of more.yaml."""
    described: Mapping[str, Mapping[str, Any]] = yaml.safe_load((HERE / "more.yaml").read_text())
    return [LikeCase(_recorded(str(other["like"])).text, name, other) for name, other in described.items()]


def _recorded(name: str) -> Case:
    return _by_id(name.partition("/")[0])[name]


@cache
def _by_id(function: str) -> dict[str, Case]:
    return {case.id: case for case in cases_of(function)}
