"""Whether a lead may be dialed at this hour where it lives.

Source: spec timezones-and-call-times, section 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from db.tables.time_zones import vicidial_call_times, vicidial_state_call_times
from dialer.collation import folded, number

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Hours = tuple[int, int]
"""Start and stop as the clock shows them: 930 is 9:30. The stop itself is outside."""


@dataclass(frozen=True, slots=True)
class Week:
    """The dialing hours of a week; days are Monday to Sunday, (0, 0) where the default holds."""

    default: Hours
    days: tuple[Hours, ...]

    def open_at(self, local: datetime) -> bool:
        """Whether a moment of local time is inside. A span over midnight never is."""
        start, stop = self.days[local.weekday()]
        if not start and not stop:
            start, stop = self.default
        return start <= local.hour * 100 + local.minute < stop


@dataclass(frozen=True, slots=True)
class CallTime:
    """A call time, and the weeks that replace it in some states."""

    week: Week
    states: Mapping[str, Week] = field(default_factory=dict)


CallTimes = Mapping[str, CallTime]
"""Call times by folded id."""


def dialable(call_time_id: str, offset: str, state: str, utc: datetime, call_times: CallTimes) -> bool:
    """Whether a lead at `offset` hours from universal time may be dialed now; never by a call time that does not exist."""
    call_time = call_times.get(folded(call_time_id))
    if call_time is None:
        return False
    local = utc + timedelta(hours=number(offset))
    week = call_time.states.get(folded(state), call_time.week) if state else call_time.week
    return week.open_at(local)


def load_call_times(call_time_ids: Iterable[str], connection: Connection) -> dict[str, CallTime]:
    """The call times with these ids, by folded id, and their state rules. No query without ids."""
    ids = sorted(set(call_time_ids))
    if not ids:
        return {}
    table = vicidial_call_times
    rows = connection.execute(select(table).where(table.c.call_time_id.in_(ids))).all()
    rules = {row.call_time_id: _rule_ids(row.ct_state_call_times or "") for row in rows}
    states = _load_states(sorted(set().union(*rules.values())), connection)
    return {folded(r.call_time_id): CallTime(_week(r, "ct"), _by_state(rules[r.call_time_id], states)) for r in rows}


def _rule_ids(text: str) -> set[str]:
    # framed by bars or not: the reference finds no rule without the frame (spec faults)
    return {folded(rule) for rule in text.split("|") if rule.strip()}


def _load_states(rule_ids: list[str], connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    if not rule_ids:
        return []
    table = vicidial_state_call_times
    wanted = select(table).where(table.c.state_call_time_id.in_(rule_ids)).order_by(table.c.state_call_time_id)
    return list(connection.execute(wanted))


def _by_state(rule_ids: set[str], states: Iterable[Row[*tuple[Any, ...]]]) -> dict[str, Week]:
    found: dict[str, Week] = {}
    for row in states:
        if folded(row.state_call_time_id) in rule_ids:
            found.setdefault(folded(row.state_call_time_state), _week(row, "sct"))
    return found


def _week(row: Row[*tuple[Any, ...]], prefix: str) -> Week:
    values = row._mapping

    def hours(day: str) -> Hours:
        return values[f"{prefix}_{day}_start"] or 0, values[f"{prefix}_{day}_stop"] or 0

    return Week(hours("default"), tuple(hours(day) for day in DAYS))
