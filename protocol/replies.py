"""Lines that a function may say, and the reply made of them.

A Line stands verbatim, with its {names}, at the top of the module that says it; so a line of a production log is one
search away from its definition. A Reply is the lines said to one request, in order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, BinaryIO

from protocol.records import record
from protocol.sweeps import Sweep
from protocol.writers import Writer, writer

REASON_WIDTH = 255


class Result(StrEnum):
    """First word of a line, and the column `result` of vicidial_api_log."""

    SUCCESS = "SUCCESS"
    NOTICE = "NOTICE"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of answer line: text with {names}, and what the API log keeps of it."""

    result: Result | None
    text: str
    data: str = ""
    logged: bool = True
    end: str = "\n"
    prefix: str = ""
    reason: str = ""
    written: Writer = field(init=False, compare=False, repr=False)
    """Makes of values the line as it goes over the wire, its end included."""
    kept: Writer = field(init=False, compare=False, repr=False)
    """Makes of values `data`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "written", writer(self.prefix + self.text + self.end))
        object.__setattr__(self, "kept", writer(self.data))

    def __call__(self, **values: object) -> "Said":
        return Said(self, values)


@record()
class Said:
    """A line with the values it was said with."""

    line: Line
    values: Mapping[str, object]

    @property
    def text(self) -> str:
        """The line as it goes over the wire, its line end included."""
        return self.line.written(self.values)

    @property
    def reason(self) -> str:
        """The column `result_reason` of vicidial_api_log, cut to its width: some reads keep their whole answer there."""
        reason = self.line.reason
        return reason.format_map(self.values)[:REASON_WIDTH] if "{" in reason else reason

    @property
    def data(self) -> str:
        """The column `data` of vicidial_api_log, where a double quote becomes a single one (spec 00, section 9)."""
        return self.line.kept(self.values).replace('"', "'")


@record()
class LogEntry:
    """What vicidial_api_log keeps of one line; `agent_user` and `function` only where they differ from the request's."""

    result: str
    reason: str
    data: str
    agent_user: str = ""
    function: str = ""


