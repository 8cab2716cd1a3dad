"""Ctrl-C as something to be asked about: noted wherever it comes, taken up between two looks at the job, never lost.

Raised where it comes, as Python does by itself, it could hit the question's own answer, or the bar on its way back to the screen.
"""

import signal
import sys
from types import FrameType, TracebackType
from typing import Any, Self


class CtrlC:
    """Notes Ctrl-C while it is entered. Raises KeyboardInterrupt at a second one that comes before the first was taken up."""

    def __init__(self) -> None:
        self._noted = self._asking = False
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._came)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        signal.signal(signal.SIGINT, self._before)
        if self.taken() and kind is None:
            raise KeyboardInterrupt

    def taken(self) -> bool:
        """Whether Ctrl-C has come since this was last asked."""
        noted, self._noted = self._noted, False
        return noted

    def answer(self, question: str) -> str | None:
        """What is typed at a question; None when there is nobody to ask, or at another Ctrl-C."""
        if not sys.stdin.isatty():
            return None
        try:
            self._asking = True
            typed = input(f"\n{question}: ")
            self._asking = False
        except (KeyboardInterrupt, EOFError):
            self._asking = False
            return None
        return typed

    def _came(self, _signal: int, _frame: FrameType | None) -> None:
        if self._asking or self.taken():
            raise KeyboardInterrupt
        self._noted = True
