"""python -m tests.dialer.unicode_ci: makes dialer/unicode_ci.json from the weights that a MariaDB compares characters by."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from tests.servers import ROOT, Leash, start_mariadb

FILE = ROOT / "dialer" / "unicode_ci.json"
CHARACTERS = [chr(n) for n in range(0x10000) if not 0xD800 <= n < 0xE000]
"""Every character of the Basic Multilingual Plane: a dialer's tables hold no other."""
AT_ONCE = 4096
FIRST_OF_PAIR = "FB00"
"""From here on two weights make one: characters that the collation has no weight for are weighed by their number."""

Weights = tuple[str, ...]


def weights_of_all(connection: Connection) -> dict[str, Weights]:
    """The weights of each character; equal weights are equal characters."""
    found: dict[str, Weights] = {}
    for start in range(0, len(CHARACTERS), AT_ONCE):
        some = CHARACTERS[start : start + AT_ONCE]
        asked = " UNION ALL ".join(
            f"SELECT {ord(c)}, HEX(WEIGHT_STRING(CONVERT(x'{c.encode().hex()}' USING utf8mb3) COLLATE utf8mb3_unicode_ci))" for c in some
        )
        found |= {chr(number): tuple(units(weights)) for number, weights in connection.execute(text(asked))}
    return found


def units(weights: str) -> Iterator[str]:
    """The weights out of their hexadecimal digits, pairs as one."""
    while weights:
        size = 8 if weights[:4] >= FIRST_OF_PAIR else 4
        yield weights[:size]
        weights = weights[size:]


def classes(weights: dict[str, Weights]) -> dict[str, str]:
    """By the text that they count as, the characters that do not count as themselves."""
    shown: dict[Weights, str] = {}
    for one in sorted(weights, key=lambda c: (c.lower() != c, c)):  # small letters first
        shown.setdefault(weights[one], one)
    found: dict[str, str] = {}
    for one, units_of_one in weights.items():
        parts = [shown.get((unit,)) for unit in units_of_one]
        counted = "".join(part for part in parts if part) if all(parts) else shown[units_of_one]
        if counted != one:
            found[counted] = found.get(counted, "") + one
    return found


def written(connection: Connection) -> str:
    """The file's text."""
    return json.dumps(classes(weights_of_all(connection)), indent=0) + "\n"


if __name__ == "__main__":
    leash = Leash()
    with tempfile.TemporaryDirectory() as folder:
        server, url = start_mariadb(Path(folder), leash)
        with create_engine(url).connect() as connected:
            FILE.write_text(written(connected))
        server.stop()
