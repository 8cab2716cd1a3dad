"""Lists as add_list and update_list see them: what they must know of a list, and the rules of its fields.

Source: spec add_list, update_list.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote_plus

from sqlalchemy import Connection, select

from db.tables.lists import vicidial_lists
from dialer.lists import list_number

NEVER = "2099-12-31"
"""The expiration date of a list that does not expire."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListState:
    """A list that is there; `daily_limit` below 0 means any number of resets a day."""

    list_id: int
    campaign_id: str | None
    daily_limit: int
    resets_today: int

    @property
    def may_be_reset(self) -> bool:
        """Whether today's resets are fewer than the limit."""
        return self.daily_limit < 0 or self.daily_limit > self.resets_today


def load_list_states(list_ids: Iterable[str], connection: Connection) -> dict[int, ListState]:
    """The lists with these ids, by number. Their rows are locked to the commit: the daily limit must hold."""
    table, numbers = vicidial_lists.c, sorted({list_number(list_id) for list_id in list_ids if list_id})
    if not numbers:
        return {}
    wanted = select(table.list_id, table.campaign_id, table.daily_reset_limit, table.resets_today).where(table.list_id.in_(numbers))
    rows = connection.execute(wanted.with_for_update())
    return {number: ListState(number, campaign, _or(-1, limit), resets or 0) for number, campaign, limit, resets in rows}


def web_form(value: str) -> str:
    """A web form address as it is stored: one that came encoded twice is decoded once more."""
    return unquote_plus(value).replace(" ", "+") if "%3A%2F%2F" in value else value


def is_date(value: str) -> bool:
    """Whether the text is a day of the calendar, as YYYY-MM-DD."""
    try:
        return bool(_DATE.fullmatch(value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _or(default: int, value: int | None) -> int:
    return default if value is None else value
