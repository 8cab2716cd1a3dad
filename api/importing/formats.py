"""What kind of file this is: told, or seen from how it begins."""

import re

from api.importing import workbook
from api.problems import Problem

AUTO, CSV, NDJSON, JSON, XLSX = "auto", "csv", "ndjson", "json", "xlsx"
FORMATS = (AUTO, CSV, NDJSON, JSON, XLSX)
_OTHERS = {
    b"\x1f\x8b": "gzip in gzip",
    b"\xd0\xcf\x11\xe0": "an old or encrypted Excel workbook; save it as .xlsx without a password",
    b"%PDF": "PDF",
    b"BZh": "bzip2; send it as it is or as gzip",
    b"\xfd7zXZ": "xz; send it as it is or as gzip",
    b"\x28\xb5\x2f\xfd": "zstd; send it as it is or as gzip",
    b"PAR1": "Parquet",
}
_ARRAY = re.compile(r"\s*\[\s*[{\]]")
_OBJECT = re.compile(r'\s*\{\s*["}]')


def is_workbook(beginning: bytes, told: str) -> bool:
    """Whether the file is an Excel workbook. Raises the Problem of a file that is no text at all, or not what it was told to be."""
    for mark, kind in _OTHERS.items():
        if beginning.startswith(mark):
            raise Problem(422, "unreadable-file", f"The file is {kind}")
    found = beginning.startswith(workbook.MARK)
    if found != (told == XLSX) and told != AUTO:
        raise Problem(422, "unreadable-file", f"The file is {'an Excel workbook' if found else 'no Excel workbook'}, and format={told}")
    return found


def text_format(beginning: str) -> str:
    """The format of text that begins so."""
    if _ARRAY.match(beginning):
        return JSON
    return NDJSON if _OBJECT.match(beginning) else CSV
