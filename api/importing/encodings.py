"""The encoding of an uploaded file: detected from its beginning, or told."""

import codecs
from collections.abc import Callable

AUTO, UTF_8, UTF_16, LATIN_1 = "auto", "utf-8", "utf-16", "latin-1"
MARK = "\ufeff"
ENCODINGS = (AUTO, UTF_8, UTF_16, LATIN_1)
_UTF_16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Transcoder:
    """Bytes of the file in, bytes of lines out that `decode` reads; a byte order mark is left out.

    UTF-16 is recoded to UTF-8, all else passes as it is: what a line's bytes mean is told line by line.
    """

    def __init__(self, encoding: str, beginning: bytes) -> None:
        """`beginning` is the first part of the file, long enough to tell; it must be the first that is fed."""
        self._wide = _wide(encoding, beginning)
        self._decoder = codecs.getincrementaldecoder(self._wide)(errors="replace") if self._wide else None
        self._at_start = True
        self.encoding = UTF_16 if self._wide else _told_or_seen(encoding, beginning)
        """What the file was taken for, by the name of the option."""
        self.decode: Callable[[bytes], str] = _latin if encoding == LATIN_1 else text_of_lines

    def preview(self, beginning: bytes) -> str:
        """The text that the beginning of the file holds."""
        text = beginning.decode(self._wide, errors="replace") if self._wide else self.decode(beginning)
        return text.removeprefix(MARK)

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """The next bytes of the file."""
        if self._decoder is not None:
            data = self._decoder.decode(data, last).encode("utf-8", errors="replace")
        if self._at_start and data:
            self._at_start, data = False, data.removeprefix(codecs.BOM_UTF8)
        return data


def text_of_lines(lines: bytes) -> str:
    """The text of whole lines: each is UTF-8, or Windows-1252 where its bytes are no UTF-8.

    Files put together from several sources mix both; and so the text does not depend on where an upload was cut.
    """
    try:
        return lines.decode()
    except UnicodeDecodeError:
        return "".join([_text_of_line(line) for line in lines.splitlines(keepends=True)])


def _text_of_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return _latin(line)


def _latin(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing in Windows-1252
        return "".join([bytes([b]).decode("cp1252", errors="ignore") or chr(b) for b in data])


def _told_or_seen(encoding: str, beginning: bytes) -> str:
    if encoding != AUTO:
        return encoding
    try:  # the beginning may end in the middle of a character
        codecs.getincrementaldecoder(UTF_8)().decode(beginning)
    except UnicodeDecodeError:
        return LATIN_1
    return UTF_8


def _wide(encoding: str, beginning: bytes) -> str:
    """The codec of a UTF-16 file, "" for one of single bytes."""
    marked = _UTF_16_MARKS.get(beginning[:2], "")
    if marked or encoding not in (AUTO, UTF_16):
        return marked if encoding in (AUTO, UTF_16) else ""
    sample = beginning[:4096]
    high, low = sample[1::2].count(0), sample[0::2].count(0)
    half = len(sample) // 2
    if high > 0.4 * half and high > 2 * low:
        return "utf-16-le"
    if low > 0.4 * half and low > 2 * high:
        return "utf-16-be"
    return "utf-16-le" if encoding == UTF_16 else ""
