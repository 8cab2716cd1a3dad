"""HTTP/1.1 as legacy callers know it: with letters in the request line that they should have percent-encoded.

Apache takes such bytes, and the parser of uvicorn refuses the request. Source: spec 00, section 2; the teapot: section 8.
"""

import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from api.bounded_http import BoundedHttp

STATUS_LINE[418] = b"HTTP/1.1 418 I'm a teapot\r\n"  # Python's own words have a capital T
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


class LenientHttp(BoundedHttp):
    """HTTP on one connection; bytes beyond ASCII in a request line are percent-encoded first.

    Give it to uvicorn as `http`. A request line may come in several pieces; where requests are sent without waiting for
    the replies, only that of the first in a piece is looked at.
    """

    ending = False
    """Whether each connection is closed after its next reply: set on the class when the process is to end."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_request_line = True

    def data_received(self, data: bytes) -> None:
        if self._in_request_line:
            if not data.isascii():
                line, end, rest = data.partition(b"\n")
                data = _BEYOND_ASCII.sub(lambda found: b"%%%02X" % found[0][0], line) + end + rest
            self._in_request_line = b"\n" not in data
        super().data_received(data)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.ending and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._in_request_line = True
        super().on_message_complete()
