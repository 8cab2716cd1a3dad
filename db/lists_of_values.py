"""Statements that look for lists of values: their text is made once, so that a look-up costs little more than its values.

SQLAlchemy makes a parameter of its own for each value, anew at each execution; a batch looks for hundreds.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, Dialect, Select, bindparam
from sqlalchemy.types import TypeEngine

from db.compared import COMPARED, Compared
from db.round_trips import Answer, send_ahead

Bound = Mapping[str, Sequence[object]]

PLACE = re.compile(r"%\((\w+)\)s|__\[POSTCOMPILE_(\w+)\]")
"""A parameter in the text that SQLAlchemy makes for MariaDB: of one value, or of a list."""
LIST = re.compile(r"__\[POSTCOMPILE_(\w+)\]")


def values(name: str, type_: TypeEngine[Any] = COMPARED) -> BindParameter[Any]:
    """A parameter for a list of values, which may not be empty; text unless another type is given."""
    return bindparam(name, expanding=True, type_=type_)


def value(name: str) -> BindParameter[Any]:
    """A parameter for one text."""
    return bindparam(name, type_=COMPARED)


def look_up(connection: Connection, statement: Select[*tuple[Any, ...]], **bound: Sequence[object]) -> CursorResult[*tuple[Any, ...]]:
    """Run a SELECT with its parameters, each a list, also where it has one value.

    The statement must be one that is made once, for its text is remembered; its columns as the driver gives them.
    """
    made = _made(connection.dialect, statement)
    return connection.exec_driver_sql(made.text(bound), made.bound(bound))


def look_up_ahead(connection: Connection, statement: Select[*tuple[Any, ...]], **bound: Sequence[object]) -> Answer:
    """As `look_up`, for few rows, which are read with the answer to the next statement."""
    made = _made(connection.dialect, statement)
    return send_ahead(connection, made.text(bound), made.bound(bound))


@dataclass(frozen=True, slots=True)
class _Made:
    """The text of a statement for one kind of database; `order` are its parameters, each with what is done to its values."""

    template: str
    order: Sequence[tuple[str, Callable[[Sequence[Any]], Iterable[Any]] | None]]
    mark: str

    def text(self, given: Bound) -> str:
        return LIST.sub(lambda found: ", ".join([self.mark] * len(given[found[1]])), self.template)

    def bound(self, given: Bound) -> tuple[object, ...]:
        return tuple(chain.from_iterable([fit(given[name]) if fit else given[name] for name, fit in self.order]))


@lru_cache(maxsize=256)
def _made(dialect: Dialect, statement: Select[*tuple[Any, ...]]) -> _Made:
    for column in statement.selected_columns:
        assert column.type.dialect_impl(dialect).result_processor(dialect, None) is None, f"{column} is not as the driver gives it"
    compiled = statement.compile(dialect=dialect)
    template = str(compiled)
    if compiled.positional:
        names: Sequence[str] = compiled.positiontup or ()
    else:
        names = [single or several for single, several in PLACE.findall(template)]
        template = PLACE.sub(lambda found: "%s" if found[1] else found[0], template)
    order = tuple((name, _fit(compiled.binds[name].type, dialect)) for name in names)
    return _Made(template, order, "?" if dialect.paramstyle == "qmark" else "%s")


def _fit(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Iterable[Any]] | None:
    """What the driver wants done to the values of a parameter; None if nothing."""
    fit = type_.dialect_impl(dialect).bind_processor(dialect)
    if fit is None:
        return None
    if not isinstance(type_, Compared):
        return lambda values: map(fit, values)
    return lambda values: values if _plain(values) else map(fit, values)


def _plain(values: Sequence[Any]) -> bool:
    """Whether all are ASCII text: nothing is ever done to that before it is compared."""
    try:
        return "".join(values).isascii()
    except TypeError:
        return False
