"""The page of a list to choose from. An admin page shows it in a frame, and gets the name chosen into one of its fields.

Every text is escaped for the place it stands in. Source: specs sounds_list, moh_list, vm_list; the markup is our own.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from typing import NewType
from urllib.parse import quote

Html = NewType("Html", str)

_PAGE = Template(
    """
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>$title</title>
<style>
body { font-family: Arial, Helvetica, sans-serif; font-size: small; margin: 0; }
div { height: 500px; overflow: scroll; }
th { text-align: left; }
tr.odd { background: #E6E6E6; }
tr.even { background: #F6F6F6; }
</style>
<script>
function choose_file(filename, fieldname) {
  if (filename.length > 0) {
    parent.document.getElementById(fieldname).value = filename;
    close_file();
  }
}
function close_file() {
  document.getElementById("selectframe").style.visibility = "hidden";
  if (parent.close_chooser) { parent.close_chooser(); }
}
</script>
</head>
<body>
<a href="#" onclick="close_file(); return false">$close</a>
<div id="selectframe">
<table>
<tr>$heads</tr>
$rows</table>
</div>
</body>
</html>
"""
)

_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027", "\u2028": "\\u2028", "\u2029": "\\u2029"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its number, its cells behind that, and what stands in a row of its own below."""

    number: int
    cells: Sequence[Html]
    below: Html = Html("")


def text(value: object) -> Html:
    """Text of a cell; NULL is empty."""
    return Html("" if value is None else escape(str(value)))


def script_text(value: str) -> str:
    """The text as a literal of JavaScript, harmless in a page."""
    return json.dumps(value).translate(_IN_SCRIPT)


def choice(name: str, field: str, shown: str = "") -> Html:
    """A link that puts the name into the field of the page around the frame."""
    chosen = escape(f"choose_file({script_text(name)}, {script_text(field)}); return false")
    return Html(f'<a href="#" onclick="{chosen}">{escape(shown or name)}</a>')


def link(address: str, shown: str) -> Html:
    """A link to an address."""
    return Html(f'<a href="{escape(address)}">{escape(shown)}</a>')


def path(*parts: str) -> str:
    """The parts of an address, percent-encoded and joined."""
    return quote("".join(parts))


def select_frame(title: str, close: str, heads: Iterable[Html], entries: Iterable[Entry]) -> str:
    """The whole page; `close` is the text of the link that closes the frame."""
    cells = ["#", *heads]
    return _PAGE.substitute(
        title=escape(title),
        close=escape(close),
        heads="".join([f"<th>{head}</th>" for head in cells]),
        rows="".join([_rows(entry, len(cells)) for entry in entries]),
    )


def _rows(entry: Entry, width: int) -> str:
    kind = "odd" if entry.number % 2 else "even"
    cells = "".join([f"<td>{cell}</td>" for cell in (str(entry.number), *entry.cells)])
    below = f'<tr class="{kind}"><td colspan="{width}">{entry.below}</td></tr>\n' if entry.below else ""
    return f'<tr class="{kind}">{cells}</tr>\n{below}'
