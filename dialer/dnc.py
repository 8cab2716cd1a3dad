"""The do-not-call lists: of the whole system, and of a campaign.

Source: spec add_lead section 2, steps 9 and 10.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, select

from db.lists_of_values import look_up_ahead, values
from db.round_trips import Answer
from db.tables.campaigns import vicidial_campaigns
from db.tables.dnc import vicidial_campaign_dnc, vicidial_dnc
from dialer.collation import folded

CHECKS = frozenset({"Y", "AREACODE"})
WHOLE_AREA = "XXXXXXX"
"""An area code followed by this stands for every number of it."""
SLICE = 1000
"""Numbers of one query: its answer must be short (db/round_trips.py)."""

_entries = vicidial_campaign_dnc.c
SYSTEM_ENTRIES = select(vicidial_dnc.c.phone_number).where(vicidial_dnc.c.phone_number.in_(values("numbers")))
CAMPAIGN_ENTRIES = select(_entries.campaign_id, _entries.phone_number).where(
    _entries.campaign_id.in_(values("campaigns")), _entries.phone_number.in_(values("numbers"))
)


class DncRequest(Protocol):
    """What the DNC checks read."""

    @property
    def phone_number(self) -> str: ...
    @property
    def campaign_id(self) -> str: ...
    @property
    def dnc_check(self) -> str: ...
    @property
    def campaign_dnc_check(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Dnc:
    """The DNC entries that a batch may meet: of the system, and of campaigns as (campaign, entry).

    `list_used` names the campaign whose DNC list a campaign uses instead of its own.
    """

    system: frozenset[str] = frozenset()
    campaign: frozenset[tuple[str, str]] = frozenset()
    list_used: Mapping[str, str] = field(default_factory=dict)

    def in_system(self, request: DncRequest) -> bool:
        """Whether the number is in the system's list, if the request asks."""
        check = request.dnc_check
        if not check or not self.system or check not in CHECKS:
            return False
        return any(entry in self.system for entry in entries(request.phone_number, check))

    def in_campaign(self, request: DncRequest) -> bool:
        """Whether the number is in the list of the REQUEST's campaign, if the request asks."""
        check = request.campaign_dnc_check
        if not check or not self.campaign or check not in CHECKS or not request.campaign_id:
            return False
        campaign = folded(request.campaign_id)
        campaign = self.list_used.get(campaign, campaign)
        return any((campaign, entry) in self.campaign for entry in entries(request.phone_number, check))


def entries(phone_number: str, check: str) -> tuple[str, ...]:
    """The entries that forbid a number: itself, and with AREACODE its whole area code, whatever the number's length."""
    number = folded(phone_number)
    return (number, number[:3] + WHOLE_AREA.lower()) if check == "AREACODE" else (number,)


@dataclass(frozen=True, slots=True)
class AskedDnc:
    """What the database was asked of the DNC lists."""

    system: Sequence[Answer] = ()
    campaign: Sequence[Answer] = ()
    list_used: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> Dnc:
        """What it has answered."""
        return Dnc(
            frozenset(folded(number) for answer in self.system for (number,) in answer.rows),
            frozenset((folded(campaign), folded(number)) for answer in self.campaign for campaign, number in answer.rows),
            self.list_used,
        )


def load_dnc(requests: Sequence[DncRequest], connection: Connection) -> Dnc:
    """The entries for the requests that ask; no query where none does."""
    return ask_dnc(requests, connection).read()


def ask_dnc(requests: Sequence[DncRequest], connection: Connection) -> AskedDnc:
    """As `load_dnc`, but that the answers are read with those to later queries."""
    system = _forbidding([(r.phone_number, r.dnc_check) for r in requests if r.dnc_check in CHECKS])
    in_campaigns = [r for r in requests if r.campaign_dnc_check in CHECKS and r.campaign_id]
    campaign = _forbidding([(r.phone_number, r.campaign_dnc_check) for r in in_campaigns])
    campaign_ids = {r.campaign_id for r in in_campaigns}
    used = _lists_used(sorted(campaign_ids), connection) if campaign else {}
    ids = sorted(campaign_ids.union(used.values()))
    return AskedDnc(
        [look_up_ahead(connection, SYSTEM_ENTRIES, numbers=some) for some in _slices(system)],
        [look_up_ahead(connection, CAMPAIGN_ENTRIES, campaigns=ids, numbers=some) for some in _slices(campaign)],
        used,
    )


def _forbidding(asked: Sequence[tuple[str, str]]) -> set[str]:
    """The entries that forbid any of these numbers by its check."""
    found = {folded(number) for number, _ in asked}
    found.update(*(entries(number, check) for number, check in asked if check == "AREACODE"))
    return found


def _slices(numbers: Collection[str]) -> Iterator[Sequence[str]]:
    ordered = sorted(numbers)
    return (ordered[start : start + SLICE] for start in range(0, len(ordered), SLICE))


def _lists_used(campaign_ids: Sequence[str], connection: Connection) -> dict[str, str]:
    table = vicidial_campaigns.c
    wanted = select(table.campaign_id, table.use_other_campaign_dnc).where(table.campaign_id.in_(campaign_ids))
    return {folded(campaign): folded(other) for campaign, other in connection.execute(wanted) if other}
