"""recording_lookup: the recordings of a lead, of a call, or of an agent on one date.

One statement; with a uniqueid three, for it is looked up in both call logs first. Source: spec recording_lookup.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, or_, select

from db.compared import alike
from db.engine import streamed
from db.tables.logs import recording_log, vicidial_closer_log, vicidial_log
from dialer.collation import whole_number
from dialer.periods import bound
from protocol.functions import Caller, Permission, Question, Read, Rows
from protocol.parameters import size
from protocol.replies import error, listing, reply

NOT_PERMITTED = error("recording_lookup USER DOES NOT HAVE PERMISSION TO GET RECORDING INFO: |{user}|0|", data="0")
INVALID = error(
    "recording_lookup INVALID SEARCH PARAMETERS: {user}|{agent_user}|{lead_id}|{date}|{uniqueid}",
    data="{user}|{agent_user}|{lead_id}|{date}|{uniqueid}",
)
NOT_FOUND = error(
    "recording_lookup NO RECORDINGS FOUND - {user}|{agent_user}|{lead_id}|{date}|{uniqueid}",
    data="{user}|{agent_user}|{lead_id}|{date}|{uniqueid}",
)
FOUND = listing("recording_lookup RECORDINGS FOUND: {found}", data="{user}|{agent_user}|{lead_id}|{date}|{uniqueid}|{stage}")

COLUMNS = ("start_time", "user", "recording_id", "lead_id", "location")
MOST = 100_000
MOST_TRANSFERS = 10_000
"""In-group calls of one uniqueid. What has more is no uniqueid but a piece of one."""
ENOUGH = 2
"""Points that the parameters must have together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of recording_lookup."""

    agent_user: str = ""
    lead_id: str = ""
    date: str = ""
    uniqueid: str = ""
    stage: str = ""
    header: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Rows:
    """The recordings in order of their start."""
    named = {"user": caller.user, "agent_user": request.agent_user, "lead_id": request.lead_id}
    named |= {"date": request.date, "uniqueid": request.uniqueid}
    conditions = _conditions(request, connection)
    if conditions is None:
        return reply(INVALID(**named))
    recordings = recording_log.c
    wanted = select(*(recordings[name] for name in COLUMNS)).where(*conditions)
    found = 0
    for row in streamed(wanted.order_by(recordings.start_time, recordings.recording_id).limit(MOST), connection):
        found += 1
        yield row
    return reply(FOUND(rows="", found=found, stage=request.stage, **named) if found else NOT_FOUND(**named))


def _conditions(request: Request, connection: Connection) -> list[ColumnElement[bool]] | None:
    """What the recordings must meet; None where too little is asked for. What has a wrong length counts for nothing."""
    recordings = recording_log.c
    points = 0
    conditions = []
    of_call = _of_call(request.uniqueid, connection) if size(request.uniqueid) > 8 else None
    if of_call is not None:
        points += 2
        conditions.append(of_call)
    if 3 <= size(request.agent_user) <= 20:
        points += 1
        conditions.append(recordings.user.in_(alike(request.agent_user)))
    if 1 <= size(request.lead_id) <= 10:
        points += 2
        conditions.append(recordings.lead_id == whole_number(request.lead_id))
    if size(request.date) == 10:
        points += 1
        conditions += [recordings.start_time >= bound(request.date, "00:00:00"), recordings.start_time <= bound(request.date, "23:59:59")]
    return conditions if points >= ENOUGH else None


def _of_call(uniqueid: str, connection: Connection) -> ColumnElement[bool] | None:
    """Condition: the recording is of a call that began in the same second; None where no call log knows one."""
    second = uniqueid.partition(".")[0]
    if not second:
        return None
    placed, received, recorded = vicidial_log.c.uniqueid, vicidial_closer_log.c, recording_log.c.vicidial_id
    conditions = []
    if connection.execute(select(placed).where(placed.startswith(second, autoescape=True)).limit(1)).first() is not None:
        conditions.append(recorded.startswith(second, autoescape=True))
    transfers = select(received.closecallid).where(received.uniqueid.startswith(second, autoescape=True)).limit(MOST_TRANSFERS + 1)
    calls = [str(call) for call in connection.scalars(transfers)]
    if len(calls) > MOST_TRANSFERS:
        return None
    if calls:
        conditions.append(recorded.in_(calls))
    return or_(*conditions) if conditions else None


FUNCTION = Read(
    name="recording_lookup",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    slow=True,
    statuses={INVALID: 422, NOT_FOUND: 200},
)
