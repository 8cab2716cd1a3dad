"""sounds_list: the files of the audio store.

No statement, one for a caller with a language of its own. Source: spec sounds_list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection

from dialer.audio_store import Sound, load_sounds
from dialer.phrases import Phrases, load_phrases
from protocol.functions import Caller, Permission, Question, Read
from protocol.replies import FoundRows, Reply, error, plain, reply
from protocol.select_frame import Entry, Html, choice, link, path, select_frame, text

NOT_PERMITTED = error("sounds_list USER DOES NOT HAVE PERMISSION TO VIEW SOUNDS LIST: |{user}|0|", data="0")
NOT_ACTIVE = error("sounds_list CENTRAL SOUND CONTROL IS NOT ACTIVE: |{user}|0|", data="0")
NO_DIRECTORY = error("audio store web directory does not exist: |{user}|sounds_list|{directory}|", data="1")
TAB_LINE = plain("{number}\t{name}\t{date}.\t{size}\t{changed}")
LINK_LINE = plain("{link}<br>")
PAGE = plain("{page}", end="")

COLUMNS = ("name", "date", "size", "epoch")
ORDERS = ("date", "name", "size")
TITLE, CLOSE, NAME, DATE, SIZE, PLAY = "Sounds List", "close frame", "FILENAME", "DATE", "SIZE", "PLAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of sounds_list; `comments` names the field of the page that the chosen file is put into."""

    format: str = ""
    stage: str = ""
    comments: str = ""


def answer(request: Request, caller: Caller, question: Question, connection: Connection) -> Reply:
    """The files in each of the formats asked for; an empty answer where none is known, nor the order, or there is no file."""
    settings = question.settings
    if settings.get("sounds_central_control_active", "") in ("", "0"):
        return reply(NOT_ACTIVE(user=caller.user))
    directory = Path("/", question.web_directory, settings.get("sounds_web_directory", "").lstrip("/"))
    sounds = load_sounds(directory, question.moment)
    if sounds is None:
        return reply(NO_DIRECTORY(user=caller.user, directory=directory))
    stage, asked = request.stage.lower(), request.format.lower()
    if stage and not any(order in stage for order in ORDERS):
        asked = ""  # an order that is not known gets an empty answer (spec sounds_list)
    if not sounds:
        return reply(found=FoundRows(COLUMNS, []))
    sounds = ordered(sounds, stage)
    said = []
    if "tab" in asked:
        said += [
            TAB_LINE(number=number, name=sound.name, date=_date(sound, question), size=sound.size, changed=sound.changed)
            for number, sound in enumerate(sounds)
        ]
    if "link" in asked:
        server = settings.get("sounds_web_server", "")
        said += [LINK_LINE(link=link(f"http://{server}{_folder(question)}{path(sound.name)}", sound.name)) for sound in sounds]
    if "selectframe" in asked:
        phrase = load_phrases([TITLE, CLOSE, NAME, DATE, SIZE, PLAY], caller, settings, connection)
        said.append(PAGE(page=_page(sounds, request, question, phrase)))
    return reply(*said, found=FoundRows(COLUMNS, [(sound.name, _date(sound, question), sound.size, sound.changed) for sound in sounds]))


def ordered(sounds: Sequence[Sound], stage: str) -> list[Sound]:
    """The newest or the biggest first, or by name where neither is asked for; those alike by name, in the same direction."""
    by_name = sorted(sounds, key=lambda sound: sound.name.encode())
    orders: dict[str, Callable[[Sound], tuple[int, bytes]]] = {
        "date": lambda sound: (sound.changed, sound.name.encode()),
        "size": lambda sound: (sound.size, sound.name.encode()),
    }
    asked = next((order for name, order in orders.items() if name in stage), None)
    return by_name if asked is None else sorted(sounds, key=asked, reverse=True)


def _date(sound: Sound, question: Question) -> str:
    return datetime.fromtimestamp(sound.changed, question.zone).strftime("%Y-%m-%d %H:%M:%S")


def _folder(question: Question) -> str:
    """Path of the audio store on a web server."""
    admin = question.settings.get("admin_web_directory", "")
    above = f"{PurePosixPath(admin).parent}/" if "/" in admin else ""
    return path("/", above, question.settings.get("sounds_web_directory", ""), "/")


def _page(sounds: Sequence[Sound], request: Request, question: Question, phrase: Phrases) -> str:
    """The page to choose a file from. Its links hold no password: another order needs another request."""
    folder = f"//{question.host}{_folder(question)}"
    entries = [
        Entry(
            number,
            [
                choice(sound.name.rpartition(".")[0], request.comments, shown=sound.name),
                text(_date(sound, question)),
                text(sound.size),
                link(folder + path(sound.name), phrase(PLAY)),
            ],
        )
        for number, sound in enumerate(sounds, 1)
    ]
    heads: list[Html] = [text(phrase(head)) for head in (NAME, DATE, SIZE, PLAY)]
    return select_frame(phrase(TITLE), phrase(CLOSE), heads, entries)


FUNCTION = Read(
    name="sounds_list",
    request=Request,
    permission=Permission(level=7, flags=(), refusal=NOT_PERMITTED),
    answer=answer,
    checks_source=False,
    rights_first=True,
    columns=COLUMNS,
    statuses={NOT_ACTIVE: 404, NO_DIRECTORY: 404},
    text_only=("comments",),
    fixed={"format": "tab"},
)
