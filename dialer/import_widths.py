"""Texts of files that are longer than the columns of leads: the dialer's database cuts them, as it does for add_lead."""

from collections.abc import Mapping, Sequence

from db.tables.leads import vicidial_list
from db.types import Varchar

WIDTHS: Mapping[str, int] = {column.name: column.type.width for column in vicidial_list.c if isinstance(column.type, Varchar)}
"""Characters by column."""


def cut_texts(name: str, values: Sequence[str]) -> dict[int, str]:
    """By position what is told of the values of a column that will be cut."""
    width = WIDTHS.get(name)
    if width is None or max(map(len, values), default=0) <= width:
        return {}
    return {position: f"{name}: cut to {width} characters" for position, value in enumerate(values) if len(value) > width}
