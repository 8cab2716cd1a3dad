"""phone_number_log: the calls to and from some phone numbers.

One statement for every 200 numbers; a number that is asked for again begins another. Source: spec phone_number_log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, case, func, literal, select, union_all

from db.engine import streamed
from db.tables.leads import vicidial_list
from db.tables.logs import vicidial_closer_log, vicidial_log
from protocol.delimited import delimited
from protocol.functions import Caller, Permission, Question, Read, Rows
from protocol.parameters import size
from protocol.replies import error, listing, notice, reply

NOT_PERMITTED = error("phone_number_log USER DOES NOT HAVE PERMISSION TO GET CALL LOG INFO: |{user}|0|", data="0")
NO_NUMBERS = error("phone_number_log NO VALID PHONE NUMBERS DEFINED: {user}|{phone_number}|{date}", data="{user}|{phone_number}|{date}")
NOT_FOUND = notice(
    "phone_number_log NO RECORDS FOUND FOR THIS PHONE NUMBER - {user}|{phone_number}|{lead_id}|{date}",
    data="{user}|{phone_number}|{lead_id}|{date}",
)
# It counts the calls of the last number in the last direction only (spec phone_number_log).
FOUND = listing("phone_number_log RECORDS FOUND: {found}", data="{user}|{agent_user}|{lead_id}|{date}|{stage}")

COLUMNS = (
    *("phone_number", "call_date", "list_id", "length_in_sec", "lead_status"),
    *("hangup_reason", "call_status", "source_id", "user"),
)
SHORTEST_NUMBER = 4
MOST = 100_000
"""Calls of one number in one direction."""
NUMBERS_AT_ONCE = 200
OUT, IN = 0, 1
DIRECTIONS = {"IN": (IN,), "ALL": (OUT, IN)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of phone_number_log; agent_user, lead_id and date are only shown."""

    phone_number: str = ""
    type: str = ""
    detail: str = ""
    agent_user: str = ""
    lead_id: str = ""
    date: str = ""
    stage: str = ""
    header: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Rows:
    """The calls of each number in turn: those to it, then those from it, the newest first."""
    asked = {"user": caller.user, "phone_number": request.phone_number, "date": request.date}
    numbers = [number for number in request.phone_number.split(",") if size(number) >= SHORTEST_NUMBER]
    if not numbers:
        return reply(NO_NUMBERS(**asked))
    directions = DIRECTIONS.get(request.type, (OUT,))
    newest = request.detail == "LAST"
    most = 1 if newest else MOST
    found = of_last = 0
    for some in together(numbers):
        of_last = 0
        for (place, direction), calls in groupby(
            streamed(_calls(some, directions, newest=newest), connection), lambda call: (call.place, call.direction)
        ):
            told = 0
            for call in calls:
                if told < most:
                    told += 1
                    yield _row(some[place], call)
            found += told
            of_last = told if (place, direction) == (len(some) - 1, directions[-1]) else 0
    if not found:
        return reply(NOT_FOUND(lead_id=request.lead_id, **asked))
    named = {"user": caller.user, "agent_user": request.agent_user, "lead_id": request.lead_id, "date": request.date}
    return reply(FOUND(rows="", found=of_last, stage=delimited(request.stage).stage, **named))


def together(numbers: Sequence[str]) -> Iterator[list[str]]:
    """The numbers in groups that one statement can find, none twice in a group."""
    group: dict[str, None] = {}
    for number in numbers:
        if number in group or len(group) == NUMBERS_AT_ONCE:
            yield list(group)
            group = {}
        group[number] = None
    yield list(group)


def _calls(numbers: Sequence[str], directions: Sequence[int], *, newest: bool) -> Select[*tuple[Any, ...]]:
    """The calls of the numbers, in the order in which they are told; `place` is that of the number among them.

    With `newest` only those of the last moment in which a number had any.
    """
    tables = {OUT: vicidial_log, IN: vicidial_closer_log}
    calls = union_all(*(_of_direction(numbers, direction, tables[direction], newest) for direction in directions)).subquery("calls")
    told = calls.c
    return select(calls).order_by(told.place, told.direction, told.call_date.desc(), told.call_id.desc())


def _of_direction(numbers: Sequence[str], direction: int, log: Table, newest: bool) -> Select[*tuple[Any, ...]]:
    calls, leads = log.c, vicidial_list.c
    places = [(calls.phone_number == number, place) for place, number in enumerate(numbers)]
    wanted = (
        select(
            case(*places).label("place"),
            literal(direction).label("direction"),
            *(calls[name] for name in ("call_date", "list_id", "length_in_sec", "status", "term_reason", "user")),
            (calls.closecallid if direction == IN else calls.uniqueid).label("call_id"),
            leads.lead_id,
            leads.status.label("lead_status"),
            leads.source_id,
        )
        .select_from(log.outerjoin(vicidial_list, leads.lead_id == calls.lead_id))
        .where(calls.phone_number.in_(numbers))
    )
    if not newest:
        return wanted
    last = (
        select(calls.phone_number, func.max(calls.call_date).label("call_date"))
        .where(calls.phone_number.in_(numbers))
        .group_by(calls.phone_number)
        .subquery("last")
    )
    return wanted.join(last, and_(calls.phone_number == last.c.phone_number, calls.call_date.is_not_distinct_from(last.c.call_date)))


def _row(number: str, call: Any) -> tuple[object, ...]:
    """One line. Of a lead that is gone a call to it shows its own status, a call from it none (spec phone_number_log)."""
    gone = call.status if call.direction == OUT else ""
    lead_status = gone if call.lead_id is None else call.lead_status
    return (
        *(number, call.call_date, call.list_id, call.length_in_sec, lead_status),
        *(call.term_reason, call.status, call.source_id, call.user),
    )


FUNCTION = Read(
    name="phone_number_log",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    slow=True,
    statuses={NO_NUMBERS: 422, NOT_FOUND: 200},
    text_only=("agent_user", "lead_id", "date"),
)
