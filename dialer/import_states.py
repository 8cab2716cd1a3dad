"""States and provinces of the United States and Canada as files hold them, brought to the two letters that the dialer keeps."""

from collections.abc import Mapping, Sequence

WIDTH = 2
"""Letters of the column."""

_CODES = """
AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; CT Connecticut; DE Delaware; DC District of Columbia;
FL Florida; GA Georgia; HI Hawaii; ID Idaho; IL Illinois; IN Indiana; IA Iowa; KS Kansas; KY Kentucky; LA Louisiana; ME Maine;
MD Maryland; MA Massachusetts; MI Michigan; MN Minnesota; MS Mississippi; MO Missouri; MT Montana; NE Nebraska; NV Nevada;
NH New Hampshire; NJ New Jersey; NM New Mexico; NY New York; NC North Carolina; ND North Dakota; OH Ohio; OK Oklahoma; OR Oregon;
PA Pennsylvania; RI Rhode Island; SC South Carolina; SD South Dakota; TN Tennessee; TX Texas; UT Utah; VT Vermont; VA Virginia;
WA Washington; WV West Virginia; WI Wisconsin; WY Wyoming; AS American Samoa; GU Guam; MP Northern Mariana Islands; PR Puerto Rico;
VI Virgin Islands; VI US Virgin Islands; DC Washington DC;
AB Alberta; BC British Columbia; MB Manitoba; NB New Brunswick; NL Newfoundland and Labrador; NL Newfoundland; NS Nova Scotia;
NT Northwest Territories; NU Nunavut; ON Ontario; PE Prince Edward Island; QC Quebec; QC Québec; SK Saskatchewan; YT Yukon;
YT Yukon Territory
"""


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


_BY_NAME: Mapping[str, str] = {_letters(name): code for entry in _CODES.split(";") for code, _, name in [entry.strip().partition(" ")]}
_BY_CODE = frozenset(_BY_NAME.values())


def repaired_states(values: Sequence[str]) -> tuple[list[str], dict[int, str]]:
    """The states in a column, and by position what was mended. What no one knows stays as it is; if it does not fit, that is told."""
    states, notes = list(values), {}
    known: dict[str, str] = {}
    for position, value in enumerate(values):
        if not value or value in _BY_CODE:
            continue
        if value not in known:
            known[value] = _code(value)
        code = known[value]
        if code:
            states[position] = code
            notes[position] = f"{value} read as {code}"
        elif len(value) > WIDTH:
            notes[position] = f"{value[:40]} is no state known, and cut to {WIDTH} letters"
    return states, notes


def _code(value: str) -> str:
    letters = _letters(value)
    return letters.upper() if letters.upper() in _BY_CODE else _BY_NAME.get(letters, "")
