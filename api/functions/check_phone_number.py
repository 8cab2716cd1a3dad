"""check_phone_number: whether a number is acceptable, and whether it may be called now.

Three statements: the call time; the phone codes and the server, both remembered for a moment. One more each for rules of
states and the DNC list, two more each for NANPA, a postal code and the DNC list of a campaign. Source: spec
check_phone_number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from dialer.call_times import CallTimes, dialable, load_call_times
from dialer.dnc import load_dnc
from dialer.phones import Nanpa, NumberFault, PhoneCodes, load_nanpa, load_phone_codes, number_fault, wants_nanpa
from dialer.time_zones import Zones, load_zones
from protocol.functions import Caller, Moment, Permission, Question, Read
from protocol.parameters import size
from protocol.replies import FoundRows, Line, Reply, Result, Said, error, plain, reply

NOT_PERMITTED = error("check_phone_number USER DOES NOT HAVE PERMISSION TO CHECK PHONE NUMBERS: |{user}||")
NO_CALL_TIME = error("check_phone_number THIS IS NOT A VALID CALL TIME: |{user}|{local_call_time}|", data="0")
NANPA_NOT_LOADED = error("check_phone_number NANPA options disabled, NANPA prefix data not loaded - {count}|{user}", data="|")
INVALID_LENGTH = error("check_phone_number INVALID PHONE NUMBER LENGTH - {phone_number}|{user}", data="{phone_number}")
INVALID_PREFIX = error("check_phone_number INVALID PHONE NUMBER PREFIX - {phone_number}|{user}", data="{phone_number}")
INVALID_AREACODE = error("check_phone_number INVALID PHONE NUMBER AREACODE - {phone_number}|{user}", data="{phone_number}")
INVALID_NANPA = error("check_phone_number INVALID PHONE NUMBER NANPA AREACODE PREFIX - {phone_number}|{user}", data="{phone_number}")
IN_DNC = error("check_phone_number PHONE NUMBER IN DNC - {phone_number}|{user}", data="{phone_number}")
IN_CAMPAIGN_DNC = error(
    "check_phone_number PHONE NUMBER IN CAMPAIGN DNC - {phone_number}|{campaign_id}|{user}", data="{phone_number}|{campaign_id}"
)
AREACODE = plain("AREACODE: {dialable}|{offset}", end="#")
POSTAL = plain("POSTAL: {dialable}|{offset}", end="#")
TZCODE = plain("TZCODE: {dialable}|{offset}", end="#")
NANPA = plain("NANPA: {dialable}|{offset}", end="#")
PHONE = plain("PHONE: {phone_number}|{phone_code}|{postal_code}|{state}|{owner}|", end="")
WHOLE = Line(Result.NOTICE, "{parts}", reason="{parts}")

NUMBER = ("phone_number", "phone_code", "postal_code", "state", "owner")
COLUMNS = (*NUMBER, "methods")
METHODS = (("AREACODE", AREACODE), ("POSTAL", POSTAL), ("TZCODE", TZCODE), ("NANPA", NANPA))
FAULTS = {
    NumberFault.LENGTH: INVALID_LENGTH,
    NumberFault.PREFIX: INVALID_PREFIX,
    NumberFault.AREACODE: INVALID_AREACODE,
    NumberFault.NANPA: INVALID_NANPA,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of check_phone_number."""

    phone_number: str = ""
    phone_code: str = ""
    local_call_time: str = ""
    tz_method: str = ""
    state: str = ""
    postal_code: str = ""
    owner: str = ""
    usacan_prefix_check: str = ""
    usacan_areacode_check: str = ""
    nanpa_ac_prefix_check: str = ""
    dnc_check: str = ""
    campaign_dnc_check: str = ""
    campaign_id: str = ""


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """One part a method asked for, always in the same order, then the number."""
    call_times = load_call_times([request.local_call_time], connection)
    if not call_times:
        return reply(NO_CALL_TIME(user=caller.user, local_call_time=request.local_call_time))
    request = replace(request, phone_code=request.phone_code or "1", tz_method=request.tz_method or "AREACODE")
    codes, nanpa = load_phone_codes(connection), load_nanpa([request], connection)
    refusal = _refusal(request, caller, codes, nanpa, connection)
    if refusal:
        return reply(refusal)
    zones = load_zones([request], codes, nanpa, question.moment, connection)
    asked = [(word, line) for word, line in METHODS if word in request.tz_method.upper()]
    parts = {word: _part(line, word, request, zones, call_times, question.moment) for word, line in asked}
    number = PHONE(**{name: getattr(request, name) for name in NUMBER})
    found = FoundRows(COLUMNS, [(*number.values.values(), {word: part.values for word, part in parts.items()})])
    return reply(WHOLE(parts="".join(part.text for part in [*parts.values(), number])), found=found)


def _refusal(request: Request, caller: Caller, codes: PhoneCodes, nanpa: Nanpa, connection: Connection) -> Said | None:
    user, phone = caller.user, request.phone_number
    if wants_nanpa(request) and not nanpa.loaded:
        return NANPA_NOT_LOADED(count=nanpa.count, user=user)
    # no rule of ten digits here, unlike add_lead (spec check_phone_number, step 7)
    fault = number_fault(request, codes, nanpa, ten_digits=False)
    if fault:
        return FAULTS[fault](phone_number=phone, user=user)
    dnc = load_dnc([request], connection)
    if dnc.in_system(request):
        return IN_DNC(phone_number=phone, user=user)
    if dnc.in_campaign(request):
        return IN_CAMPAIGN_DNC(phone_number=phone, campaign_id=request.campaign_id, user=user)
    return None


def _part(line: Line, word: str, request: Request, zones: Zones, call_times: CallTimes, moment: Moment) -> Said:
    if not _fits(word, request):
        return line(dialable=0, offset="")
    method = "" if word == "AREACODE" else word
    offset = zones.offset(request.phone_code, request.phone_number, request.state, method, request.postal_code, request.owner)
    return line(dialable=int(dialable(request.local_call_time, offset, request.state, moment.utc, call_times)), offset=offset)


def _fits(word: str, request: Request) -> bool:
    if word == "POSTAL":
        return size(request.postal_code) == 5
    return word != "TZCODE" or 1 <= size(request.owner) <= 6


FUNCTION = Read(
    name="check_phone_number",
    request=Request,
    permission=Permission(level=8, flags=("vdc_agent_api_access",), refusal=NOT_PERMITTED),
    answer=answer,
    columns=COLUMNS,
    single=True,
    statuses=dict.fromkeys((NO_CALL_TIME, NANPA_NOT_LOADED, *FAULTS.values(), IN_DNC, IN_CAMPAIGN_DNC), 422),
)
