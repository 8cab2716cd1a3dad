"""vm_list: the voicemail boxes that the caller may see, and those of phones.

As a page to choose one from. Two statements: the boxes, the phones; one more for a caller with a language of its own.
Source: spec vm_list.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from db.tables.audio import vicidial_voicemail
from db.tables.phones import phones
from dialer.phrases import load_phrases
from dialer.restrictions import of_groups
from protocol.functions import Caller, Permission, Question, Read
from protocol.replies import FoundRows, Reply, error, plain, reply
from protocol.select_frame import Entry, choice, select_frame, text

NOT_PERMITTED = error("vm_list USER DOES NOT HAVE PERMISSION TO VIEW VOICEMAIL BOXES LIST: |{user}|0|", data="0")
PAGE = plain("{page}", end="")

TITLE, CLOSE = "Voicemail Boxes", "close frame"
HEADS = (TITLE, "Name", "Email")
COLUMNS = ("voicemail_id", "name", "email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of vm_list; `comments` names the field that the chosen box is put into."""

    comments: str = ""


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """The page, also when there is no box. The numbers begin anew with the phones."""
    phrase = load_phrases([*HEADS, CLOSE], caller, question.settings, connection)
    boxes, of_phones = _boxes(caller, connection), _phones(caller, connection)
    entries = [
        Entry(number, [choice(box, request.comments), text(name), text(email)])
        for some in (boxes, of_phones)
        for number, (box, name, email) in enumerate(some, 1)
    ]
    page = select_frame(phrase(TITLE), phrase(CLOSE), [text(phrase(head)) for head in HEADS], entries)
    return reply(PAGE(page=page), found=FoundRows(COLUMNS, boxes + of_phones))


def _boxes(caller: Caller, connection: Connection) -> list[tuple[str, str, str]]:
    """Id, name and e-mail of the boxes."""
    boxes = vicidial_voicemail.c
    wanted = select(boxes.voicemail_id, boxes.fullname, boxes.email).where(boxes.active == "Y", of_groups(caller, boxes.user_group))
    return [(row.voicemail_id, row.fullname, row.email) for row in connection.execute(wanted.order_by(boxes.voicemail_id))]


def _phones(caller: Caller, connection: Connection) -> list[tuple[str, str, str]]:
    """Id, name and e-mail of the boxes of phones."""
    of = phones.c
    wanted = select(of.voicemail_id, of.extension, of.fullname, of.email).where(of.active == "Y", of_groups(caller, of.user_group))
    found = connection.execute(wanted.order_by(of.voicemail_id, of.extension))
    return [(row.voicemail_id or "", f"{row.extension or ''} - {row.fullname or ''}", row.email) for row in found]


FUNCTION = Read(
    name="vm_list",
    request=Request,
    permission=Permission(level=7, flags=(), refusal=NOT_PERMITTED),
    answer=answer,
    checks_source=False,
    rights_first=True,
    columns=COLUMNS,
    text_only=("comments",),
)
