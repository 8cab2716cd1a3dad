"""Texts with {names} in them, taken apart once."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from string import Formatter

Writer = Callable[[Mapping[str, object]], str]


def writer(text: str) -> Writer:
    """What makes the same of values as `text.format_map`, in half its time. A name is a plain one, without a format."""
    names: list[str] = []
    pattern = ""
    for before, name, form, conversion in Formatter().parse(text):
        assert not form, text
        assert not conversion, text
        pattern += before.replace("%", "%%")
        if name is not None:
            names.append(name)
            pattern += "%s"
    if not names:
        return lambda _values: pattern % ()
    if len(names) == 1:
        return lambda values: pattern % (values[names[0]],)
    of = itemgetter(*names)
    return lambda values: pattern % of(values)
