"""The way of one legacy request, from its parameters to its reply. Reads top to bottom (spec 00, section 1)."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import structlog

from api.authentication import Authentication
from api.database import Database, DatabaseUnavailable
from api.exports import Writer, as_text
from api.functions import OPEN, READS, Open
from api.jobs import job_status
from api.publishing import PerhapsQueued
from api.queue import QueueFull, QueueUnavailable, WriteQueue
from db.engine import TookTooLong
from dialer.api_log import write_api_log
from dialer.clock import moment
from protocol.functions import Caller, Moment, Question, Read, Write, filled, takes_raw
from protocol.messages import LogContext, QueuedRequest
from protocol.parameters import PASSWORDS, cleaned, size
from protocol.query_text import query_text
from protocol.replies import (
    DATABASE_UNAVAILABLE,
    FUNCTION_NOT_ALLOWED,
    FUNCTION_NOT_ALLOWED_AFTER_RIGHTS,
    INVALID_SOURCE,
    INVALID_SOURCE_AGAIN,
    NO_FUNCTION,
    NO_USER_GROUP,
    OUTCOME_UNKNOWN,
    QUEUE_FULL,
    QUEUE_UNAVAILABLE,
    REQUEST_FAILED,
    REQUEST_ID_INVALID,
    TOOK_TOO_LONG,
    Reply,
    plain,
    reply,
)
from settings import Settings
from tasks import WRITES

RUN_TIME = plain("\n<!-- script runtime: {seconds} seconds -->\n</body>\n</html>")

JOB_STATUS = "job_status"
LIST_RESTRICTED = frozenset({"add_lead", "update_lead", "update_list"})
LEAST_SOURCE = 2
LONGEST_REQUEST_ID = 128
SOON, FULL_WAIT = 1, 5
"""Seconds after which a caller may try again: while something is away, and while too much is waiting."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A legacy request as HTTP brought it. `host` has the port, `site` has not; `began` is the epoch second it came in."""

    raw: Mapping[str, str]
    query: bytes = b""
    form: Mapping[str, str]
    client_ip: str
    host: str
    site: str
    address: str
    prefers_async: bool
    began: float


class Dispatch:
    """Answers legacy requests."""

    def __init__(self, settings: Settings, database: Database, authentication: Authentication, queue: WriteQueue) -> None:
        self._zone = settings.zone
        self._sync_wait = settings.sync_wait
        self._web_directory = settings.web_directory
        self._database = database
        self._authentication = authentication
        self._queue = queue

    async def answer(self, incoming: Incoming) -> Reply:
        """The reply to a request, whatever happens."""
        try:
            return await self._answer(incoming)
        except DatabaseUnavailable:
            return outage(reply(DATABASE_UNAVAILABLE(**named(incoming))))
        except QueueFull:
            return outage(reply(QUEUE_FULL(**named(incoming))), wait=FULL_WAIT)
        except PerhapsQueued:
            return outage(reply(OUTCOME_UNKNOWN(job_id="", **named(incoming))))
        except QueueUnavailable:
            return outage(reply(QUEUE_UNAVAILABLE(**named(incoming))))
        except Exception:
            log.exception("request failed", address=incoming.address)
            names = named(incoming)
            line = OUTCOME_UNKNOWN if names["function"] in WRITES else REQUEST_FAILED  # it may have been queued already
            return replace(reply(line(job_id="", **names)), status=500)

    async def _answer(self, incoming: Incoming) -> Reply:
        system = await self._authentication.system()
        parameters = cleaned(incoming.raw, non_latin=system["use_non_latin"] == "1")
        context = log_context(incoming, parameters)
        name = context.function
        if name in OPEN:
            return await self._database.run(lambda: self._open(OPEN[name], context))
        caller = await self._authentication.caller(context.user, parameters.pop("pass", ""), incoming.client_ip)
        if not isinstance(caller, Caller):
            return reply(caller)
        if name in LIST_RESTRICTED and caller.restricted and not caller.group_exists:
            return await self._refuse(context, reply(NO_USER_GROUP(user=caller.user, user_group=caller.user_group)))
        if name == JOB_STATUS:
            return await job_status(self._queue, parameters.get("job_id", ""), caller.user)
        function = WRITES.get(name) or READS.get(name)
        if function is None:
            return await self._refuse(context, no_function(parameters, incoming))
        request = filled(function.request, parameters, incoming.raw) if isinstance(function, Read) else None
        if isinstance(function, Read):
            return await self.read(function, request, caller, self.question(incoming, system), context)
        refusal = refused(function, request, caller, context) or unusable_id(function, caller, parameters, incoming.raw)
        if refusal is not None:
            return await self._refuse(context, refusal)
        return await self._write(function, queued(function, caller, parameters, incoming.raw, context), incoming)

    def question(self, incoming: Incoming, system: Mapping[str, str]) -> Question:
        """What a read may need beside its parameters, as things are now."""
        return Question(
            moment=moment(self._zone),
            zone=self._zone,
            client_ip=incoming.client_ip,
            host=incoming.host,
            settings=system,
            web_directory=self._web_directory,
        )

    async def read(
        self, function: Read, request: Any, caller: Caller, question: Question, context: LogContext, writer: Writer = as_text
    ) -> Reply:
        """The answer to a read as the writer writes it, or why the caller may not have it; logged. Raises DatabaseUnavailable."""
        refusal = refused(function, request, caller, context)
        if refusal is not None:
            return await self._refuse(context, refusal)

        def answered() -> Reply:
            return self._read(function, request, caller, question, context, writer)

        return await self._database.run_answer(answered, slow=function.slow)

    async def _write(self, function: Write, request: QueuedRequest, incoming: Incoming) -> Reply:
        """Hand the request to a worker: wait for its reply, or, where the caller wants none, for its job id."""
        queue = function.queue_for(request.parameters)
        if not incoming.prefers_async and request.parameters.get("async") != "Y":
            return await self._queue.answer(request, queue=queue, wait=self._sync_wait)
        job_id, accepted = await self._queue.accept(request, queue=queue)
        if not incoming.prefers_async:
            return accepted
        return replace(accepted, status=202, headers={"location": f"/v1/jobs/{job_id}", "preference-applied": "respond-async"})

    async def _refuse(self, context: LogContext, refusal: Reply) -> Reply:
        with suppress(DatabaseUnavailable):  # the refusal stands without its log row
            await self._database.run(lambda: self._log(context, refusal, moment(self._zone)))
        return refusal

    # What follows runs in a thread.

    def _open(self, answer: Open, context: LogContext) -> Reply:
        at = moment(self._zone)
        with self._database.reading() as connection:
            said = answer(context.function, at, connection)
        self._log(context, said, at)
        return said

    def _read(self, function: Read, request: Any, caller: Caller, question: Question, context: LogContext, writer: Writer) -> Reply:
        try:
            with self._database.answering() as connection:
                said = writer(function.answer(request, caller, question, connection), function, request)
        except TookTooLong:
            said = reply(TOOK_TOO_LONG(function=function.name, user=caller.user))
        self._log(context, said, question.moment)
        return said

    def _log(self, context: LogContext, said: Reply, at: Moment) -> None:
        """Write the API log. An answer that was found is given even where its log row cannot be written."""
        if not said.log:
            return
        try:
            with self._database.writing() as connection:
                write_api_log(connection, [(context, said.log)], at)
        except Exception:
            log.exception("no row in the API log", user=context.user, function=context.function)


