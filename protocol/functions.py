"""Frozen descriptions of API functions: a Read answers inline, a Write goes through the queue.

`Connection` is SQLAlchemy's; it appears here in signatures only.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from protocol.replies import Line, Reply, Said
from protocol.sweeps import Swept

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Rights a caller needs: a user level and columns of vicidial_users that must be '1'.

    `refusal` is said with {user}; it stands verbatim in the function's module.
    """

    level: int
    flags: tuple[str, ...]
    refusal: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The API user behind a request and the rights that functions ask for.

    `campaigns` are the campaign ids of the user's group, None for no restriction; `restricted` is the user's
    api_list_restrict. `user` is the name as the request gave it.
    """

    user: str
    level: int = 0
    user_group: str = ""
    rights: frozenset[str] = frozenset()
    functions: str = ""
    campaigns: tuple[str, ...] | None = None
    viewable_groups: tuple[str, ...] | None = None
    restricted: bool = False
    language: str = ""
    group_exists: bool = True

    def may_use(self, function: str) -> bool:
        """Whether api_allowed_functions names the function, or all of them. Case counts."""
        return "ALL_FUNCTIONS" in self.functions or f" {function} " in self.functions

    def holds(self, permission: Permission) -> bool:
        """Whether the caller has the level and all the rights."""
        return self.level >= permission.level and self.rights.issuperset(permission.flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The clock values that a batch acts by, taken once.

    `now` is the dialer's naive wall clock and `text` the same as the database keeps it, `utc` naive universal time,
    `daylight` whether the dialer's own zone is on daylight time, `zone_offset` its present offset in hours.
    """

    now: datetime
    utc: datetime
    daylight: bool
    zone_offset: float
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.now.strftime("%Y-%m-%d %H:%M:%S"))


@dataclass(slots=True)
class Decision:
    """What decide() made of one request: the lines to say, and what store() must write for it.

    Lines are worded after the batch is stored, so that they can show ids which are known only then.
    """

    said: list[Said]
    work: Any = None


@dataclass(slots=True)
class Claimed:
    """What the requests of a batch that was cut off have claimed as theirs so far: leads, and rows of the admin log, by their ids."""

    leads: set[int] = field(default_factory=set)
    events: set[int] = field(default_factory=set)


UNKNOWN = Reply("")
"""Said by recover() of a request whose outcome cannot be told."""

MAINTENANCE = "maintenance"

LATER = Decision([])
"""Said by decide() of a request that must see what an earlier one of its batch stores: it is decided anew after that.
Never said of the first request of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """An API function that changes something: runs in a worker, over whole batches.

    load(requests, callers, moment, connection) -> facts: a fixed number of queries, whatever the batch's size.
    decide(request, caller, facts) -> Decision: pure, one request at a time, in order of arrival.
    store(decisions, facts, connection) -> replies: multi-row statements, one Reply a decision, in order.
    Functions that share load and store can share a batch.
    """

    name: str
    request: type[Any]
    permission: Permission
    load: Callable[[Sequence[Any], Sequence[Caller], Moment, Connection], Any]
    decide: Callable[[Any, Caller, Any], Decision]
    store: Callable[[Sequence[Decision], Any, Connection], list[Reply]]
    queue: str = "requests"
    list_restricted: bool = False
    recover: Callable[[Any, Caller, Moment, Claimed, Connection], Reply | None] | None = None
    """What a try at `moment` that was cut off has left of this request, where tables know no ROLLBACK: the reply to what
    was done, UNKNOWN where that cannot be told, None where it is safe to run: nothing was stored, or doing it twice is doing
    it once. Functions without it are reported as unknown."""
    sweeps: Callable[[Mapping[str, str]], bool] | None = None
    """Whether a request with these parameters may concern so many rows that it waits in the `maintenance` queue."""
    finish: Callable[[Any, Caller, Swept, Moment, Connection], Reply] | None = None
    """The rest of the reply, once all rows of the Sweep that store() asked for are changed, with the log rows of that."""

    def queue_for(self, parameters: Mapping[str, str]) -> str:
        """The queue that a request with these parameters goes to."""
        return MAINTENANCE if self.sweeps is not None and self.sweeps(parameters) else self.queue


Rows = Generator[Sequence[object], None, Reply]
"""The answer of a read that lists without end in sight: its rows one by one, and when they are all told, what is to be
said below them and logged. Its request has the fields `stage` and `header`, which say how the rows are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An API function that only reads: answered inline.

    answer(request, caller, question, connection) -> Reply, or Rows. `question` carries what is not a parameter.
    before_permission(request) -> Reply | None: a refusal of functions that look at a parameter before anything else.
    `columns` are the names of all values it may find, `header` those that the legacy header line of Rows shows, where it differs.

    Of /v1: `single` tells that it finds one thing, not a list of things. `statuses` are the HTTP statuses of the lines it
    may say in place of an answer, its permission's refusal aside; 200 is a list without rows. Parameters in `text_only` do
    nothing but shape the legacy text or show up in it, and are not offered; those in `fixed` always have that value; those
    in `uncleaned` are taken out of `raw`.
    """

    name: str
    request: type[Any]
    permission: Permission | None
    answer: Callable[[Any, Caller, Question, Connection], Reply | Rows]
    columns: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    checks_source: bool = True
    before_permission: Callable[[Any], Reply | None] | None = None
    rights_first: bool = False
    """Whether the rights are looked at before the function permission, and counted in its refusal."""
    slow: bool = False
    """Whether an answer may take seconds: only some of them are made at a time, so that they delay no other caller."""
    single: bool = False
    statuses: Mapping[Line, int] = field(default_factory=dict)
    text_only: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    uncleaned: tuple[str, ...] = ()


T = TypeVar("T")


def filled(kind: type[T], parameters: Mapping[str, str], raw: Mapping[str, str], client_ip: str = "") -> T:
    """The parameters of one function out of the cleaned ones.

    A field named `raw` gets all of them as they were sent, one named `client_ip` the address they came from.
    """
    names = _names(kind)
    # Not by the name as it was sent: a keyword that is not the very string of the signature is compared with each of them.
    values: dict[str, Any] = {names[name]: value for name, value in parameters.items() if name in names}
    if "client_ip" in names:
        values["client_ip"] = client_ip
    if "raw" in names:
        values["raw"] = {**parameters, **raw} if raw else parameters
    return kind(**values)


def takes_raw(kind: type[Any]) -> bool:
    """Whether the function wants to see its parameters uncleaned too."""
    return "raw" in _names(kind)


def _names(kind: type[Any]) -> Mapping[str, str]:
    return _slots(kind.__mro__)


@cache
def _slots(classes: tuple[type, ...]) -> Mapping[str, str]:
    """The names of the parameters, by themselves."""
    # Not __dataclass_fields__, where ClassVars stand too: what functions of a family leave out is no parameter.
    return {name: name for one in classes for name in getattr(one, "__slots__", ())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a read may need beside its parameters: the clock and its zone, the client, the server's name, the settings.

    `web_directory` is the folder of the dialer's web pages.
    """

    moment: Moment
    zone: tzinfo | None = None
    client_ip: str = ""
    host: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    web_directory: str = ""
