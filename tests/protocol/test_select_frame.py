import json
from html import unescape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from protocol.select_frame import Entry, choice, link, path, script_text, select_frame, text


class Seen(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.clicks: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.clicks += [value or "" for name, value in attrs if name == "onclick"]


def test_a_page_lists_its_entries() -> None:
    page = select_frame(
        "Title", "close", [text("Name")], [Entry(1, [choice("moh", "field")], below=text("Files: a")), Entry(2, [text(None)])]
    )
    seen = Seen(page)
    assert page.startswith("\n")
    assert seen.tags.count("tr") == 4
    assert 'choose_file("moh", "field"); return false' in seen.clicks
    assert "Files: a" in page


@given(st.text())
def test_no_name_breaks_out_of_the_page(hostile: str) -> None:
    page = select_frame(hostile, hostile, [text(hostile)], [Entry(1, [choice(hostile, hostile), link(hostile, hostile), text(hostile)])])
    plain = select_frame("", "", [text("")], [Entry(1, [choice("x", "x"), link("x", "x"), text("x")])])
    assert Seen(page).tags == Seen(plain).tags


@given(st.text())
def test_script_text_is_the_same_text_for_the_script(hostile: str) -> None:
    literal = script_text(hostile)
    assert json.loads(literal) == hostile
    assert not set("<>&'\u2028") & set(literal)
    assert f"choose_file({literal}, " in unescape(choice(hostile, "f"))


def test_addresses_are_percent_encoded() -> None:
    assert path("/a dir/", 'b".wav') == "/a%20dir/b%22.wav"