@dataclass(frozen=True, slots=True)
class FoundRows:
    """What a read found, apart from how it is written. A value is text, a number, None, or a list or a mapping of values."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


@record()
class Reply:
    """The answer to one request: its text, what is logged of it, and the lead it made (0: none).

    A text too long to be held in memory stands in `body`, UTF-8, to be read from its start; then `text` is empty.
    `sweep` is what must still be done before the reply is complete.
    `line` is the first line said, `found` what the text of a read is made from; neither leaves the process.
    """

    text: str
    log: Sequence[LogEntry] = ()
    lead_id: int = 0
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: BinaryIO | None = None
    sweep: Sweep | None = None
    line: Line | None = field(default=None, compare=False, repr=False)
    found: FoundRows | None = field(default=None, compare=False, repr=False)


def reply(*said: Said, lead_id: int = 0, found: FoundRows | None = None) -> Reply:
    """Render the lines said to one request; `lead_id` is the lead it made, `found` what a read found."""
    return Reply("".join([s.text for s in said]), entries(said), lead_id, line=said[0].line if said else None, found=found)


def entries(said: Iterable[Said]) -> tuple[LogEntry, ...]:
    """What the API log keeps of the lines said."""
    return tuple([LogEntry(s.line.result or "", s.reason, s.data) for s in said if s.line.logged])


class LogEntries(Sequence[LogEntry]):
    """What the API log keeps of the lines said, written when somebody asks for it: of the rows of an import nobody does."""

    __slots__ = ("_said", "_written")

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = said
        self._written: tuple[LogEntry, ...] | None = None

    def written(self) -> tuple[LogEntry, ...]:
        """The entries."""
        if self._written is None:
            self._written = entries(self._said)
        return self._written

    def __len__(self) -> int:
        return len(self.written())

    def __getitem__(self, at: Any) -> Any:
        return self.written()[at]

    def __eq__(self, other: object) -> bool:
        return self.written() == (other.written() if isinstance(other, LogEntries) else other)

    def __repr__(self) -> str:
        return repr(self.written())


def worded(said: Sequence[Said], lead_id: int) -> Reply:
    """As `reply`, but that the log entries are written when they are asked for; the values may not change any more."""
    return Reply("".join([s.text for s in said]), LogEntries(said), lead_id, line=said[0].line if said else None)


FIELDS = "FIELDS"
"""For the `data` of a line: what the line shows after its first " - ", without the user."""


def success(text: str, data: str = "", *, reason: str = "") -> Line:
    """A line that begins with SUCCESS."""
    return _line(Result.SUCCESS, text, data, reason)


def notice(text: str, data: str = "", *, reason: str = "") -> Line:
    """A line that begins with NOTICE."""
    return _line(Result.NOTICE, text, data, reason)


def error(text: str, data: str = "", *, reason: str = "", logged: bool = True) -> Line:
    """A line that begins with ERROR."""
    return _line(Result.ERROR, text, data, reason, logged)


def plain(text: str, end: str = "\n") -> Line:
    """Text without a result word, not logged by itself."""
    return Line(None, text, logged=False, end=end)


def listing(reason: str, data: str) -> Line:
    """Rows without a result word, said with {rows}; the API log keeps them as a success."""
    return Line(Result.SUCCESS, "{rows}", data, end="", reason=reason)


def _line(result: Result, text: str, data: str, reason: str, logged: bool = True) -> Line:
    # result_reason is the part before the pipe fields; they follow " - ", ": " or "|" (spec 00, section 9)
    ends = [at for mark in (" - ", ": |", ": {user}|", "|") if (at := text.find(mark)) >= 0]
    if data is FIELDS:
        data = text.partition(" - ")[2].removesuffix("|{user}").removeprefix("{user}|")
    return Line(result, text, data, logged, prefix=f"{result}: ", reason=reason or text[: min(ends, default=len(text))])


INVALID_SOURCE = error("Invalid Source - {source}")
INVALID_SOURCE_AGAIN = error("Invalid Source: |{source}|", logged=False)
FUNCTION_NOT_ALLOWED = error("auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION: |{user}|{function}|")
FUNCTION_NOT_ALLOWED_AFTER_RIGHTS = error("auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION: |{user}|{function}|", data="1")
NO_USER_GROUP = error("user_group DOES NOT EXIST: |{user}|{user_group}|")
NO_FUNCTION = error("NO FUNCTION SPECIFIED")
QUEUED = notice("{function} QUEUED - {job_id}|{user}")
REQUEST_FAILED = error("{function} REQUEST COULD NOT BE DONE, NOTHING WAS CHANGED - {job_id}|{user}")
REQUEST_ID_REUSED = error("{function} REQUEST ID WAS USED FOR ANOTHER REQUEST - {request_id}|{user}")
REQUEST_ID_INVALID = error("{function} REQUEST ID MAY HAVE UP TO 128 LETTERS, DIGITS, HYPHENS AND UNDERSCORES - {user}")
OUTCOME_UNKNOWN = error("{function} OUTCOME UNKNOWN AFTER AN INTERRUPTION, CHECK BEFORE SENDING AGAIN - {job_id}|{user}")
QUEUE_UNAVAILABLE = error("{function} QUEUE NOT AVAILABLE, NOTHING WAS DONE, TRY AGAIN LATER - {user}", logged=False)
QUEUE_FULL = error("{function} TOO MANY REQUESTS ARE WAITING, NOTHING WAS DONE, TRY AGAIN LATER - {user}", logged=False)
DATABASE_UNAVAILABLE = error("{function} DATABASE NOT AVAILABLE, NOTHING WAS DONE, TRY AGAIN LATER - {user}", logged=False)
TOOK_TOO_LONG = error("{function} TOOK TOO LONG AND WAS ENDED, ASK FOR LESS - {user}", data="{user}")
