"""A text taken apart once says what str.format_map says."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.writers import writer

VALUES = {"user": "6666", "lead_id": 17, "none": None, "percent": "100%", "braces": "{user}"}
PIECES = st.sampled_from(["{user}", "{lead_id}", "{none}", "{percent}", "{braces}", "{{", "}}", "%", "%s", " - ", "|", "\n"])


@given(st.lists(PIECES, max_size=6))
def test_writes_what_format_map_does(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert writer(text)(VALUES) == text.format_map(VALUES)
