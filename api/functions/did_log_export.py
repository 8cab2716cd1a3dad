"""did_log_export: the calls that came in on one DID number on one date.

One statement. Source: spec did_log_export.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from db.engine import streamed
from db.fitting import ZERO_MOMENT
from db.tables.logs import vicidial_closer_log, vicidial_did_log
from dialer.periods import bound
from protocol.delimited import delimited
from protocol.functions import Caller, Permission, Question, Read, Rows
from protocol.parameters import size
from protocol.replies import error, listing, reply

NOT_PERMITTED = error("did_log_export USER DOES NOT HAVE PERMISSION TO GET DID INFO: |{user}|0|", data="0")
INVALID = error("did_log_export INVALID SEARCH PARAMETERS: {user}|{phone_number}|{date}", data="{user}|{phone_number}|{date}")
# It does not show the number (spec did_log_export).
NOT_FOUND = error("did_log_export NO RECORDS FOUND - {user}|{agent_user}|{lead_id}|{date}", data="{user}|{agent_user}|{lead_id}|{date}")
FOUND = listing("did_log_export RECORDS FOUND: {found}", data="{user}|{agent_user}|{lead_id}|{date}|{stage}")

COLUMNS = ("did_number", "caller_id_number", "call_date", "length_in_sec")
# The header has the two in the middle the other way round (spec did_log_export).
HEADER_NAMES = ("did_number", "call_date", "caller_id_number", "length_in_sec")
LONGEST_NUMBER, DATE_LENGTH = 20, 10
MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of did_log_export; agent_user and lead_id are only shown in an error."""

    phone_number: str = ""
    date: str = ""
    agent_user: str = ""
    lead_id: str = ""
    stage: str = ""
    header: str = ""


def answer(request: Request, caller: Caller, _question: Question, connection: Connection) -> Rows:
    """The calls in the order in which they came."""
    user, number, date = caller.user, request.phone_number, request.date
    if not 1 <= size(number) <= LONGEST_NUMBER or size(date) != DATE_LENGTH:
        return reply(INVALID(user=user, phone_number=number, date=date))
    called, queued = vicidial_did_log.c, vicidial_closer_log.c
    queues = vicidial_closer_log.alias("queues").c
    last = select(func.max(queues.closecallid)).where(queues.uniqueid == called.uniqueid).correlate(vicidial_did_log).scalar_subquery()
    wanted = (
        select(called.caller_id_number, called.call_date, queued.call_date.label("queued"), queued.length_in_sec)
        .select_from(vicidial_did_log.outerjoin(vicidial_closer_log, queued.closecallid == last))
        .where(called.extension == number, called.call_date >= bound(date, "00:00:00"), called.call_date <= bound(date, "23:59:59"))
        .order_by(called.call_date, called.uniqueid)
        .limit(MOST)
    )
    found = 0
    for call in streamed(wanted, connection):
        found += 1
        yield number, call.caller_id_number, call.call_date, seconds(call.call_date, call.queued, call.length_in_sec)
    named = {"user": user, "agent_user": request.agent_user, "lead_id": request.lead_id, "date": date}
    return reply(FOUND(rows="", found=found, stage=delimited(request.stage).stage, **named) if found else NOT_FOUND(**named))


def seconds(began: str, queued: str | None, length: int | None) -> int:
    """From the call's arrival to the end of its last time in a queue; less than 0 where the queue's clock was behind."""
    if queued is None or ZERO_MOMENT in (began, queued):
        return 0
    waited = datetime.fromisoformat(queued) - datetime.fromisoformat(began)
    return int(waited.total_seconds()) + (length or 0)


FUNCTION = Read(
    name="did_log_export",
    request=Request,
    permission=Permission(level=7, flags=("vdc_agent_api_access", "view_reports"), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    header=HEADER_NAMES,
    slow=True,
    statuses={INVALID: 422, NOT_FOUND: 200},
    text_only=("agent_user", "lead_id"),
)
