"""The audio store that the cases of sounds_list were recorded with."""

import os
from pathlib import Path

FOLDER = "oraclesounds"
FILES = {
    "hello.wav": (1644, 1790000000),
    "beep.wav": (3244, 1790003600),
    "goodbye.wav": (4844, 1790007200),
    "press-1.wav": (6444, 1790010800),
    "tone.gsm": (33, 1790100000),
    "readme.txt": (5, 1790100000),
}
"""Size in bytes and epoch second of the last change."""


def put_sounds(web_directory: Path) -> None:
    """Make the store in a folder of web pages."""
    folder = web_directory / FOLDER
    folder.mkdir()
    for name, (size, changed) in FILES.items():
        (folder / name).write_bytes(b"x" * size)
        os.utime(folder / name, (changed, changed))
