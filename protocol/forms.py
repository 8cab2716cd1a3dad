"""The form in the body of a POST: urlencoded or multipart. Any other content is ignored, JSON too (spec 00, section 2)."""

from collections.abc import Iterator
from contextlib import suppress

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, FormParser, parse_options_header

from protocol.parameters import decoded, last_of_each, parameter_name, text_of


def form(content_type: bytes, body: bytes) -> dict[str, str]:
    """The parameters in a body; files of a multipart form are left out, and so is what follows a malformed part."""
    if content_type[:33].lower() == b"application/x-www-form-urlencoded":
        return decoded(body)
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        return {}
    return last_of_each(_parts(options[b"boundary"], body))


def _parts(boundary: bytes, body: bytes) -> Iterator[tuple[str, str]]:
    fields: list[Field] = []
    with suppress(FormParserError):
        parser = FormParser("multipart/form-data", fields.append, None, boundary=boundary, config={"MAX_MEMORY_FILE_SIZE": len(body) + 1})
        parser.write(body)
        parser.finalize()
    for part in fields:
        name = parameter_name(text_of(part.field_name or b""))
        if name:
            yield name, text_of(part.value or b"")
