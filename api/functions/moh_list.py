"""moh_list: the music on hold classes that the caller may see.

As a page to choose one from. Two statements: the classes, their files; one more for a caller with a language of its own.
Source: spec moh_list.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from db.tables.audio import vicidial_music_on_hold, vicidial_music_on_hold_files
from dialer.collation import folded
from dialer.phrases import load_phrases
from dialer.restrictions import of_groups
from protocol.functions import Caller, Permission, Question, Read
from protocol.replies import FoundRows, Reply, error, plain, reply
from protocol.select_frame import Entry, choice, select_frame, text

# The refusals name sounds_list (spec moh_list, faults).
NOT_PERMITTED = error("sounds_list USER DOES NOT HAVE PERMISSION TO VIEW SOUNDS LIST: |{user}|0|", data="0")
NOT_ACTIVE = error("sounds_list CENTRAL SOUND CONTROL IS NOT ACTIVE: |{user}|0|", data="0")
PAGE = plain("{page}", end="")

TITLE, CLOSE, FILES = "Music On Hold Class", "close frame", "Files"
HEADS = (TITLE, "Name", "Random")
COLUMNS = ("moh_id", "moh_name", "random", "files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of moh_list; `comments` names the field that the chosen class is put into."""

    comments: str = ""


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """The page, also when there is no class."""
    if question.settings.get("sounds_central_control_active", "") in ("", "0"):
        return reply(NOT_ACTIVE(user=caller.user))
    phrase = load_phrases([*HEADS, CLOSE, FILES], caller, question.settings, connection)
    classes = vicidial_music_on_hold.c
    visible = select(classes.moh_id, classes.moh_name, classes.random).where(classes.active == "Y", of_groups(caller, classes.user_group))
    listed = connection.execute(visible.order_by(classes.moh_id)).all()
    files = _files(connection)
    rows = [(row.moh_id, row.moh_name, row.random, files.get(folded(row.moh_id), [])) for row in listed]
    entries = [
        Entry(
            number,
            [choice(moh_id, request.comments), text(name), text(random)],
            below=text(f"{phrase(FILES)}: {', '.join(of_class)}"),
        )
        for number, (moh_id, name, random, of_class) in enumerate(rows, 1)
    ]
    page = select_frame(phrase(TITLE), phrase(CLOSE), [text(phrase(head)) for head in HEADS], entries)
    return reply(PAGE(page=page), found=FoundRows(COLUMNS, rows))


def _files(connection: Connection) -> dict[str, list[str]]:
    """The file names of each class, in their order; ids as they compare."""
    files = vicidial_music_on_hold_files.c
    found: dict[str, list[str]] = {}
    for row in connection.execute(select(files.moh_id, files.filename).order_by(files.moh_id, files.rank, files.filename)):
        found.setdefault(folded(row.moh_id), []).append(row.filename)
    return found


FUNCTION = Read(
    name="moh_list",
    request=Request,
    permission=Permission(level=7, flags=(), refusal=NOT_PERMITTED),
    answer=answer,
    checks_source=False,
    rights_first=True,
    columns=COLUMNS,
    statuses={NOT_ACTIVE: 404},
    text_only=("comments",),
)
