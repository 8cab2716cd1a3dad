"""What a try that was cut off has left of functions that keep an admin log, where tables know no ROLLBACK (docs/reliability.md).

The row of the admin log is the last thing that such a function stores. With it the request is known to be done. Without
it the request is done again where that is safe: setting the same values twice is setting them once, and what is not
there yet was not added. What is left is not known.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from dialer.admin_log import AdminEvent, find_events
from protocol.functions import UNKNOWN, Caller, Claimed, Decision, Moment
from protocol.replies import Line, Reply, Said, reply


class Effect(NamedTuple):
    """What a request has done if the admin log says so: the line for it, the event, and further values of the line.

    `note` is what the event's note begins with, where the record's id alone does not name it.
    """

    line: Line
    section: str
    record_id: str
    code: str
    note: str = ""
    more: Mapping[str, object] = {}


Own = Mapping[Line, Effect | None]
"""Refusals that the request's own effect would lead to, with that effect; None where the log cannot tell of it."""


def _events(work: Any) -> Sequence[AdminEvent]:
    return work.events if hasattr(work, "events") else [work.event]


def _said(decision: Decision) -> Reply:
    return reply(*decision.said)


def _never(_request: Any, _decision: Decision) -> bool:
    return False


def _none(_request: Any, _facts: Any) -> Own:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The `recover` of a Write: what its request would be answered now tells what was done before.

    `own` are the refusals that may be the request's own doing; `unsafe` says of a request that would be accepted now that
    doing it again might do it twice; `events` are what the work of a decision logs, `worded` its reply.
    """

    load: Callable[[Sequence[Any], Sequence[Caller], Moment, Connection], Any]
    decide: Callable[[Any, Caller, Any], Decision]
    own: Callable[[Any, Any], Own] = field(default=_none)
    unsafe: Callable[[Any, Decision], bool] = field(default=_never)
    events: Callable[[Any], Sequence[AdminEvent]] = field(default=_events)
    worded: Callable[[Decision], Reply] = field(default=_said)

    def __call__(self, request: Any, caller: Caller, moment: Moment, claimed: Claimed, connection: Connection) -> Reply | None:
        facts = self.load([request], [caller], moment, connection)
        decision = self.decide(request, caller, facts)
        if decision.work is None:
            return _refused(decision.said, self.own(request, facts), caller, moment, claimed, connection)
        if self.unsafe(request, decision):
            return UNKNOWN
        events = self.events(decision.work)
        found = [_claim(event.section, event.record_id, event.code, "", caller, moment, claimed, connection) for event in events]
        return self.worded(decision) if found and all(found) else None


def _refused(said: Sequence[Said], own: Own, caller: Caller, moment: Moment, claimed: Claimed, connection: Connection) -> Reply | None:
    """The reply to a request that would be refused now."""
    refusal = next((one for one in said if one.line in own), None)
    if refusal is None:
        return None
    effect = own[refusal.line]
    if effect is None:
        return UNKNOWN
    found = _claim(effect.section, effect.record_id, effect.code, effect.note, caller, moment, claimed, connection)
    if found:
        return reply(Said(effect.line, {**refusal.values, **effect.more}))
    # None: an earlier request of the batch has done it, so that this one was refused before as it is now
    return UNKNOWN if found is None else None


def _claim(
    section: str, record_id: str, code: str, note: str, caller: Caller, moment: Moment, claimed: Claimed, connection: Connection
) -> bool | None:
    """Claim the event of the try; False if earlier requests have claimed all that there are, None if there is none."""
    rows = find_events(caller.user, section, record_id, moment, connection)
    mine = [event_id for event_id, found, text in rows if found == code and text.startswith(note)]
    free = [event_id for event_id in mine if event_id not in claimed.events]
    claimed.events.update(free[:1])
    return bool(free) if mine else None
