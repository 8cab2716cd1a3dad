"""Comparing what a server did with what was recorded: one text per value, placeholders for what cannot be the same twice."""

import datetime as dt
import decimal
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NEAR = dt.timedelta(minutes=15)
EMPTY = (None, "", "0000-00-00", "0000-00-00 00:00:00")
SMALL_ID = 1000
"""An id up to this could be mistaken for another number in a free text, so it is replaced in its own column only."""
RECORDED_ON = "2026-11-23"
"""The day of the recordings. The fixture has it as the day the dialer was installed, so the recorded rows say <TODAY> for that."""

# Columns that carry the recording machine, the clock's fine grain, the server's own SQL text, or what the database sets by its version.
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "vicidial_api_log": frozenset({"api_id", "api_date", "api_script", "run_time", "webserver", "api_url", "value"}),
    "vicidial_admin_log": frozenset({"admin_log_id", "event_date", "ip_address", "event_sql", "event_notes"}),
    "vicidial_users": frozenset({"last_login_date", "last_ip"}),
    "vicidial_list": frozenset({"modify_date"}),
    "vicidial_callbacks": frozenset({"modify_date"}),
    "vicidial_callbacks_archive": frozenset({"modify_date"}),
    "vicidial_live_agents": frozenset({"last_update_time"}),
    "vicidial_auto_calls": frozenset({"last_update_time"}),
    "system_settings": frozenset({"db_schema_update_date", "reload_timestamp"}),
}

# The document shows how many rows a reset changed, the reference left the field empty: either will do.
RESET_COUNT = re.compile(r"(\b(?:LEADS IN LIST HAVE|HOPPER HAS) BEEN RESET - [^|\n]*\|[^|\n]*\|)\d+")

Row = dict[str, str]


def canonical(value: object) -> str | None:
    """One text per stored value, whatever driver it came from; None for an empty one."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if value in EMPTY:
        return None
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, float)):
        return format(decimal.Decimal(str(value)).normalize(), "f")
    return re.sub(r"(\d\d:\d\d:\d\d)\.\d+$", r"\1", str(value))


def canonical_row(table: str, columns: Sequence[str], values: Iterable[object]) -> Row:
    """The filled columns of a row that are compared."""
    left_out = LEFT_OUT.get(table, frozenset())
    texts = ((column, canonical(value)) for column, value in zip(columns, values, strict=True) if column not in left_out)
    return {column: text for column, text in texts if text is not None}


@dataclass(frozen=True, slots=True)
class Placeholders:
    """Replaces the moments near `now` and the ids made in a case; `ids` holds the placeholder of each id."""

    now: dt.datetime
    ids: Mapping[str, str]

    def __call__(self, text: str) -> str:
        """The text with its placeholders. The order matters: an id is looked for before an epoch, the loosest form comes last."""
        text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", self._moment("%Y-%m-%d %H:%M:%S", "<NOW>"), text)
        text = re.sub(r"(?<!\d)\d{14}(?!\d)", self._moment("%Y%m%d%H%M%S", "<NOW14>"), text)
        text = text.replace(self.now.strftime("%Y-%m-%d"), "<TODAY>").replace(RECORDED_ON, "<TODAY>")
        text = re.sub(r"(?<!\d)\d+(?!\d)", lambda m: self.ids.get(m[0], m[0]), text)
        text = re.sub(r"(?<![\d.])1\d{9}(?!\d)", self._epoch, text)
        text = re.sub(r"(?<=BM)1\d{9}(?=\d{8})", self._epoch, text)
        return re.sub(r"(?<!\d)\d{10}", self._moment("%Y%m%d%H%M%S", "<MDHMS>", before=f"{self.now.year}"), text)

    def _moment(self, form: str, mark: str, before: str = "") -> Callable[[re.Match[str]], str]:
        def swapped(match: re.Match[str]) -> str:
            try:
                moment = dt.datetime.strptime(before + match[0], form)
            except ValueError:
                return match[0]
            return mark if abs(moment - self.now) < NEAR else match[0]

        return swapped

    def _epoch(self, match: re.Match[str]) -> str:
        moment = dt.datetime.fromtimestamp(int(match[0]), dt.UTC).replace(tzinfo=None)
        return "<EPOCH>" if abs(moment - self.now) < NEAR else match[0]

    def everywhere(self, value: Any) -> Any:
        """The same structure with every text replaced; names of tables and columns stay."""
        if isinstance(value, dict):
            return {name: self.everywhere(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.everywhere(part) for part in value]
        return self(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Form:
    """What tells the rows of a table apart: its key (empty: nothing), and the key column that the database numbers."""

    key: tuple[str, ...] = ()
    numbered: str | None = None


def changes(table: str, form: Form, before: Sequence[Row], after: Sequence[Row]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was added, removed and changed in a table, and the placeholder of each id made meanwhile."""
    if not form.key or LEFT_OUT.get(table, frozenset()) & set(form.key):
        return filled(added=surplus(after, before), removed=surplus(before, after)), {}
    old, new = ({tuple(row.get(column) for column in form.key): row for row in rows} for rows in (before, after))
    added = [dict(row) for key, row in new.items() if key not in old]
    removed = [row for key, row in old.items() if key not in new]
    changed = [difference(form.key, old[key], row) for key, row in new.items() if key in old and row != old[key]]
    return filled(added=added, removed=removed, changed=changed), named(table, form, added)


def named(table: str, form: Form, added: Sequence[Row]) -> dict[str, str]:
    """The placeholder of each new id; small ones are replaced in the rows themselves."""
    ids = {}
    for number, row in enumerate(added, 1):
        if form.numbered is None:
            break
        if int(row[form.numbered]) > SMALL_ID:
            ids[row[form.numbered]] = f"<NEW:{table}:{number}>"
        else:
            row[form.numbered] = f"<NEW:{table}:{number}>"
    return ids


def difference(key: Sequence[str], old: Row, new: Row) -> dict[str, Any]:
    """What a row that stayed is now; an emptied column is the empty text."""
    names = sorted({*old, *new})
    return {"key": {column: new.get(column) for column in key}, "set": {c: new.get(c, "") for c in names if new.get(c) != old.get(c)}}


def surplus(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """The rows that the others lack, counted."""
    left = Counter(tuple(sorted(row.items())) for row in others)
    found = []
    for row in rows:
        frozen = tuple(sorted(row.items()))
        if left[frozen]:
            left[frozen] -= 1
        else:
            found.append(row)
    return found


def filled(**parts: list[Any]) -> dict[str, Any]:
    """The parts that are not empty."""
    return {name: part for name, part in parts.items() if part}
