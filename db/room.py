"""How much one statement may carry, and rows in groups of so much."""

from collections.abc import Iterator, Sequence
from itertools import chain

from sqlalchemy import Connection, text

ROWS_AT_ONCE = 1000
"""Rows of one statement at most."""

SQLITE_VARIABLES = 32_766
"""Placeholders that one statement may have in SQLite."""

BYTES_A_CHARACTER = 4
"""At most, in a statement: an emoji; a quote needs two."""

BYTES_A_VALUE = 24
"""Quotes, a comma, the digits of a number."""

Values = Sequence[object]


def in_parts(
    rows: Sequence[Values], width: int, connection: Connection, most: int = ROWS_AT_ONCE
) -> Iterator[tuple[int, tuple[object, ...]]]:
    """The rows, of `width` values each, in groups of at most `most` that one statement can carry: how many, and all their values."""
    on_sqlite = connection.dialect.name == "sqlite"
    most = min(most, SQLITE_VARIABLES // width) if on_sqlite else most
    room = None if on_sqlite else packet(connection)
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        values = tuple(chain.from_iterable(part))
        if room is None or most_bytes(values) <= room:
            yield len(part), values
        else:
            yield from _split(part, room)


def _split(rows: Sequence[Values], room: int) -> Iterator[tuple[int, tuple[object, ...]]]:
    """The rows in groups of at most `room` bytes; a row that is larger goes alone."""
    part: list[Values] = []
    size = 0
    for row in rows:
        bytes_ = most_bytes(row)
        if part and size + bytes_ > room:
            yield len(part), tuple(chain.from_iterable(part))
            part, size = [], 0
        part.append(row)
        size += bytes_
    yield len(part), tuple(chain.from_iterable(part))


def most_bytes(values: Values) -> int:
    """Bytes that the values can need in a statement at most."""
    try:
        characters = len("".join(values))  # type: ignore[arg-type]
    except TypeError:
        characters = sum([len(value) for value in values if isinstance(value, str | bytes)])
    return characters * BYTES_A_CHARACTER + len(values) * BYTES_A_VALUE


def packet(connection: Connection) -> int:
    """Bytes that a statement may have, with some room for its own words; asked once a connection."""
    known: int | None = connection.info.get("leadmill_packet")
    if known is None:
        known = int(connection.scalar(text("SELECT @@max_allowed_packet")) or 2**20) - 2**14
        connection.info["leadmill_packet"] = known
    return known
