"""Playing a recorded case against a running system, over real HTTP, and holding what happened against what was recorded."""

import datetime as dt
import difflib
import html
import zoneinfo
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import httpx
import yaml

from tests.conformance.comparison import RESET_COUNT, Placeholders, changes
from tests.conformance.recorded import Case, Outcome
from tests.conformance.rows import DialerRows, Kept

MOST_LINES = 60


def play(case: Case, url: str, client: httpx.Client, rows: DialerRows) -> Outcome:
    """What the system made of the case. Afterwards the database is as it was before."""
    own = list(dict.fromkeys(name.removeprefix("!") for name in case.setup))
    touched = set(own)
    try:
        rows.put(case.setup)
        before = {**rows.base, **rows.kept(own)}
        answers = [asked(client, url, parameters, case.posted) for parameters in case.requests]
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        after = rows.changed_since(before)
        touched |= after.keys()
        tables, ids = all_changes(rows, before, after)
    finally:
        rows.restore(touched)
    return seen(answers, tables, Placeholders(now, ids))


def asked(client: httpx.Client, url: str, parameters: Mapping[str, str], posted: bool) -> httpx.Response:
    """The answer to one request."""
    return client.post(url, data=dict(parameters)) if posted else client.get(url, params=dict(parameters))


def all_changes(rows: DialerRows, before: Mapping[str, Kept], after: Mapping[str, Kept]) -> tuple[dict[str, Any], dict[str, str]]:
    """What changed in each table, and the placeholder of each id made meanwhile; the first table to make an id names it."""
    tables: dict[str, Any] = {}
    ids: dict[str, str] = {}
    for name, present in after.items():
        new = rows.compared(name, present.rows)
        if name not in before:
            tables[name] = {"created": sorted(rows.shape(name).columns), **({"added": new} if new else {})}
            continue
        entry, made = changes(name, rows.shape(name).form, rows.compared(name, before[name].rows), new)
        ids = {**made, **ids}
        if entry:
            tables[name] = entry
    return tables, ids


def seen(answers: list[httpx.Response], tables: dict[str, Any], placeholders: Placeholders) -> Outcome:
    """The outcome in the words of a case file."""
    texts = [placeholders(RESET_COUNT.sub(r"\1", answer.text.rstrip())) for answer in answers]
    codes = [answer.status_code for answer in answers]
    return Outcome(texts, placeholders.everywhere(tables), None if set(codes) == {200} else codes)


def comparable(got: Outcome, wanted: Outcome, case: Case) -> Outcome:
    """The part of an outcome that a case says something about: no secret columns, of a page only what it must show."""
    for table, column in case.not_compared:
        for row in got.tables.get(table, {}).get("added", []):
            row.pop(column, None)
    if wanted.shows is None:
        return got
    page = html.unescape("\n".join(got.response or []))
    return Outcome(None, got.tables, got.status, [text for text in wanted.shows if text in page])


def differences(got: Outcome, wanted: Outcome) -> str:
    """What differs, as lines of the case file; empty when nothing does."""
    if got == wanted or got == (wanted := as_of_now(wanted)):
        return ""
    lines = list(difflib.unified_diff(written(wanted), written(got), "recorded", "happened", lineterm="", n=2))
    return "\n".join(lines[:MOST_LINES])


def as_of_now(wanted: Outcome) -> Outcome:
    """The same on a day that a recorded row names: what happened then has a placeholder for it."""
    swapped = Placeholders(dt.datetime.now(dt.UTC).replace(tzinfo=None), {}).everywhere(asdict(wanted))
    return Outcome(**swapped)


def written(outcome: Outcome) -> list[str]:
    """An outcome as lines of YAML."""
    parts = {name: part for name, part in asdict(outcome).items() if part is not None}
    return yaml.dump(parts, Dumper=yaml.CSafeDumper, sort_keys=True, allow_unicode=True, width=4000).splitlines()


def summer(now: dt.datetime) -> bool:
    """Whether the zones that winter cases were recorded in are on daylight saving time."""
    return bool(now.astimezone(zoneinfo.ZoneInfo("America/New_York")).dst())
