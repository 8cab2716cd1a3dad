"""What the API log keeps of a request's parameters: the column `url` of vicidial_api_urls behind its `?`.

Source: spec 00, section 9. No password of any kind is kept; its field stays, empty.
"""

from collections.abc import Mapping

from protocol.parameters import PASSWORDS, decoded, text_of

_DELETED = str.maketrans("", "", "'\"\\;")


def query_text(query: bytes, form: Mapping[str, str]) -> str:
    """The query string as received, still encoded, then the decoded pairs of a form.

    Without a query string the pairs also stand in its place, so a pure POST is written twice.
    """
    sent = without_passwords(query)
    posted = "&".join(f"{name}={'' if name in PASSWORDS else value}" for name, value in form.items()).translate(_DELETED)
    return f"{sent or posted}&GET-AND-POST=Y&{posted}" if len(posted) > 2 else sent


def without_passwords(query: bytes) -> str:
    """A query string as received, but with the value of every password left out."""
    kept = [pair if "pass" not in pair and "%" not in pair else _without_password(pair) for pair in query.decode("latin-1").split("&")]
    return text_of("&".join(kept).encode("latin-1"))


def _without_password(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    named = name in PASSWORDS or not PASSWORDS.isdisjoint(decoded(name.encode("latin-1")))
    return name + equals if named else pair
