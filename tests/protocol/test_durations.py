import pytest

from protocol.durations import duration, percentage, rounded


@pytest.mark.parametrize(
    ("seconds", "time_format", "text"),
    [
        (65, "HF", "0:01:05"),
        (43200, "H", "12:00:00"),
        (4548, "M", "75:48"),
        (4548, "S", "4548"),
        (4548, "X", "4548"),
        (0, "HF", "0:00:00"),
        (-5, "H", "0:00:00"),
        (0, "M", "0:00"),
        (-5, "S", "0"),
        (0, "X", "0:00"),
    ],
)
def test_seconds_in_each_format(seconds: int, time_format: str, text: str) -> None:
    assert duration(seconds, time_format) == text


@pytest.mark.parametrize(("seconds", "parts", "each"), [(45, 2, 23), (5, 2, 3), (44, 3, 15), (-30, 4, -7), (7, 0, 0)])
def test_halves_are_rounded_up(seconds: int, parts: int, each: int) -> None:
    assert rounded(seconds, parts) == each


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(1, 16, "6.3%"), (1, 5, "20%"), (3, 3, "100%"), (0, 9, "0%"), (1, 0, "0%"), (1, 7, "14.3%")]
)
def test_percentages_have_one_decimal_at_most(part: int, whole: int, text: str) -> None:
    assert percentage(part, whole) == text
