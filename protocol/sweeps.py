"""Changes to all leads of a list: too many for one transaction, so they are made slice by slice after their request is stored.

See docs/decisions/0007.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What is still to be done to the leads of a list up to the lead `until`: mark them as not called, delete them.

    `claimed` is what the request has stored so far, for the rest of its reply; JSON.
    """

    list_id: int
    until: int
    reset: bool = False
    delete: bool = False
    claimed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep has done: leads that were marked, leads that were deleted."""

    reset: int = 0
    deleted: int = 0
    claimed: Mapping[str, Any] = field(default_factory=dict)
