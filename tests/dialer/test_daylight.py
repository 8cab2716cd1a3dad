from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dialer.time_zones import SCHEMES, daylight

VECTORS: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "dst.yaml").read_text())
FIRST, AFTER = datetime(2024, 1, 1), datetime(2036, 1, 1)


def switches(scheme: str) -> list[tuple[datetime, bool]]:
    """What a scheme's name means where the reference computes something else, and what it computes elsewhere."""
    vectors = VECTORS[scheme]
    changes = vectors.get("meant", vectors["reference"])
    return [(FIRST, bool(vectors["start"]))] + [(datetime.fromisoformat(at), bool(on)) for at, on in changes]


def test_every_scheme_has_vectors() -> None:
    assert set(SCHEMES) == set(VECTORS)


@pytest.mark.parametrize("scheme", VECTORS)
def test_twelve_years(scheme: str) -> None:
    expected = switches(scheme)
    moment, step, at = FIRST, timedelta(hours=3), 0
    while moment < AFTER:
        while at + 1 < len(expected) and expected[at + 1][0] <= moment:
            at += 1
        assert daylight(scheme, moment) is expected[at][1], moment
        moment += step


@pytest.mark.parametrize("scheme", VECTORS)
def test_the_second_before_a_switch_is_still_the_old_time(scheme: str) -> None:
    for at, on in switches(scheme)[1:]:
        assert daylight(scheme, at) is on
        assert daylight(scheme, at - timedelta(seconds=1)) is not on


@pytest.mark.parametrize("scheme", ["", "NONE", "ssm-fsn", "SSM-FSN ", "FSN-SSM"])
def test_any_other_text_never_has_daylight_time(scheme: str) -> None:
    assert not any(daylight(scheme, datetime(2026, month, 15)) for month in range(1, 13))


@given(scheme=st.sampled_from(sorted(SCHEMES)), moment=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))
def test_the_two_halves_of_the_world_are_opposite(scheme: str, moment: datetime) -> None:
    northern = SCHEMES[scheme][0].month < SCHEMES[scheme][1].month
    if moment.month in (6, 7):
        assert daylight(scheme, moment) is northern
    if moment.month in (12, 1):
        assert daylight(scheme, moment) is not northern