def log_context(incoming: Incoming, parameters: Mapping[str, str]) -> LogContext:
    """What the API log will say of the request."""
    return LogContext(
        user=parameters.get("user", ""),
        agent_user=parameters.get("agent_user", ""),
        function=parameters.get("function", ""),
        source=parameters.get("source", ""),
        client_ip=incoming.client_ip,
        site=incoming.site,
        address=incoming.address,
        query=query_text(incoming.query, incoming.form),
        began=incoming.began,
    )


def refused(function: Read | Write, request: object, caller: Caller, context: LogContext) -> Reply | None:
    """Why the caller may not have this request done, in the order of spec 00, section 7; None if it may."""
    if isinstance(function, Read) and function.before_permission is not None:
        early = function.before_permission(request)
        if early is not None:
            return early
    if isinstance(function, Read) and function.rights_first:
        return unpermitted(function, caller) or (
            None if caller.may_use(function.name) else reply(FUNCTION_NOT_ALLOWED_AFTER_RIGHTS(user=caller.user, function=function.name))
        )
    if (isinstance(function, Write) or function.checks_source) and size(context.source) < LEAST_SOURCE:
        return reply(INVALID_SOURCE(source=context.source), INVALID_SOURCE_AGAIN(source=context.source))
    if not caller.may_use(function.name):
        return reply(FUNCTION_NOT_ALLOWED(user=caller.user, function=function.name))
    return unpermitted(function, caller)


def unpermitted(function: Read | Write, caller: Caller) -> Reply | None:
    """The refusal of a caller without the function's rights."""
    if function.permission is None or caller.holds(function.permission):
        return None
    return reply(function.permission.refusal(user=caller.user))


def unusable_id(function: Write, caller: Caller, parameters: Mapping[str, str], raw: Mapping[str, str]) -> Reply | None:
    """The refusal of a request id that cleaning would change into another one, or that is too long to be kept."""
    request_id = parameters.get("request_id", "")
    if request_id == raw.get("request_id", "") and len(request_id) <= LONGEST_REQUEST_ID:
        return None
    return reply(REQUEST_ID_INVALID(function=function.name, user=caller.user))


def queued(function: Write, caller: Caller, parameters: Mapping[str, str], raw: Mapping[str, str], context: LogContext) -> QueuedRequest:
    """The request as it travels: parameters as sent go along only where the function wants them and cleaning changed them."""
    changed = {}
    if takes_raw(function.request):
        changed = {name: value for name, value in raw.items() if parameters.get(name) != value and name not in PASSWORDS}
    request_id = parameters.get("request_id", "")
    return QueuedRequest(function=function.name, caller=caller, parameters=parameters, raw=changed, log=context, request_id=request_id)


def no_function(parameters: Mapping[str, str], incoming: Incoming) -> Reply:
    """The answer to a function that is none of ours."""
    if parameters.get("format") != "debug":
        return reply(NO_FUNCTION())
    return reply(NO_FUNCTION(), RUN_TIME(seconds=int(time.time() - incoming.began)))


def named(incoming: Incoming) -> dict[str, str]:
    """Function and user as the request names them, for lines that are said before anything is known."""
    parameters = cleaned(incoming.raw)
    return {"function": parameters.get("function", ""), "user": parameters.get("user", "")}


def outage(said: Reply, wait: int = SOON) -> Reply:
    """The reply while something that is needed does not answer."""
    return replace(said, status=503, headers={"retry-after": str(wait)})
