"""Optional parameters of functions that update a record: each sets a column; the first that is not valid ends the request."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.parameters import size
from protocol.replies import Line

BLANK = "--BLANK--"
"""The value that empties a column, where the field allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalField:
    """One parameter, what it sets and the line that refuses it; `column` is empty where it sets nothing in the record's own row.

    `valid` is asked with the value and whatever the function gives to `optional_columns` besides.
    """

    parameter: str
    column: str = ""
    valid: Callable[..., bool]
    fault: Line
    may_be_blank: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A parameter that is not valid."""

    line: Line
    value: str


@dataclass(slots=True)
class Sent:
    """What the optional parameters of a request say: columns to be set, or the first fault."""

    columns: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None


def optional_columns(parameters: Mapping[str, str], fields: Iterable[OptionalField], *known: Any) -> Sent:
    """The columns that the parameters set. A parameter that is empty counts as not sent."""
    sent = Sent()
    for one in fields:
        value = parameters.get(one.parameter, "")
        if not value:
            continue
        if one.may_be_blank and value == BLANK:
            sent.columns[one.column] = ""
            continue
        if not one.valid(value, *known):
            return Sent(fault=Fault(one.fault, value))
        if one.column:
            sent.columns[one.column] = value
    return sent


def length(least: int, most: int) -> Callable[..., bool]:
    """Valid is a text of so many bytes."""
    return lambda value, *_: least <= size(value) <= most


def one_of(*choices: str) -> Callable[..., bool]:
    """Valid is one of these texts, exactly."""
    return lambda value, *_: value in choices


def whole(least: int, most: int) -> Callable[..., bool]:
    """Valid is a whole number in this range, and nothing else: `1-2` is none."""

    def valid(value: str, *_: Any) -> bool:
        digits = value.removeprefix("-")
        return digits.isascii() and digits.isdigit() and len(digits) < 19 and least <= int(value) <= most

    return valid
