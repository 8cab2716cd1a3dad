"""The body of an upload as it comes in: the file itself, or a multipart form that holds it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from api.problems import Problem
from protocol.parameters import text_of

FIELD_LIMIT = 65_536
"""Bytes of one form field, and of the headers of one part."""
FIELDS_LIMIT = 200


@dataclass(slots=True)
class Upload:
    """One upload. `fields` are the form's so far, `filename` what the form calls the file."""

    request: Request
    fields: dict[str, str] = field(default_factory=dict)
    filename: str = ""

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes of the file. Raises Problem for a form that cannot be read."""
        kind, options = parse_options_header(self.request.headers.get("content-type"))
        if kind != b"multipart/form-data":
            async for data in self.request.stream():
                yield data
            return
        form = FormReader(self, options.get(b"boundary", b""))
        async for data in self.request.stream():
            for piece in form.feed(data):
                yield piece
        form.finish()


class FormReader:
    """Takes a multipart form apart without keeping its file."""

    def __init__(self, upload: Upload, boundary: bytes) -> None:
        if not boundary:
            raise _broken("it tells no boundary")
        self._upload = upload
        self._pieces: list[bytes] = []
        self._name = ""
        self._value: bytearray | None = None
        self._header = bytearray()
        self._disposition = b""
        self._header_name = bytearray()
        self._files = 0
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers,
                "on_part_data": self._on_data,
                "on_part_end": self._end,
                "on_end": self._on_end,
            },
        )

    def feed(self, data: bytes) -> list[bytes]:
        """The bytes of the file that these bytes of the form hold."""
        try:
            self._parser.write(data)
        except MultipartParseError as error:
            raise _broken(str(error)) from error
        pieces, self._pieces = self._pieces, []
        return pieces

    def finish(self) -> None:
        """Make sure that the form came whole and held a file. Raises Problem."""
        if not self._complete:
            raise _broken("its end is missing")
        if not self._files:
            raise _broken("it holds no file")

    def _begin(self) -> None:
        self._name, self._value, self._disposition = "", bytearray(), b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]
        self._limit(len(self._header_name))

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._limit(len(self._header))

    def _on_header_end(self) -> None:
        if bytes(self._header_name).lower() == b"content-disposition":
            self._disposition = bytes(self._header)
        self._header_name.clear()
        self._header.clear()

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = text_of(options.get(b"name", b""))
        if b"filename" in options:
            self._files += 1
            if self._files > 1:
                raise Problem(422, "several-files", "The form holds more than one file; send each by itself")
            self._upload.filename = text_of(options[b"filename"])
            self._value = None

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._value is None:
            self._pieces.append(data[start:end])
            return
        self._value += data[start:end]
        self._limit(len(self._value))

    def _end(self) -> None:
        if self._value is not None and self._name:
            self._upload.fields[self._name] = text_of(bytes(self._value))
            if len(self._upload.fields) > FIELDS_LIMIT:
                raise _broken("it holds too many fields")

    def _on_end(self) -> None:
        self._complete = True

    def _limit(self, size: int) -> None:
        if size > FIELD_LIMIT:
            raise _broken("one of its fields is too long")


def _broken(says: str) -> Problem:
    return Problem(422, "unreadable-form", f"The multipart form cannot be read: {says}")
