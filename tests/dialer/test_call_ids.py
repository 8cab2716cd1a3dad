"""Call ids."""

import pytest

from dialer.call_ids import CallType, call_type

NUMBER = "1101120000000005001"


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        *(("Y", CallType.INBOUND), ("J", CallType.INBOUND), ("LP", CallType.INBOUND), ("VH", CallType.INBOUND)),
        *(("V", CallType.OUTBOUND_AUTO), ("M", CallType.OUTBOUND_MANUAL)),
        *(("DC", CallType.OUTBOUND_OTHER), ("S", CallType.OUTBOUND_OTHER), ("XL", CallType.OUTBOUND_OTHER)),
        *(("D", None), ("L", None), ("X", None), ("v", None), ("", None)),
    ],
)
def test_the_beginning_tells_the_kind(beginning: str, kind: CallType | None) -> None:
    assert call_type(beginning + NUMBER) is kind


@pytest.mark.parametrize(("length", "known"), [(17, False), (18, True), (39, True), (40, False)])
def test_the_length_has_bounds(length: int, known: bool) -> None:
    assert (call_type("V".ljust(length, "0")) is not None) is known
