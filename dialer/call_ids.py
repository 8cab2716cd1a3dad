"""Call ids: the code by which the dialer knows a telephone call; how it begins says what kind of call it is.

Source: spec callid_info.
"""

from enum import StrEnum

from protocol.parameters import size

SHORTEST, LONGEST = 18, 39


class CallType(StrEnum):
    """Kind of a call, as callid_info prints it."""

    INBOUND = "INBOUND"
    OUTBOUND_AUTO = "OUTBOUND_AUTO"
    OUTBOUND_MANUAL = "OUTBOUND_MANUAL"
    OUTBOUND_OTHER = "OUTBOUND_OTHER"


# VH stands before V: the first that fits counts.
_BEGINNINGS = (
    ("Y", CallType.INBOUND),
    ("J", CallType.INBOUND),
    ("LP", CallType.INBOUND),
    ("VH", CallType.INBOUND),
    ("V", CallType.OUTBOUND_AUTO),
    ("M", CallType.OUTBOUND_MANUAL),
    ("DC", CallType.OUTBOUND_OTHER),
    ("S", CallType.OUTBOUND_OTHER),
    ("XL", CallType.OUTBOUND_OTHER),
)


def call_type(call_id: str) -> CallType | None:
    """The kind of call an id belongs to; None when it is no call id. Case counts."""
    if not SHORTEST <= size(call_id) <= LONGEST:
        return None
    return next((kind for beginning, kind in _BEGINNINGS if call_id.startswith(beginning)), None)
