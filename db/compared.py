"""What the text columns of the legacy tables are compared with."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import String
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

Processor = Callable[[Any], Any] | None


class Compared(TypeDecorator[Any]):
    """What a text column is compared with. A number goes as text: MariaDB would leave the index and compare as numbers.

    The dialer's tables hold characters of at most three bytes, and MariaDB fails a comparison of theirs with a longer one
    ("Illegal mix of collations"): those go as U+FFFD, which is equal to no other character.
    """

    impl = String
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        return _as_text if dialect.name == "sqlite" else _as_short_text


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value


def _as_short_text(value: Any) -> Any:
    value = _as_text(value)
    return _LONG.sub("\ufffd", value) if isinstance(value, str) and not value.isascii() else value


_LONG = re.compile("[\U00010000-\U0010ffff]")
COMPARED = Compared()


def alike(text: str) -> list[str]:
    """The text, and itself without its trailing spaces: MariaDB takes them for equal, SQLite does not."""
    return sorted({text, text.rstrip(" ")})


class Unpadded(FunctionElement[str]):
    """A text column as it is compared: trailing spaces are not seen, and the values it is compared with must have none.

    MariaDB compares so by itself. SQLite reads every row for it: not for an index of a large table.
    """

    type = COMPARED
    inherit_cache = True


@compiles(Unpadded)
def _as_it_is(element: Unpadded, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(Unpadded, "sqlite")
def _trimmed(element: Unpadded, compiler: SQLCompiler, **how: Any) -> str:
    return f"rtrim({compiler.process(element.clauses, **how)}, ' ') COLLATE NOCASE"
