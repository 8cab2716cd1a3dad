"""An Excel workbook on its way in: put aside until it is whole, since it cannot be read before, then read by another process."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import orjson

from api.importing.rows import RECORD_LIMIT, Rows
from api.problems import Problem
from protocol.import_codes import ROW_TOO_LONG

MARK = b"PK\x03\x04"
LARGEST = 256 * 1024 * 1024
"""Bytes of a workbook, as it was sent."""

AT_ONCE = 200
"""Rows that are taken at a time."""

_ROOT = Path(__file__).parents[2]


class Workbook:
    """One workbook. The file has no name and is gone with its reader."""

    def __init__(self, sheet: str = "") -> None:
        self._sheet = sheet
        self._size = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the last who knows it

    def feed(self, data: bytes) -> None:
        """Put the next bytes aside. Raises Problem if they are too many."""
        self._size += len(data)
        if self._size > LARGEST:
            raise Problem(422, "unreadable-file", f"The workbook is larger than {LARGEST:,} bytes; save the sheet as CSV and send that")
        self._file.write(data)

    def rows(self) -> Iterator[Rows]:
        """The rows of the sheet, the header first. Raises Problem for a workbook that cannot be read."""
        self._file.flush()
        self._file.seek(0)
        command = [sys.executable, "-m", "api.importing.workbook_rows", self._sheet]
        environment = {"PYTHONPATH": str(_ROOT), "PATH": os.defpath}
        with subprocess.Popen(command, stdin=self._file, stdout=subprocess.PIPE, cwd=_ROOT, env=environment) as reader:  # noqa: S603 - ours
            assert reader.stdout is not None
            try:
                while lines := list(islice(reader.stdout, AT_ONCE)):
                    yield _rows(lines)
            except BaseException:  # nobody wants the rest
                reader.kill()
                raise
        if reader.returncode != 0:
            raise Problem(422, "unreadable-file", "The workbook takes too much memory or time; save the sheet as CSV and send that")


def _rows(lines: list[bytes]) -> Rows:
    rows = Rows()
    for line in lines:
        told = orjson.loads(line)
        if isinstance(told, dict):
            raise Problem(422, "unreadable-file", told["problem"])
        number, cells = told
        if len(line) > RECORD_LIMIT:
            rows.add_fault("|".join(cells), number, ROW_TOO_LONG)
        else:
            rows.add(cells, number)
    return rows
