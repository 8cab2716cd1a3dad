"""Duplicate checks of new leads: found set-based, safe against other batches that run at the same moment.

Before a batch looks, it locks `lock_names` (dialer/locks.py); so two batches never both accept the same phone.
Source: spec add_lead, section 3.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Row, Select, func, literal_column, select
from sqlalchemy.exc import DBAPIError

from db.compared import Unpadded
from db.indexes import has_index, is_gone
from db.lists_of_values import look_up, value, values
from db.tables.leads import vicidial_list
from db.types import holder
from dialer.collation import folded
from protocol.functions import Moment

RECENT = timedelta(days=90)
AT_ONCE = 900
"""Keys that one look-up asks for; a batch with more takes several. From 1000 on MariaDB makes a table of them, which takes longer."""

BY_PHONE = "phone_list"
"""An index of a dialer's leads by telephone and list. There is another by telephone alone, and MariaDB would look for each
number in both before it chose one, as often as it then looks for leads."""


class Alike(StrEnum):
    """What two leads must share to be duplicates."""

    PHONE = "phone_number"
    TITLE_ALT_PHONE = "title, alt_phone"
    NAME_PHONE = "first_name, last_name, phone_number"


class Within(StrEnum):
    """Where a duplicate is looked for."""

    LIST = "list"
    CAMPAIGN = "lists of the campaign"
    SYSTEM = "anywhere"


class Check(NamedTuple):
    """One of the nine checks; `word` asks for it."""

    word: str
    alike: Alike
    within: Within


CHECKS = (
    Check("DUPLIST", Alike.PHONE, Within.LIST),
    Check("DUPCAMP", Alike.PHONE, Within.CAMPAIGN),
    Check("DUPSYS", Alike.PHONE, Within.SYSTEM),
    Check("DUPTITLEALTPHONELIST", Alike.TITLE_ALT_PHONE, Within.LIST),
    Check("DUPTITLEALTPHONECAMP", Alike.TITLE_ALT_PHONE, Within.CAMPAIGN),
    Check("DUPTITLEALTPHONESYS", Alike.TITLE_ALT_PHONE, Within.SYSTEM),
    Check("DUPNAMEPHONELIST", Alike.NAME_PHONE, Within.LIST),
    Check("DUPNAMEPHONECAMP", Alike.NAME_PHONE, Within.CAMPAIGN),
    Check("DUPNAMEPHONESYS", Alike.NAME_PHONE, Within.SYSTEM),
)


class LeadKeys(Protocol):
    """What of a request or lead the checks compare."""

    @property
    def duplicate_check(self) -> str: ...
    @property
    def phone_number(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def alt_phone(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...


class Columns(Protocol):
    """The row of a lead."""

    def __getitem__(self, column: str, /) -> Any: ...


class Wanted(NamedTuple):
    """The checks that a duplicate_check text asks for, in the order they are made."""

    checks: tuple[Check, ...]
    recent: bool


class Known(NamedTuple):
    """A lead that a new one may duplicate; `lead_id` prints as its id, even one that the batch has yet to store."""

    lead_id: object
    list_id: int


@lru_cache(maxsize=256)
def wanted(duplicate_check: str) -> Wanted:
    """The checks asked for; words not known are ignored."""
    text = duplicate_check.upper()
    return Wanted(tuple(c for c in CHECKS if c.word in text), "90DAY" in text)


Key = str | tuple[str, ...]


def key(lead: LeadKeys, alike: Alike) -> Key | None:
    """What the database would compare; None where there is nothing to compare."""
    if alike is Alike.PHONE:
        return folded(lead.phone_number)
    if alike is Alike.NAME_PHONE:
        return folded(lead.first_name), folded(lead.last_name), folded(lead.phone_number)
    # Two leads without title and alt_phone have nothing in common (the reference takes any such lead, spec faults).
    return (folded(lead.title), folded(lead.alt_phone)) if lead.title or lead.alt_phone else None


@dataclass(slots=True)
class Duplicates:
    """The leads that the requests of a batch may duplicate: those stored, and those the batch has accepted so far."""

    stored: dict[tuple[Alike, bool], dict[Key, list[Known]]] = field(default_factory=dict)

    def find(self, lead: LeadKeys, check: Check, *, recent: bool, lists: Collection[int] | None) -> Known | None:
        """The duplicate with the lowest lead id within the lists; None for `lists` means all."""
        alike = key(lead, check.alike)
        if alike is None:
            return None
        found = self.stored[check.alike, recent].get(alike)
        return next((k for k in found if lists is None or k.list_id in lists), None) if found else None

    def accept(self, row: Columns, lead_id: object, list_id: int) -> None:
        """Let the later requests of the batch see the row of a lead that this one adds, cut as its columns will cut it."""
        for (alike, _), known in self.stored.items():
            known.setdefault(_kept(row, alike), []).append(Known(lead_id, list_id))


def load_duplicates(leads: Sequence[LeadKeys], moment: Moment, connection: Connection) -> Duplicates:
    """What is stored of the leads that ask for a check; no query where none asks. Their names must be locked before."""
    checked = [lead for lead in leads if lead.duplicate_check and wanted(lead.duplicate_check).checks]
    if not checked:
        return Duplicates()
    after = (moment.now - RECENT).strftime("%Y-%m-%d %H:%M:%S")
    asked: dict[tuple[Alike, bool], list[LeadKeys]] = {}
    for lead in checked:
        checks, recent = wanted(lead.duplicate_check)
        for alike in {c.alike for c in checks}:
            asked.setdefault((alike, recent), []).append(lead)
    return Duplicates({(alike, recent): _read(alike, some, after if recent else "", connection) for (alike, recent), some in asked.items()})


def lock_names(leads: Iterable[LeadKeys]) -> Iterator[str]:
    """The names to lock for the leads that ask for a check.

    Whatever check is asked for, both keys are locked: a lead that asked for another check may be the duplicate.
    """
    for lead in leads:
        if lead.duplicate_check and wanted(lead.duplicate_check).checks:
            yield f"PHONE|{folded(lead.phone_number)}"
            if lead.title or lead.alt_phone:
                yield f"TITLE_ALT_PHONE|{folded(lead.title)}|{folded(lead.alt_phone)}"


def _kept(row: Columns, alike: Alike) -> Key:
    """The key of a lead to be stored, as its columns will cut it."""
    if alike is Alike.PHONE:
        return folded(_HELD_PHONE(row["phone_number"]))
    return _joined([folded(hold(row[name])) for name, hold in _HELD[alike]])


def _joined(texts: Sequence[str]) -> Key:
    return texts[0] if len(texts) == 1 else tuple(texts)


def _read(alike: Alike, leads: Sequence[LeadKeys], after: str, connection: Connection) -> dict[Key, list[Known]]:
    """Known leads by key, lowest id first. One row a key and list is enough: only one duplicate is ever told."""
    searched = "alt_phone" if alike is Alike.TITLE_ALT_PHONE else "phone_number"
    titles = sorted({lead.title.rstrip(" ") for lead in leads}) if alike is Alike.TITLE_ALT_PHONE else ()
    numbers = sorted({getattr(lead, searched).rstrip(" ") for lead in leads})
    found: dict[Key, list[Known]] = {}
    for start in range(0, len(numbers), AT_ONCE):
        rows = _look_up(alike, connection, numbers=numbers[start : start + AT_ONCE], titles=titles, after=after)
        for lead_id, list_id, *texts in rows:
            if None not in texts:  # NULL equals nothing, not even an empty text
                found.setdefault(_joined([folded(t) for t in texts]), []).append(Known(lead_id, list_id))
    for known in found.values():
        known.sort(key=lambda k: int(str(k.lead_id)))
    return found


def _look_up(alike: Alike, connection: Connection, *, after: str, **bound: Sequence[str]) -> Iterable[Row[*tuple[Any, ...]]]:
    recent, hinted = bool(after), alike is not Alike.TITLE_ALT_PHONE and has_index(connection, "vicidial_list", BY_PHONE)
    try:
        return look_up(connection, _query(alike, recent=recent, hinted=hinted), after=(after,), **bound)
    except DBAPIError as error:
        if not hinted or not is_gone(error.orig):
            raise
        return look_up(connection, _query(alike, recent=recent, hinted=False), after=(after,), **bound)


@lru_cache
def _query(alike: Alike, *, recent: bool, hinted: bool) -> Select[*tuple[Any, ...]]:
    """The leads with some of the numbers, and titles where these count."""
    table = vicidial_list.c
    shared = [table[name] for name in _COLUMNS[alike]]
    # Added to, lest MariaDB goes through every list and phone of an index ("loose scan") while it has no figures of a new table.
    lowest = func.min(table.lead_id + literal_column("0"))
    query = select(lowest, table.list_id, *shared).group_by(table.list_id, *shared)
    if hinted:
        query = query.with_hint(vicidial_list, f"FORCE INDEX ({BY_PHONE})", "mysql")
    if recent:
        query = query.where(table.entry_date > value("after"))
    if alike is Alike.TITLE_ALT_PHONE:
        return query.where(Unpadded(table.title).in_(values("titles")), Unpadded(table.alt_phone).in_(values("numbers")))
    return query.where(table.phone_number.in_(values("numbers")))


_COLUMNS: Mapping[Alike, tuple[str, ...]] = {
    Alike.PHONE: ("phone_number",),
    Alike.TITLE_ALT_PHONE: ("title", "alt_phone"),
    Alike.NAME_PHONE: ("first_name", "last_name", "phone_number"),
}
_HELD_PHONE = holder(vicidial_list.c.phone_number)
_HELD = {alike: [(name, holder(vicidial_list.c[name])) for name in names] for alike, names in _COLUMNS.items()}
