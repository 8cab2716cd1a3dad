"""Seconds as reports show them: the parameter `time_format`. Source: spec agent_stats_export."""

DEFAULT = "HF"

_ZERO = {"HF": "0:00:00", "H": "0:00:00", "S": "0"}


def duration(seconds: int, time_format: str) -> str:
    """Whole seconds as hours (HF, H), minutes (M) or seconds; less than one second is the format's zero.

    An unknown format shows seconds, but the zero of minutes.
    """
    if seconds < 1:
        return _ZERO.get(time_format, "0:00")
    minutes, rest = divmod(seconds, 60)
    if time_format == "M":
        return f"{minutes}:{rest:02}"
    if time_format in ("HF", "H"):
        return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
    return str(seconds)


def rounded(seconds: int, parts: int) -> int:
    """Seconds divided among parts, halves rounded up; 0 among none."""
    return (2 * seconds + parts) // (2 * parts) if parts > 0 else 0


def percentage(part: int, whole: int) -> str:
    """`14.3%`: one decimal, halves rounded up, none where it is 0; `0%` of nothing."""
    tenths = rounded(1000 * part, whole)
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"
