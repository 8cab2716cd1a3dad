"""Lists of names with dashes between them, as the call reports take them."""

from protocol.parameters import EVERYTHING


def dashed(text: str, everything: str = "") -> tuple[str, ...] | None:
    """The names of a list, each once, in order; None for all there are.

    `everything` is the word, such as ALLCAMPAIGNS, by which a list asks for all; `---ALL---` inside the list does too.
    Without such a word no list does. An empty text is a list of one empty name.
    """
    names = tuple(dict.fromkeys(text.split("-")))
    return None if everything and (everything in names or EVERYTHING in text) else names
